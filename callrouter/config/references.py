"""What values mean to each other: names that must exist, things that must be unique.

Works on plain values that may be wrong in themselves, so that all problems are told at once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from callrouter.config import values
from callrouter.config.problems import Fault, Loc, did_you_mean, quoted

MESSAGES = ("greeting_message", "agent_busy_message", "agent_unavailable_message")
_LARGEST_SOUND = 200_000_000


class Finding(NamedTuple):
    """Something wrong at `loc`, with what to do."""

    loc: Loc
    message: str
    remedy: str


def findings(document: Any, folder: Path) -> Iterator[Finding]:
    """Every reference that leads nowhere and everything that is there twice.

    `document` is what the file says, as plain values; sound files are looked for from `folder`.
    """
    yield from _unknown_members(document)
    yield from _unknown_groups(document)
    yield from _repeated(_numbers(document), "the number", "a number belongs to one settings only")
    yield from _repeated(
        _extensions(document), "the extension", "give each agent an extension of their own"
    )
    yield from _repeated(_phones(document), "the phone", "a phone belongs to one agent only")
    for loc, written in _sounds(document):
        yield from _sound_problem(loc, written, folder / written)


def sound_files(document: Any, folder: Path) -> tuple[Path, ...]:
    """The sound files that messages name, each once, whether they exist or not."""
    return tuple(dict.fromkeys(folder / written for _, written in _sounds(document)))


def _sounds(document: Any) -> Iterator[tuple[Loc, str]]:
    for loc, settings in _entries(document, "incoming_call_settings"):
        for field in MESSAGES:
            written = _mapping(settings.get(field)).get("sound")
            if isinstance(written, str) and _accepted(values.sound_path, written):
                yield (*loc, field, "sound"), written


def _unknown_members(document: Any) -> Iterator[Finding]:
    agents = _mapping(_mapping(document).get("agents"))
    for loc, group in _entries(document, "agent_groups"):
        seen: set[str] = set()
        for index, member in enumerate(_list(group.get("members"))):
            where = (*loc, "members", index)
            if not isinstance(member, str):
                continue
            if member not in agents:
                remedy = (
                    did_you_mean(member, agents) or "add the agent under agents, or remove it here"
                )
                yield Finding(where, f"there is no agent {quoted(member)}", remedy)
            elif member in seen:
                yield Finding(where, f"{quoted(member)} is in this group twice", "remove one")
            seen.add(member)


def _unknown_groups(document: Any) -> Iterator[Finding]:
    groups = _mapping(_mapping(document).get("agent_groups"))
    for loc, settings in _entries(document, "incoming_call_settings"):
        for index, row in enumerate(_list(settings.get("call_handling_schedule"))):
            group = _mapping(row).get("agent_group")
            if isinstance(group, str) and group not in groups:
                remedy = did_you_mean(group, groups) or "add the group under agent_groups"
                where = (*loc, "call_handling_schedule", index, "agent_group")
                yield Finding(where, f"there is no agent group {quoted(group)}", remedy)


def _numbers(document: Any) -> Iterator[tuple[Loc, str, str]]:
    for loc, settings in _entries(document, "incoming_call_settings"):
        for index, written in enumerate(_list(settings.get("numbers"))):
            if isinstance(written, str) and _accepted(values.number, written):
                yield (*loc, "numbers", index), values.number(written), written


def _extensions(document: Any) -> Iterator[tuple[Loc, str, str]]:
    for loc, agent in _entries(document, "agents"):
        written = agent.get("extension")
        if isinstance(written, str) and _accepted(values.extension, written):
            yield (*loc, "extension"), written, written


def _phones(document: Any) -> Iterator[tuple[Loc, str, str]]:
    extensions = {loc[1]: written for loc, written, _ in _extensions(document)}
    for loc, agent in _entries(document, "agents"):
        written = agent.get("phones")
        if written is None and loc[1] in extensions:
            phone = default_phone(extensions[loc[1]])
            yield (*loc, "extension"), phone, phone
        for index, phone in enumerate(_list(written)):
            if isinstance(phone, str) and _accepted(values.phone, phone):
                yield (*loc, "phones", index), phone, phone


def default_phone(extension: str) -> str:
    """The phone of an agent for whom none is given."""
    return f"PJSIP/{extension}"


def _repeated(found: Iterator[tuple[Loc, str, str]], what: str, remedy: str) -> Iterator[Finding]:
    """Each thing that stood before, perhaps written otherwise, with the place of the first."""
    first: dict[str, tuple[Loc, str]] = {}
    for loc, key, written in found:
        if key not in first:
            first[key] = (loc, written)
            continue
        before, other = first[key]
        also = "" if other == written else f" (written {quoted(other)})"
        if what == "the phone" and before[-1] == loc[-1] == "extension":
            continue  # the extension is there twice, and that is told already
        owner = quoted(str(before[1]))
        yield Finding(loc, f"{what} {quoted(written)} is given to {owner} already{also}", remedy)


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


def _entries(document: Any, section: str) -> Iterator[tuple[Loc, dict[str, Any]]]:
    for name, entry in _mapping(_mapping(document).get(section)).items():
        yield (section, name), _mapping(entry)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _accepted(accept: Any, written: str) -> bool:
    try:
        accept(written)
    except Fault:
        return False
    return True
