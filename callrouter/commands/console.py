"""`callrouter console`: serve the API, in a process of its own beside the router."""

import argparse
import sys

from callrouter.settings import BadEnvironment, from_environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=8090, help="the port to listen on (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    import uvicorn  # needed here only, and not small

    from callrouter.console.app import create_app

    try:
        settings = from_environment()
    except BadEnvironment as unusable:
        for line in str(unusable).splitlines():
            print(f"callrouter: {line}", file=sys.stderr)
        return 2
    uvicorn.run(
        create_app(settings),
        host=args.host,
        port=args.port,
        log_level=settings.log_level,
        server_header=False,
        # Browsers that follow the live board would keep it from ending.
        timeout_graceful_shutdown=3,
        # Tokens come in headers, so addresses may be logged as they are.
        access_log=settings.log_level == "debug",
    )
    return 0
