"""`python -m callrouter.console.bench`: the process of a workbench. It ends with its parent.

Reads frames from its standard input, one job at a time, and answers each on its standard output.
"""

import ctypes
import gc
import os
import resource
import select
import signal
import sys
import traceback
from io import FileIO

import msgspec
from pydantic import ValidationError

from callrouter.commands.written_time import NotUnderstood
from callrouter.console.bench.desk import Desk, Refused, plain_problem
from callrouter.console.bench.drafts import Unusable
from callrouter.console.bench.folder import own_folder
from callrouter.console.bench.frames import LENGTHS, Answer, Job, Start, framed
from callrouter.console.bench.jobs import done
from callrouter.console.invalid import in_a_line, plain_errors

_MOST_BYTES = 2_000_000_000
_PIECE_BYTES = 1 << 20
_NICENESS = 5  # the router's calls go first
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Answer until there is nobody to ask."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the console
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    os.nice(_NICENESS)
    gc.set_threshold(100_000, 20, 50)  # what is read here has no cycles, and there is much of it
    # Read without a buffer, so that `select` knows whether somebody asks.
    asked, answers = FileIO(0, closefd=False), sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    first = _read_frame(asked)
    if first is None:
        return
    start = msgspec.json.decode(first[0], type=Start)
    with own_folder() as folder:
        desk = Desk(start, folder)
        while (frame := _frame(asked, desk)) is not None:
            answers.write(_answered(desk, *frame))
            answers.flush()
        desk.close()


def _frame(asked: FileIO, desk: Desk) -> tuple[bytes, bytes] | None:
    """The next job; while there is none, messages are tried that the last one had no time for."""
    while not select.select([asked], [], [], 0)[0] and desk.voice.go_on():
        pass
    return _read_frame(asked)


def _read_frame(asked: FileIO) -> tuple[bytes, bytes] | None:
    try:
        head, body = LENGTHS.unpack(_exactly(asked, LENGTHS.size))
        return _exactly(asked, head), _exactly(asked, body)
    except EOFError:
        return None


def _exactly(asked: FileIO, length: int) -> bytes:
    pieces = []
    while length:
        piece = asked.read(min(length, _PIECE_BYTES))
        if not piece:
            raise EOFError
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _answered(desk: Desk, head: bytes, body: bytes) -> bytes:
    try:
        job = msgspec.json.decode(head, type=Job)
        answer, content = done(desk, job, body)
        return framed(answer, content)
    except Refused as refused:
        return framed(Answer(refused.status, detail=refused.detail, more=refused.more))
    except ValidationError as invalid:
        errors = plain_errors(invalid.errors(include_url=False, include_input=False))
        return framed(Answer(422, detail=in_a_line(errors), more={"errors": errors}))
    except Unusable as unusable:
        problems = [plain_problem(each) for each in unusable.problems]
        first = problems[0]["message"] if problems else ""
        detail = f"The configuration has mistakes; mend them first: {first}"
        return framed(Answer(422, detail=detail, more={"problems": problems}))
    except NotUnderstood as error:
        return framed(Answer(422, detail=str(error)))
    except (RecursionError, MemoryError, OverflowError) as error:
        print(f"workbench: {type(error).__name__}", file=sys.stderr)
        return framed(Answer(422, detail="This is too large or too deep to be a configuration."))
    except Exception:  # the next job is not to suffer for it
        traceback.print_exc()
        detail = "This could not be worked out; the console's log says why."
        return framed(Answer(500, detail=detail))


if __name__ == "__main__":
    main()
