"""The command line: `callrouter COMMAND …`. A command's module is imported only when it is used."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from callrouter import __version__

COMMANDS = {
    "run": "answer calls: the router itself",
    "doctor": "check a whole installation, and say what to do",
    "check": "say what is wrong with a configuration file",
    "simulate": "say where a call would go at a given time, and why",
    "calls": "list the calls; end one in progress, or move it",
    "call": "show one call: its timeline and the reasons",
    "why": "say why a call went where it went",
    "agents": "list who takes calls; log in, log out, pause or unpause somebody",
    "override": "close, open or send calls elsewhere for a while; list and end that",
    "block": "let a caller in no more, at once; list who is blocked",
    "unblock": "let a blocked caller in again",
    "console": "serve the API for programs, in a process of its own",
    "user": "make and change the people who sign in to the console",
    "token": "make, list and revoke the tokens that programs use the API with",
    "config": "import, export, compare, replay and roll back the configuration in the database",
    "migrate": "bring the database to this version's tables",
    "asterisk-conf": "write the directory of configuration files that Asterisk reads",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="callrouter", description="Inbound call routing on Asterisk."
    )
    parser.add_argument("--version", action="version", version=f"callrouter {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    arguments = sys.argv[1:] if argv is None else list(argv)
    modules = {}
    for name, summary in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=summary, description=summary.capitalize() + "."
        )
        if arguments[:1] == [name]:
            module = importlib.import_module("callrouter.commands." + name.replace("-", "_"))
            module.add_arguments(subparser)
            modules[name] = module
    parsed = parser.parse_args(arguments)
    return int(modules[parsed.command].run(parsed))


if __name__ == "__main__":
    sys.exit(main())
