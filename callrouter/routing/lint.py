"""What in a valid table is probably not meant: black holes, rows that never apply, unused names.

Pure: a function of the table. Where a finding stands in a file is the reader's business; here it
has the path of names that leads to it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from callrouter.routing.hours import DAY_SECONDS, WEEKDAYS, format_time
from callrouter.routing.model import IncomingCallSettings, Prompt, RoutingTable, ScheduleRow

WEEK_SECONDS = 7 * DAY_SECONDS
_SOUND_FILE = re.compile(
    r"[^\n]{1,200}\.(?:wav|mp3|ogg|opus|flac|m4a|gsm|ulaw|alaw)", re.IGNORECASE
)
_SCHEDULE = "call_handling_schedule"
_LETTERS = {
    **dict.fromkeys(("ar", "fa", "ur", "ps", "sd", "ug"), ("ARABIC",)),
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "kk", "ky", "tt", "ba", "cv"), ("CYRILLIC",)),
    **dict.fromkeys(("sr", "bs", "uz", "az", "tk"), ("LATIN", "CYRILLIC")),
    **dict.fromkeys(("el", "grc"), ("GREEK",)),
    **dict.fromkeys(("hi", "mr", "ne"), ("DEVANAGARI",)),
    **dict.fromkeys(("zh", "cmn", "yue", "hak"), ("CJK", "LATIN")),
    "he": ("HEBREW",),
    "hy": ("ARMENIAN",),
    "ka": ("GEORGIAN",),
    "ko": ("HANGUL",),
    "ja": ("CJK", "HIRAGANA", "KATAKANA"),
}
_LATIN_LANGUAGES = frozenset(
    "af ca cs cy da de en es et eu fi fr ga hr hu id is it la lt lv ms mt nl "  # noqa: SIM905
    "no nb pl pt ro sk sl sq sv sw tr vi".split()
)

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` leads to the place, e.g. `("agent_groups", "night", "members")`.

    An `error` cannot work, whatever was meant: a table with one is refused.
    """

    path: tuple[str | int, ...]
    message: str
    remedy: str = ""
    level: Literal["error", "warning"] = "warning"


def lint(table: RoutingTable, today: date) -> list[Finding]:
    """Everything in the table that an admin should look at.

    `today` is the date from which on the coming weeks are looked through.
    """
    found = list(_unused(table))
    if not table.numbers:
        message = "no number is listed anywhere, so every call is refused"
        found.append(Finding(("incoming_call_settings",), message, "list the numbers you dial"))
    for settings in table.settings.values():
        found += _settings(settings)
        found += _schedule(settings)
    return found


def _unused(table: RoutingTable) -> Iterator[Finding]:
    used_groups = {
        row.agent_groups[0]
        for each in table.settings.values()
        for row in each.call_handling_schedule
    }
    used_agents = {member for group in table.agent_groups.values() for member in group.members}
    for id_, agent in table.agents.items():
        if not agent.phones:
            message = "the list of phones is empty, so this agent cannot be rung"
            remedy = "add phones, or leave the list out to use the extension's phone"
            yield Finding(("agents", id_, "phones"), message, remedy)
        if id_ not in used_agents:
            message = "this agent is in no group and gets no calls"
            yield Finding(("agents", id_), message, "add the agent to a group, or remove the agent")
    for name, group in table.agent_groups.items():
        if name not in used_groups:
            message = "no schedule row uses this group"
            yield Finding(("agent_groups", name), message, "use it in a row, or remove it")
        if not group.members:
            message = "this group has no members, so its callers hear that nobody is available"
            yield Finding(("agent_groups", name), message, "add members")


def _settings(settings: IncomingCallSettings) -> Iterator[Finding]:
    path = ("incoming_call_settings", settings.name)
    if not settings.numbers:
        yield Finding(
            path, "these settings have no numbers, so no call reaches them", "add numbers"
        )
    if not settings.call_handling_schedule:
        message = "there are no schedule rows, so every call finds it closed"
        yield Finding(path, message, f"add rows to {_SCHEDULE}")
    if settings.max_ring_seconds < settings.ring_seconds:
        message = (
            f"{settings.max_ring_seconds:g} seconds of ringing in all is less than the "
            f"{settings.ring_seconds:g} seconds one agent may ring"
        )
        remedy = "make max_ring_seconds the larger one"
        yield Finding((*path, "max_ring_seconds"), message, remedy)
    for field, prompt, hears in (
        ("greeting_message", settings.greeting_message, "is not greeted"),
        ("agent_busy_message", settings.agent_busy_message, "hears nothing when all are busy"),
        (
            "agent_unavailable_message",
            settings.agent_unavailable_message,
            "hears nothing when nobody is available",
        ),
    ):
        if prompt is None:
            yield Finding(path, f"{field} is missing: the caller {hears}", f"add {field}")
        else:
            yield from _script((*path, field), prompt)
            if prompt.text and _SOUND_FILE.fullmatch(prompt.text.strip()):
                message = "this looks like the name of a sound file, and it would be read out"
                remedy = f"write {{sound: {prompt.text.strip()}}} to play the file"
                yield Finding((*path, field), message, remedy)


def _script(path: tuple[str | int, ...], prompt: Prompt) -> Iterator[Finding]:
    """Text in letters that the language is not written in: it would be spelled, or silent."""
    language = (prompt.language or "").partition("-")[0]
    latin = language in _LATIN_LANGUAGES
    expected = ("LATIN",) if latin else _LETTERS.get(language)
    if not prompt.text or expected is None:
        return
    scripts = [unicodedata.name(c, "?").partition(" ")[0] for c in prompt.text if c.isalpha()]
    fitting = sum(script in expected for script in scripts)
    # Brand names in Latin letters are common in any language; the other way round it is a mistake.
    strange = fitting < len(scripts) if latin else fitting * 2 < len(scripts)
    if strange:
        worst = max(set(scripts) - set(expected), key=scripts.count).capitalize()
        message = f"the text has {worst} letters, but its language is {prompt.language}"
        yield Finding(path, message, "write {text: …, language: …} with the text's own language")


def _schedule(settings: IncomingCallSettings) -> Iterator[Finding]:
    path = ("incoming_call_settings", settings.name, _SCHEDULE)
    before: dict[int, dict[int, tuple[ScheduleRow, list[Interval]]]] = {}  # by day, by index
    for index, row in enumerate(settings.call_handling_schedule):
        if row.hours.from_time == row.hours.to_time:
            message = (
                f"from {format_time(row.hours.from_time)} to "
                f"{format_time(row.hours.to_time)} is 24 hours, "
                f"until {_next_day(row)} {format_time(row.hours.to_time)}"
            )
            yield Finding((*path, index), message, 'a whole day is "00:00" to "24:00"')
        own = _week_intervals(row)
        days = {moment // DAY_SECONDS for start, end in own for moment in (start, end - 1)}
        near = {i: each for day in days for i, each in before.get(day, {}).items()}
        yield from _overlap((*path, index), row, own, [near[i] for i in sorted(near)])
        for day in days:
            before.setdefault(day, {})[index] = (row, own)


def _overlap(
    path: tuple[str | int, ...],
    row: ScheduleRow,
    own: Sequence[Interval],
    before: Sequence[tuple[ScheduleRow, list[Interval]]],
) -> Iterator[Finding]:
    """Where rows listed earlier take this row's time: wholly, or which part first."""
    left, winners, clash = list(own), [], None
    for earlier, theirs in before:
        common = _common(left, theirs)
        if common:
            winners.append(f"{earlier} ({earlier.agent_groups[0]})")
            clash = clash or (earlier, common[0])
            left = _without(left, theirs)
    if clash is None:
        return
    this = f"{row} ({row.agent_groups[0]})"
    if not left:
        covers = "covers" if len(winners) == 1 else "cover"
        message = f"{this} never applies: {' and '.join(winners[:3])}, listed before, {covers} it"
        yield Finding(path, message, "remove it, or move it up")
    else:
        message = f"{this} overlaps {winners[0]} {_when(clash[1])}; there the first listed wins"
        yield Finding(path, message, "change the times, or the order")


def _week_intervals(row: ScheduleRow) -> list[Interval]:
    """The row's time in seconds since Monday 00:00, in one or two pieces."""
    day = WEEKDAYS.index(row.hours.days[0]) * DAY_SECONDS
    start, end = day + row.hours.from_time, day + row.hours.to_time
    if row.hours.overnight:
        end += DAY_SECONDS
    if end <= WEEK_SECONDS:
        return [(start, end)]
    return [(start, WEEK_SECONDS), (0, end - WEEK_SECONDS)]


def _common(ours: Sequence[Interval], theirs: Sequence[Interval]) -> list[Interval]:
    pairs = ((max(a, c), min(b, d)) for a, b in ours for c, d in theirs)
    return [(start, end) for start, end in pairs if start < end]


def _without(ours: Sequence[Interval], theirs: Sequence[Interval]) -> list[Interval]:
    left = list(ours)
    for c, d in theirs:
        left = [
            piece
            for a, b in left
            for piece in ((a, min(b, c)), (max(a, d), b))
            if piece[0] < piece[1]
        ]
    return left


def _when(interval: Interval) -> str:
    start, end = interval
    day = WEEKDAYS[start // DAY_SECONDS]
    until = end % DAY_SECONDS or DAY_SECONDS
    return f"on {day} {format_time(start % DAY_SECONDS)}-{format_time(until)}"


def _next_day(row: ScheduleRow) -> str:
    return WEEKDAYS[(WEEKDAYS.index(row.hours.days[0]) + 1) % 7]
