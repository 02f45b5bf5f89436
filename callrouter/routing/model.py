"""The words of routing: agents, groups, schedules, settings, and the table that holds them all.

Pure and frozen: a table is built once from a configuration and never changes; a new
configuration is a new table with a new version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DAY_SECONDS = 86_400


class Weekday(StrEnum):
    """Days as an admin writes them; the order is that of `datetime.weekday()`."""

    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"
    SUNDAY = "Sunday"


WEEKDAYS = tuple(Weekday)


class CallRouting(StrEnum):
    """How the agents of a group are rung."""

    SEQUENTIAL = "Sequential"
    SIMULTANEOUS = "Simultaneous"


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who takes calls.

    `phones` are Asterisk dial strings such as `PJSIP/1001`; all of them ring together.
    """

    id: str
    name: str
    extension: str
    phones: tuple[str, ...]
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """Agents who share calls, in the order in which they are rung."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One row of a call handling schedule: half-open `[from_time, to_time)`.

    Times are seconds since local midnight, `to_time` up to 86400 (`24:00`). A row whose end is
    not after its start runs past midnight and belongs to the day on which it starts.
    """

    day_of_week: Weekday
    from_time: int
    to_time: int
    agent_group: str

    @property
    def overnight(self) -> bool:
        return self.to_time <= self.from_time

    def __str__(self) -> str:
        return f"{self.day_of_week} {format_time(self.from_time)}-{format_time(self.to_time)}"


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something a caller hears: text for a TTS engine, or a sound file.

    `media` is the path, without extension, of the rendered audio on the Asterisk host; it is
    None in a table that was only checked. `seconds` is its length.
    """

    text: str | None = None
    language: str | None = None
    sound: str | None = None
    media: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class IncomingCallSettings:
    """What happens with a call on certain numbers."""

    name: str
    numbers: tuple[str, ...]
    timezone: str
    call_routing: CallRouting
    call_handling_schedule: tuple[ScheduleRow, ...]
    greeting_message: Prompt | None = None
    agent_busy_message: Prompt | None = None
    agent_unavailable_message: Prompt | None = None
    ring_seconds: float = 20.0
    max_ring_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """Everything that decides where a call goes. `numbers` maps a dialled number to settings."""

    version: str
    agents: Mapping[str, Agent]
    agent_groups: Mapping[str, AgentGroup]
    settings: Mapping[str, IncomingCallSettings]
    numbers: Mapping[str, str]


def format_time(seconds: int) -> str:
    """`32400` → `09:00`; seconds are shown only where there are any."""
    hours, rest = divmod(seconds, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{secs:02}" if secs else "")


def normalize_number(written: str) -> str:
    """The form in which numbers are compared.

    `+381 (11) 123-4567` and `00381111234567` both become `+381111234567`: separators that people
    write between digits go, a leading `00` is the `+` of international numbers; anything else
    (letters, `*`, `#`) stays as it is.
    """
    bare = "".join(c for c in written.strip() if c not in " \u00a0-./()")
    return "+" + bare[2:] if bare.startswith("00") and len(bare) > 6 else bare
