"""Things that must be unique: numbers, extensions, phones, and what phones can dial.

Works on plain values that may be wrong in themselves, so that all problems are told at once.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from callrouter.config import plain, values_phone
from callrouter.config.plain import Finding, entries, mapping, parsed
from callrouter.config.problems import Loc, quoted
from callrouter.routing.numbers import NumberPlan


class _Thing(NamedTuple):
    """Something at `loc`; `key` is the form in which such things are compared."""

    loc: Loc
    key: str
    written: str


def unique_findings(document: Any) -> Iterator[Finding]:
    """Everything that is there twice, perhaps written otherwise."""
    numbers = list(_numbers(document, "incoming_call_settings"))
    own = list(_numbers(document, "agents"))
    extensions = list(_extensions(document))
    yield from _repeated(
        [*numbers, *own], "the number", "a number belongs to one settings or one agent only"
    )
    yield from _repeated(extensions, "the extension", "give each agent an extension of their own")
    yield from _repeated(_phones(document), "the phone", "a phone belongs to one agent only")
    of_settings, of_agents = {each.key: each for each in numbers}, {each.key: each for each in own}
    for extension in extensions:
        if taken := of_settings.get(extension.key):
            message = f"calls to {quoted(extension.written)} go to the settings {_owner(taken)}"
            remedy = "give the agent another extension if people shall dial it"
            yield Finding(extension.loc, message, remedy, warning=True)
        if (taken := of_agents.get(extension.key)) and taken.loc[1] != extension.loc[1]:
            yield _given(extension, taken, "the extension", "give one of them another")
    yield from _codes(document, [*extensions, *numbers, *own])
    yield from _blocked_twice(document)


def default_phone(extension: str) -> str:
    """The phone of an agent for whom none is given."""
    return f"PJSIP/{extension}"


def _numbers(document: Any, section: str) -> Iterator[_Thing]:
    for owner_loc, owner in entries(document, section):
        for loc, written in plain.each(owner_loc, owner, "numbers"):
            number = parsed(values_phone.number, written)
            if number is not None:
                yield _Thing(loc, number, written)


def _extensions(document: Any) -> Iterator[_Thing]:
    for loc, agent in entries(document, "agents"):
        written = agent.get("extension")
        extension = parsed(values_phone.extension, written)
        if extension is not None:
            yield _Thing((*loc, "extension"), extension, extension)


def _phones(document: Any) -> Iterator[_Thing]:
    for loc, agent in entries(document, "agents"):
        if agent.get("phones") is None:
            extension = parsed(values_phone.extension, agent.get("extension"))
            if extension is not None:
                phone = default_phone(extension)
                yield _Thing((*loc, "extension"), phone, phone)
        for where, entry in plain.each(loc, agent, "phones"):
            written = entry.get("phone") if isinstance(entry, dict) else entry
            dialled = parsed(values_phone.phone, written)
            if dialled is not None:
                yield _Thing(where, dialled, dialled)


def _repeated(found: Iterable[_Thing], what: str, remedy: str) -> Iterator[Finding]:
    """Each thing that stood before, with the place of the first."""
    first: dict[str, _Thing] = {}
    for thing in found:
        before = first.setdefault(thing.key, thing)
        if before is thing:
            continue
        if what == "the phone" and before.loc[-1] == thing.loc[-1] == "extension":
            continue  # the extension is there twice, and that is told already
        yield _given(thing, before, what, remedy)


def _given(thing: _Thing, before: _Thing, what: str, remedy: str) -> Finding:
    also = "" if before.written == thing.written else f" (written {quoted(before.written)})"
    message = f"{what} {quoted(thing.written)} is given to {_owner(before)} already{also}"
    return Finding(thing.loc, message, remedy)


def _owner(thing: _Thing) -> str:
    return quoted(str(thing.loc[1]))


def _codes(document: Any, numbers: Iterable[_Thing]) -> Iterator[Finding]:
    """Feature codes, also with the digit of a pause's reason, that mean something else too."""
    taken = {number.key: f"the number of {_owner(number)}" for number in numbers}
    codes = mapping(mapping(document).get("feature_codes"))
    reasons = mapping(mapping(document).get("pause_reasons"))
    for name, written in codes.items():
        code = parsed(values_phone.feature_code, written)
        if code is None:
            continue
        loc: Loc = ("feature_codes", name)
        if code in taken:
            yield _taken(loc, code, taken[code])
        taken[code] = f"the code of {name}"
    pause = parsed(values_phone.feature_code, codes.get("pause"))
    for digit in reasons:
        if pause is not None and pause + digit in taken:
            yield _taken(("pause_reasons", digit), pause + digit, taken[pause + digit])


def _blocked_twice(document: Any) -> Iterator[Finding]:
    whole = mapping(document)
    code = parsed(values_phone.country_code, whole.get("country_code")) or ""
    prefix = parsed(values_phone.national_prefix, whole.get("national_prefix", "0")) or ""
    plan = NumberPlan(code, prefix)
    first: dict[str, str] = {}
    for loc, entry in plain.each((), whole, "blocked_callers"):
        written = entry.get("number") if isinstance(entry, dict) else entry
        caller = parsed(values_phone.caller, written)
        if caller is None:
            continue
        key = plan.pattern(caller)
        if key in first:
            where = (*loc, "number") if isinstance(entry, dict) else loc
            message = f"{quoted(first[key])} is blocked already"
            yield Finding(where, message, "keep only one of them")
        first.setdefault(key, caller)


def _taken(loc: Loc, code: str, what: str) -> Finding:
    return Finding(loc, f"{quoted(code)} is {what} already", "choose another")
