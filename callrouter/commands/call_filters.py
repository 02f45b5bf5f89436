"""The filters of `callrouter calls`: those of the console's call log, as options."""

import argparse
import math

from callrouter.commands.when import EXAMPLES, point_in_time
from callrouter.commands.written_number import searched, ways_to_write
from callrouter.db.wanted import Span, Wanted
from callrouter.facts import Disposition

LIVE = "live"
_UNITS = {"s": 1, "m": 60, "h": 3600}


def add_filters(parser: argparse.ArgumentParser, newest: int) -> None:
    """Options that say which calls; without any, the `newest` are listed."""
    parser.add_argument(
        "--since",
        type=point_in_time,
        metavar="WHEN",
        help=f"calls that arrived then or later: {EXAMPLES} (default: the newest {newest} calls)",
    )
    parser.add_argument(
        "--until", type=point_in_time, metavar="WHEN", help="calls that arrived before then"
    )
    parser.add_argument("--number", metavar="NUMBER", help="calls to this dialled number")
    parser.add_argument("--from", dest="caller", metavar="NUMBER", help="calls from this number")
    parser.add_argument(
        "--status",
        action="append",
        default=[],
        choices=[LIVE, *map(str, Disposition)],
        help="calls that ended so, or `live` ones; can be repeated",
    )
    parser.add_argument("--direction", choices=("incoming", "outgoing"), help="which way they went")
    parser.add_argument("--agent", metavar="AGENT", help="calls that he answered: id or extension")
    parser.add_argument("--group", metavar="GROUP", help="calls of this agent group")
    parser.add_argument("--settings", metavar="NAME", help="calls of these settings")
    parser.add_argument(
        "--settings-version", metavar="VERSION", help="calls of this version of the configuration"
    )
    for name, what in (("--waiting", "waited"), ("--talking", "talked")):
        parser.add_argument(
            name,
            type=_span,
            default=Span(),
            metavar="SPAN",
            help=f"how long they {what}: 30s..2m, 5m.. (or longer), ..10s (or shorter)",
        )
    parser.add_argument(
        "--text",
        type=str.strip,
        default="",
        metavar="TEXT",
        help="found anywhere in the dialled number, the caller's number or name",
    )


def wanted_of(args: argparse.Namespace) -> Wanted:
    """What was asked for, but for the period."""
    return Wanted(
        numbers=() if args.number is None else ways_to_write(args.number),
        callers=() if args.caller is None else ways_to_write(args.caller),
        dispositions=tuple(Disposition(word) for word in args.status if word != LIVE),
        live=LIVE in args.status,
        directions=_given(args.direction),
        agents=_given(args.agent),
        agent_groups=_given(args.group),
        settings=_given(args.settings),
        versions=_given(args.settings_version),
        waiting=args.waiting,
        talking=args.talking,
        text=searched(args.text),
    )


def _given(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _span(written: str) -> Span:
    least, dots, most = written.strip().lower().partition("..")
    try:
        span = Span(_seconds(least), _seconds(most))
    except ValueError:
        span = Span()
    backwards = (span.least or 0) > (math.inf if span.most is None else span.most)
    if not dots or not span.given or backwards:
        raise argparse.ArgumentTypeError(
            f"{written!r} is no span of time; write one like 30s..2m, 5m.. or ..10s"
        )
    return span


def _seconds(written: str) -> float | None:
    written = written.strip()
    if not written:
        return None
    unit = _UNITS.get(written[-1])
    seconds = float(written if unit is None else written[:-1]) * (unit or 1)
    if not 0 <= seconds < math.inf:
        raise ValueError(written)
    return seconds
