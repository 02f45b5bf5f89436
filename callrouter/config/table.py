"""A valid document → the routing table, and the table's version.

The version is a hash of what the table means: comments, quotes and the order of names do not
change it, the content of a sound file does.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from callrouter.config.document import (
    AgentEntry,
    Document,
    IncomingCallSettingsEntry,
    MessageEntry,
)
from callrouter.config.references import default_phone
from callrouter.routing.hours import Hours
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    IncomingCallSettings,
    Prompt,
    RoutingTable,
    ScheduleRow,
)

DEFAULT_TIMEZONE = "UTC"


def build_table(document: Document, folder: Path) -> RoutingTable:
    """The table that routes calls. Sound files are read, from `folder`, for the version.

    Raises OSError when a sound file cannot be read.
    """
    settings = {
        name: _settings(name, entry, document, folder)
        for name, entry in document.incoming_call_settings.items()
    }
    agents = {id_: _agent(id_, entry) for id_, entry in document.agents.items()}
    groups = {
        name: AgentGroup(name, entry.members) for name, entry in document.agent_groups.items()
    }
    return RoutingTable(
        version=_version(agents, groups, settings),
        agents=agents,
        agent_groups=groups,
        settings=settings,
        numbers={number: each.name for each in settings.values() for number in each.numbers},
        timezone=document.timezone or DEFAULT_TIMEZONE,
        language=document.language,
    )


def _agent(id_: str, entry: AgentEntry) -> Agent:
    phones = entry.phones if entry.phones is not None else (default_phone(entry.extension),)
    return Agent(id_, entry.name or id_, entry.extension, phones, dict(entry.skills))


def _settings(
    name: str, entry: IncomingCallSettingsEntry, document: Document, folder: Path
) -> IncomingCallSettings:
    language = entry.language or document.language

    def prompt(message: MessageEntry | None) -> Prompt | None:
        if message is None:
            return None
        if message.sound is not None:
            return Prompt(sound=str((folder / message.sound).resolve()))
        return Prompt(text=message.text, language=message.language or language)

    return IncomingCallSettings(
        name=name,
        numbers=entry.numbers,
        timezone=entry.timezone or document.timezone or DEFAULT_TIMEZONE,
        call_routing=entry.call_routing,
        call_handling_schedule=tuple(
            ScheduleRow(Hours((row.day_of_week,), row.from_time, row.to_time), (row.agent_group,))
            for row in entry.call_handling_schedule
        ),
        greeting_message=prompt(entry.greeting_message),
        agent_busy_message=prompt(entry.agent_busy_message),
        agent_unavailable_message=prompt(entry.agent_unavailable_message),
        ring_seconds=entry.ring_seconds,
        max_ring_seconds=entry.max_ring_seconds,
    )


def _version(
    agents: Mapping[str, Agent],
    groups: Mapping[str, AgentGroup],
    settings: Mapping[str, IncomingCallSettings],
) -> str:
    """The first 12 hex digits of a SHA-256 over the canonical form of everything that is meant."""
    digests: dict[str, str] = {}

    def heard(prompt: Prompt | None) -> Any:
        if prompt is None or prompt.sound is None:
            return prompt and [prompt.text, prompt.language]
        if prompt.sound not in digests:
            with Path(prompt.sound).open("rb") as file:
                digests[prompt.sound] = hashlib.file_digest(file, "sha256").hexdigest()
        return digests[prompt.sound]

    meaning = {
        "agents": {
            a.id: [a.name, a.extension, sorted(a.phones), a.skills] for a in agents.values()
        },
        "agent_groups": {group.name: group.members for group in groups.values()},
        "settings": {
            each.name: {
                "numbers": sorted(each.numbers),
                "timezone": each.timezone,
                "call_routing": each.call_routing,
                "rows": [[str(row.hours), row.agent_groups] for row in each.call_handling_schedule],
                "greeting": heard(each.greeting_message),
                "busy": heard(each.agent_busy_message),
                "unavailable": heard(each.agent_unavailable_message),
                "ring_seconds": [each.ring_seconds, each.max_ring_seconds],
            }
            for each in settings.values()
        },
    }
    canonical = json.dumps(meaning, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
