"""What values mean to each other: names that must exist, things that must be unique.

Works on plain values that may be wrong in themselves, so that all problems are told at once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from callrouter.config import plain, values, values_phone
from callrouter.config.duplicates import unique_findings
from callrouter.config.plain import Finding, entries, items, mapping, parsed
from callrouter.config.problems import Loc, did_you_mean, quoted
from callrouter.routing.model import OutsideLine

_LARGEST_SOUND = 200_000_000
_KINDS = {
    "agents": "agent",
    "agent_groups": "agent group",
    "holiday_calendars": "holiday calendar",
    "incoming_call_settings": "incoming call settings",
}
_TARGET_SECTIONS = {
    "agent": "agents",
    "agent_group": "agent_groups",
    "incoming_call_settings": "incoming_call_settings",
}


def findings(document: Any, folder: Path) -> Iterator[Finding]:
    """Every reference that leads nowhere and everything that is there twice.

    `document` is what the file says, as plain values; sound files are looked for from `folder`.
    """
    yield from _unknown_names(document)
    for loc, owner, field in _name_lists(document):
        yield from _named_twice(loc, owner, field)
    yield from _outside_numbers(document)
    yield from unique_findings(document)
    for loc, written in _sounds(document):
        yield from _sound_problem(loc, written, folder / written)


def sound_files(document: Any, folder: Path) -> tuple[Path, ...]:
    """The sound files that messages name, each once, whether they exist or not."""
    return tuple(dict.fromkeys(folder / written for _, written in _sounds(document)))


def _sounds(document: Any) -> Iterator[tuple[Loc, str]]:
    for message in plain.messages(document):
        written = mapping(message.written).get("sound")
        path = parsed(values.file_path, written)
        if path is not None:
            yield (*message.loc, "sound"), path


def _unknown_names(document: Any) -> Iterator[Finding]:
    for loc, section, name in _references(document):
        known = mapping(mapping(document).get(section))
        if isinstance(name, str) and name not in known:
            kind = _KINDS[section]
            a = "an" if kind[0] in "aeiou" else "a"
            remedy = did_you_mean(name, known) or (
                f"add {a} {kind} of this name under {section}, or change it here"
            )
            what = f"there is no {kind} {quoted(name)}"
            if section == "incoming_call_settings":
                what = f"there are no {kind} {quoted(name)}"
            yield Finding(loc, what, remedy)


def _references(document: Any) -> Iterator[tuple[Loc, str, Any]]:
    """Where something is called by its name, and in which section it must be."""
    for loc, group in entries(document, "agent_groups"):
        yield from _each(loc, group, "members", "agents")
    for loc, agent in entries(document, "agents"):
        if "incoming_call_settings" in agent:
            name = agent["incoming_call_settings"]
            yield (*loc, "incoming_call_settings"), "incoming_call_settings", name
    for loc, owner in _with_groups(document):
        yield from _each(loc, owner, "agent_group", "agent_groups")
    for loc, settings in entries(document, "incoming_call_settings"):
        yield from _each(loc, settings, "holidays", "holiday_calendars")
    for loc, target in plain.targets(document):
        for field, section in _TARGET_SECTIONS.items():
            if field in mapping(target):
                yield (*loc, field), section, target[field]


def _with_groups(document: Any) -> Iterator[tuple[Loc, dict[str, Any]]]:
    """Whatever has a list of groups."""
    for loc, row in plain.hours(document):
        if loc[0] == "incoming_call_settings":
            yield loc, row
    yield from plain.overrides(document)
    yield from entries(document, "holiday_calendars")
    yield from plain.holidays(document)


def _each(
    loc: Loc, owner: dict[str, Any], field: str, section: str
) -> Iterator[tuple[Loc, str, Any]]:
    for where, name in plain.each(loc, owner, field):
        yield where, section, name


def _name_lists(document: Any) -> Iterator[tuple[Loc, dict[str, Any], str]]:
    for loc, group in entries(document, "agent_groups"):
        yield loc, group, "members"
    for loc, settings in entries(document, "incoming_call_settings"):
        yield loc, settings, "holidays"
    for loc, owner in _with_groups(document):
        yield loc, owner, "agent_group"


def _named_twice(loc: Loc, owner: dict[str, Any], field: str) -> Iterator[Finding]:
    names = items(owner.get(field))
    if len(names) < 2:
        return
    seen: set[str] = set()
    for index, name in enumerate(names):
        if isinstance(name, str) and name in seen:
            where = "in this group" if field == "members" else "here"
            yield Finding((*loc, field, index), f"{quoted(name)} is {where} twice", "remove one")
        seen.add(str(name))


def _outside_numbers(document: Any) -> Iterator[Finding]:
    line = mapping(document).get("outside_line")
    accepted = (
        parsed(values_phone.allowed_numbers, written)
        for written in items(mapping(line).get("allowed"))
    )
    outside = OutsideLine("", tuple(each for each in accepted if each is not None))
    for loc, target in plain.targets(document):
        written = mapping(target).get("outside_number")
        number = parsed(values_phone.outside_number, written)
        if number is None:
            continue
        where = (*loc, "outside_number")
        if line is None:
            remedy = f'write `outside_line: {{trunk: …, allowed: ["{number}"]}}`'
            yield Finding(where, "there is no outside_line to dial a number on", remedy)
        elif not outside.allows(number):
            remedy = f'add "{number}" under outside_line.allowed'
            yield Finding(where, f"the number {quoted(str(written))} is not allowed", remedy)


def _sound_problem(loc: Loc, written: str, path: Path) -> Iterator[Finding]:
    shown = quoted(written)
    try:
        if not path.exists():
            yield Finding(loc, f"there is no sound file {shown}", _near_file(path))
        elif not path.is_file():
            yield Finding(loc, f"{shown} is not a file", "give the path of a WAV file")
        elif path.stat().st_size > _LARGEST_SOUND:
            yield Finding(loc, f"{shown} is too large for a message", "give a shorter WAV file")
        else:
            path.open("rb").close()
    except OSError as error:
        yield Finding(loc, f"{shown} cannot be read ({error.strerror})", "check its permissions")


def _near_file(path: Path) -> str:
    try:
        neighbours = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return "paths are relative to the configuration file"
    near = did_you_mean(path.name, neighbours) or did_you_mean(path.name + ".wav", neighbours)
    return near or "paths are relative to the configuration file"
