"""What is on the board: the shape that the API gives and its pages show.

Law: nothing in it is ever null; what is not known is left out. So a JSON merge patch (RFC 7396)
says any change, and null in it means that something is gone.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from callrouter.routing.model import OverrideKind, TargetKind
from callrouter.routing.presence import AgentActivity
from callrouter.settings import Settings


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class CallStage(StrEnum):
    """Where a call in progress is. Until TALKING, but not in MESSAGE, its caller waits."""

    ARRIVAL = "arrival"
    GREETING = "greeting"
    WAITING = "waiting"  # between two who ring
    RINGING = "ringing"
    TALKING = "talking"
    MESSAGE = "message"  # hears that nobody takes his call


class IncidentKind(StrEnum):
    """What is wrong at this moment."""

    DATABASE_AWAY = "database_away"
    NO_ROUTER = "no_router"
    ROUTER_SILENT = "router_silent"
    ASTERISK_AWAY = "asterisk_away"
    RECORDS_WAITING = "records_waiting"
    CONFIGURATION_REFUSED = "configuration_refused"
    NOBODY_THERE = "nobody_there"
    ROUTER_ALARM = "router_alarm"


class Targets(_Part):
    """What is aimed at; the share of calls answered within so many seconds of their arrival."""

    answer_within_seconds: int
    service_level: float
    most_abandoned: float
    longest_wait_seconds: int


def targets_of(settings: Settings) -> Targets:
    """Those that the environment sets, else the usual."""
    return Targets(
        answer_within_seconds=settings.target_answer_seconds,
        service_level=settings.target_service_level,
        most_abandoned=settings.target_abandoned,
        longest_wait_seconds=settings.target_longest_wait,
    )


class Day(_Part):
    """Today's calls so far; `service_level` and `abandoned_share` are of `offered`, if any.

    `offered` are calls that somebody was to take and that are decided: answered, abandoned, or
    turned away with the busy or unavailable message.
    """

    offered: int = 0
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    service_level: float | None = None
    abandoned_share: float | None = None


class Now(_Part):
    """Calls in progress: those that wait (and of these, those that ring), those that talk."""

    waiting: int = 0
    ringing: int = 0
    talking: int = 0
    longest_since: Annotated[
        datetime | None, Field(description="Since when the caller waits who waits longest.")
    ] = None


class Totals(_Part):
    """The big tiles."""

    now: Now
    today: Day
    agents: Annotated[
        dict[AgentActivity, int], Field(description="How many agents do what; none is left out.")
    ]


class WhoRings(_Part):
    """The name of a group, an agent or settings, or an outside number."""

    kind: TargetKind
    name: str


class OnDuty(_Part):
    """Who is on duty at a moment, the preferred first; closed where there is nobody.

    `because` is what says so: a row of the schedule, a holiday, an override.
    """

    open: bool
    targets: list[WhoRings]
    because: str | None = None


class SettingsStrip(_Part):
    """The incoming calls of certain numbers; `then` is who is on duty from `until` on."""

    numbers: list[str]
    timezone: str
    now: Now
    today: Day
    duty: OnDuty
    until: datetime | None = None
    then: OnDuty | None = None
    override: Annotated[str | None, Field(description="The id of the one in force.")] = None


class GroupStrip(_Part):
    """An agent group; `there` of its members take calls, `free` of them at once."""

    members: list[str]
    now: Now
    today: Day
    free: int
    there: int
    on_duty_for: list[str]


class AgentTile(_Part):
    """What an agent does, since when, and until when where the clock will change it.

    `paused` is the reason, which may be empty; `call` is the call of ours that has him.
    """

    name: str
    extension: str
    groups: list[str]
    activity: AgentActivity
    since: datetime | None = None
    until: datetime | None = None
    logged_in: bool
    paused: str | None = None
    call: str | None = None
    calls_today: int = 0


class RungAgent(_Part):
    """Whom a call rings; `agent` is an id, or an outside number."""

    agent: str
    name: str
    since: datetime


class CallNow(_Part):
    """A call in progress; `since` is when its stage began, as far as is known."""

    number: str
    caller_number: str
    caller_name: str
    arrived_at: datetime
    stage: CallStage
    since: datetime
    waiting: bool
    settings: str | None = None
    agent_group: str | None = None
    ringing: list[RungAgent] = []
    agent: str | None = None
    moved_by: str | None = None


class OverrideNow(_Part):
    """An override in force or to come; `settings` empty means all. Its id is its key."""

    kind: OverrideKind
    settings: list[str]
    targets: list[WhoRings]
    in_force: bool
    from_at: datetime | None = None
    until_at: datetime | None = None
    author: str = ""
    reason: str = ""
    live: Annotated[
        bool, Field(description="Set while the router runs; else part of the configuration.")
    ]


class AsteriskNow(_Part):
    url: str
    connected: bool
    error: str | None = None


class RouterNow(_Part):
    """A router; what it told is old where it is not `heard`. `since`: how long its version."""

    heard: bool
    seen_at: Annotated[datetime | None, Field(description="Only where it is not heard.")] = None
    started_at: datetime
    callrouter: str
    asterisk: list[AsteriskNow]
    version: str
    since: datetime | None = None
    problems: list[str] = []
    refused_since: datetime | None = None
    records_waiting: int = 0
    stopping: bool = False
    alarms: Annotated[list[str], Field(description="The codes of what is wrong with it.")] = []
    late_seconds: Annotated[
        float | None, Field(description="How late its own clock wakes it, from 0.1 s on.")
    ] = None


class Incident(_Part):
    """Something that is wrong now; `subject` is the router, Asterisk or settings it is about.

    `alarm` is the code of a router's alarm, as its health has it.
    """

    kind: IncidentKind
    subject: str = ""
    since: datetime | None = None
    count: int = 0
    alarm: str | None = None


class Version(_Part):
    """The newest version of the configuration that was written down."""

    number: int
    version: str
    author: str
    at: datetime
    note: str | None = None


class Board(_Part):
    """All of it. `at` is the server's clock; today is the day in `timezone`."""

    at: datetime
    timezone: str
    day: date
    database: Annotated[bool, Field(description="Whether it answers: else all of this is old.")]
    me: Annotated[str | None, Field(description="The agent who looks, if he is one.")] = None
    targets: Targets
    totals: Totals
    settings: dict[str, SettingsStrip]
    groups: dict[str, GroupStrip]
    agents: dict[str, AgentTile]
    calls: dict[str, CallNow]
    overrides: dict[str, OverrideNow]
    routers: dict[str, RouterNow]
    incidents: list[Incident]
    configuration: Version | None = None
