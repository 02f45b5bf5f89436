"""A table's version: the first 12 hex digits of a SHA-256 over everything that is meant.

Comments, quotes and the order of names do not change it, the content of a sound file does.
Holiday calendars count by what is declared, not by the days they are today; overrides that are
set by command or phone, and what follows from the time of day, do not count.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from callrouter.config.document import Document, HolidayCalendarEntry, MessageEntry
from callrouter.prompts.walk import with_prompts
from callrouter.routing.model import Agent, IncomingCallSettings, Prompt, RoutingTable


def version_of(table: RoutingTable, document: Document, folder: Path) -> str:
    """The version of the table that the document becomes.

    Raises OSError when a sound or calendar file cannot be read.
    """
    digests: dict[str, str] = {}

    def digest(path: str) -> str:
        if path not in digests:
            with Path(path).open("rb") as file:
                digests[path] = hashlib.file_digest(file, "sha256").hexdigest()
        return digests[path]

    def heard(prompt: Prompt) -> Prompt:
        return prompt if prompt.sound is None else Prompt(sound=digest(prompt.sound))

    plain = replace(
        table,
        version="",
        agents={id_: _agent(each) for id_, each in table.agents.items()},
        settings={name: _settings(each) for name, each in table.settings.items()},
        calendars={},
    )
    calendars = {
        name: entry.model_dump(exclude={"file"})
        for name, entry in document.holiday_calendars.items()
    }
    files = [
        (name, str(path), digest(str(folder / path)))
        for name, entry in document.holiday_calendars.items()
        for path in (
            entry.file,
            *(message.sound for message in _messages(entry)),
        )
        if path is not None
    ]
    meaning = (with_prompts(plain, heard), calendars, files)
    canonical = msgspec.json.encode(meaning, order="sorted")
    return hashlib.sha256(canonical).hexdigest()[:12]


def _messages(entry: HolidayCalendarEntry) -> Iterator[MessageEntry]:
    for message in (entry.message, *(each.message for each in entry.holidays)):
        if message is not None:
            yield message


def _agent(agent: Agent) -> Agent:
    """Phones that ring together have no order."""
    if agent.phones_in_order or len(agent.phones) < 2:
        return agent
    return replace(agent, phones=tuple(sorted(agent.phones)))


def _settings(settings: IncomingCallSettings) -> IncomingCallSettings:
    numbers = tuple(sorted(settings.numbers))
    return settings if numbers == settings.numbers else replace(settings, numbers=numbers)
