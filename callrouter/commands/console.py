"""`callrouter console`: serve the console and the API, in a process of its own."""

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
    from callrouter.console.console_settings import console_environment, is_loopback
    from callrouter.logs import set_up_logging

    try:
        settings = from_environment()
        own = console_environment()
    except BadEnvironment as unusable:
        for line in str(unusable).splitlines():
            print(f"callrouter: {line}", file=sys.stderr)
        return 2
    secrets = (*settings.secrets(), own.oidc_client_secret.get_secret_value())
    set_up_logging(settings.log_level, settings.log_format, secrets)
    here = "127.0.0.1" if args.host in ("0.0.0.0", "::") else args.host  # noqa: S104 - compared
    host = f"[{here}]" if ":" in here else here
    app = create_app(
        settings,
        own=own,
        address=f"http://{host}:{args.port}",
        only_own_names=is_loopback(args.host),
    )
    uvicorn.run(
        app,
        host=args.host,
        port=args.port,
        log_config=None,  # ours
        log_level=settings.log_level,
        server_header=False,
        # Browsers that follow the live board would keep it from ending.
        timeout_graceful_shutdown=3,
        proxy_headers=False,  # the application asks only the proxies it was told to trust
        # Tokens come in headers, so addresses may be logged as they are; those of one-time links
        # are logged too, which is why this is for debugging only.
        access_log=settings.log_level == "debug",
    )
    return 0
