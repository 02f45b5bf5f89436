"""Fields that need one another, or exclude one another, within one entry.

Works on plain values that may be wrong in themselves, so that all problems are told at once.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from callrouter.config import plain, values, values_time
from callrouter.config.holiday_dates import EveryYear, OneDay, date_rule
from callrouter.config.plain import Finding, Message, parsed
from callrouter.config.problems import Loc, did_you_mean, quoted
from callrouter.prompts.templates import PLACEHOLDER, REOPENS_AT
from callrouter.routing.admission import Refuse


def combination_findings(document: Any) -> Iterator[Finding]:
    """Every combination of fields that has no meaning."""
    for loc, row in plain.hours(document):
        yield from _hours(loc, row)
    for loc, target in plain.targets(document):
        yield from _target(loc, target)
    for loc, override in plain.overrides(document):
        yield from _override(loc, override)
    for loc, calendar in plain.entries(document, "holiday_calendars"):
        yield from _calendar(loc, calendar)
    for loc, holiday in plain.holidays(document):
        yield from _holiday(loc, holiday)
    yield from _limits(document)
    for message in plain.messages(document):
        yield from _message(message)


def _hours(loc: Loc, row: dict[str, Any]) -> Iterator[Finding]:
    written = [name for name in ("day_of_week", "days") if name in row]
    if not written:
        yield Finding(
            loc, "day_of_week is missing", "write `days: [Monday-Friday]` or `day_of_week: Monday`"
        )
    elif len(written) == 2:
        yield _both(loc, *written)
    yield from _empty(loc, row, (*written, "agent_group"))
    first = parsed(values_time.season_day, row.get("valid_from"))
    last = parsed(values_time.season_day, row.get("valid_to"))
    if first is None or last is None:
        return
    if (first.year is None) != (last.year is None):
        yield Finding(
            (*loc, "valid_to"),
            "valid_from and valid_to are not of the same kind",
            'write both with a year, or both without, such as "06-01"',
        )
    elif first.year is not None and str(last) < str(first):
        yield _ends_before(loc, "valid_from", "valid_to")


def _target(loc: Loc, target: Any) -> Iterator[Finding]:
    if not isinstance(target, dict):
        return  # the model says so
    written = [name for name in plain.TARGETS if name in target]
    if not written:
        yield Finding(loc, "nobody is named here", "write one of " + ", ".join(plain.TARGETS))
    elif len(written) > 1:
        yield _both(loc, *written[:2])


def _override(loc: Loc, override: dict[str, Any]) -> Iterator[Finding]:
    said = [name for name in ("closed", "open") if parsed(values.flag, override.get(name))]
    said += ["send_to"] if "send_to" in override else []
    unsure = any(
        name in override and parsed(values.flag, override[name]) is None
        for name in ("closed", "open")
    )
    if not said and not unsure:
        yield Finding(
            loc,
            "this override says nothing",
            "write `closed: true`, `open: true` or `send_to: {agent_group: …}`",
        )
    elif len(said) > 1:
        yield _both(loc, *said[:2])
    elif said and said != ["open"] and "agent_group" in override:
        remedy = "write `open: true`, or `send_to: {agent_group: …}`"
        yield Finding((*loc, "agent_group"), f"an override with {said[0]} rings no group", remedy)
    elif said and said != ["closed"] and "message" in override:
        yield _not_said(loc, f"an override with {said[0]}")
    yield from _empty(loc, override, ("send_to", "agent_group"))
    first = parsed(values_time.from_moment, override.get("from"))
    last = parsed(values_time.until_moment, override.get("until"))
    if first and last and _not_after(last, first):
        yield _ends_before(loc, "from", "until")


def _not_after(last: datetime, first: datetime) -> bool:
    """Whether nothing lies between; what one offset makes uncertain is left alone."""
    return (first.tzinfo is None) == (last.tzinfo is None) and last <= first


def _calendar(loc: Loc, calendar: dict[str, Any]) -> Iterator[Finding]:
    if "region" in calendar and "country" not in calendar:
        yield Finding(
            (*loc, "region"), "a region is given, but no country", "write `country: …` too"
        )
    if "message" in calendar and "agent_group" in calendar:
        yield _not_said(loc, "a holiday with an agent_group")
    yield from _empty(loc, calendar, ("agent_group",))


def _holiday(loc: Loc, holiday: dict[str, Any]) -> Iterator[Finding]:
    if "date" in holiday and "holiday" in holiday:
        yield _both(loc, "date", "holiday")
    elif "date" not in holiday and "holiday" not in holiday:
        remedy = "write `date: …`, or `holiday: NAME` for one of the country's or the file's"
        yield Finding(loc, "date is missing", remedy)
    for field in ("until", "name"):
        if field in holiday and "date" not in holiday and "holiday" in holiday:
            yield Finding((*loc, field), f"{field} belongs to a date", "remove it")
    is_open = parsed(values.flag, holiday.get("open"))
    for field in ("message", "agent_group"):
        if is_open and field in holiday:
            yield Finding(
                (*loc, field), f"on an open day the schedule counts, no {field}", "remove one"
            )
    if not is_open and "message" in holiday and "agent_group" in holiday:
        yield _not_said(loc, "a holiday with an agent_group")
    yield from _empty(loc, holiday, ("agent_group",))
    yield from _part_of_day(loc, holiday)
    yield from _range(loc, holiday)


def _part_of_day(loc: Loc, holiday: dict[str, Any]) -> Iterator[Finding]:
    partly = [field for field in ("from_time", "to_time") if field in holiday]
    if partly and "until" in holiday:
        message = f"{partly[0]} is given for several days"
        remedy = "give the days that are holidays only in part an entry of their own"
        yield Finding((*loc, partly[0]), message, remedy)
    first = parsed(values_time.start_time, holiday.get("from_time", "00:00"))
    last = parsed(values_time.end_time, holiday.get("to_time", "24:00"))
    if first is not None and last is not None and last <= first:
        yield Finding(
            (*loc, partly[-1]),
            "the holiday ends before it begins",
            "end it by 24:00, and give the next day an entry of its own",
        )


def _range(loc: Loc, holiday: dict[str, Any]) -> Iterator[Finding]:
    first, last = parsed(date_rule, holiday.get("date")), parsed(date_rule, holiday.get("until"))
    match first, last:
        case (None, _) | (_, None) | (EveryYear(), EveryYear()):
            return
        case OneDay(begin), OneDay(end):
            if end < begin:
                yield _ends_before(loc, "date", "until")
        case _:
            yield Finding(
                (*loc, "until"),
                "date and until are not of the same kind",
                'write both as "2026-12-31", or both as "12-31" for every year',
            )


def _message(message: Message) -> Iterator[Finding]:
    loc, written = message.loc, message.written
    text = written if isinstance(written, str) else written.get("text")
    if isinstance(written, dict):
        if "text" in written and "sound" in written:
            yield Finding(loc, "both a text and a sound file are given", "keep only one of them")
        elif "text" not in written and "sound" not in written:
            yield Finding(
                loc,
                "neither a text nor a sound file is given",
                "write a text, or {sound: path}",
            )
        loc = (*loc, "text")
    if not isinstance(text, str):
        return
    for name in PLACEHOLDER.findall(text):
        if values.folded(name.strip()) != values.folded(REOPENS_AT):
            remedy = did_you_mean(name, [REOPENS_AT]) or "only {reopens_at} is known"
            yield Finding(loc, f"nothing is known to say for {quoted('{' + name + '}')}", remedy)
        elif not message.when_closed:
            yield Finding(
                loc,
                "{reopens_at} is said only when it is closed",
                "write it in closed_message, or in the message of a holiday or of `closed: true`",
            )
    if set("{}") & set(PLACEHOLDER.sub("", text)):
        yield Finding(loc, "a { or } has no partner", "braces stand only around {reopens_at}")


def _both(loc: Loc, one: str, other: str) -> Finding:
    return Finding((*loc, other), f"both {one} and {other} are given", "keep only one of them")


def _not_said(loc: Loc, what: str) -> Finding:
    message = f"{what} is open, and the message is said only when it is closed"
    return Finding((*loc, "message"), message, "keep only one of them")


def _ends_before(loc: Loc, first: str, last: str) -> Finding:
    return Finding((*loc, last), f"{last} does not come after {first}", "check both")


def _limits(document: Any) -> Iterator[Finding]:
    """What says `message` needs one, and a message somebody who hears it."""
    limits = plain.mapping(plain.mapping(document).get("limits"))
    full = parsed(values.when_full, limits.get("when_full"))
    yield from _said(("limits", "when_full"), full is Refuse.MESSAGE, limits, "full_message")
    for loc, blocked in plain.each((), plain.mapping(document), "blocked_callers"):
        answer = parsed(values.blocked_answer, plain.mapping(blocked).get("answer"))
        if answer is Refuse.MESSAGE:
            yield from _said((*loc, "answer"), True, limits, "blocked_message")


def _said(loc: Loc, heard: bool, limits: dict[str, Any], field: str) -> Iterator[Finding]:
    if heard and field not in limits:
        remedy = f"write limits.{field}, or another answer"
        yield Finding(loc, "there is no message to be heard", remedy)
    elif not heard and field in limits:
        message = "nobody ever hears this message"
        yield Finding(("limits", field), message, f"write {loc[-1]}: message", warning=True)


def _empty(loc: Loc, owner: dict[str, Any], fields: Iterable[str]) -> Iterator[Finding]:
    for field in fields:
        if owner.get(field) == []:
            yield Finding((*loc, field), "the list is empty", "write a name, or remove the field")
