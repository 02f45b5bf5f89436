"""The process in which FastAGI or an ARI script runs: `serve KIND PORT URL USER PASSWORD`."""

import asyncio
import sys

from benchmarks.side_by_side.least import Least
from benchmarks.side_by_side.others import Bare, fast_agi


async def main() -> None:
    kind, port, url, user, password = sys.argv[1:6]
    if kind == "agi":
        async with await fast_agi(int(port)) as server:
            await server.serve_forever()
    elif kind == "bare":
        await Bare(url, user, password).run(asyncio.Event())
    else:
        await Least(url, user, password, kind, handed=kind == "handed").run()


if __name__ == "__main__":
    asyncio.run(main())
