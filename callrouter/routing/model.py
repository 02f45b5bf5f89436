"""The words of routing: agents, groups, schedules, settings, and the table that holds them all.

Pure and frozen: a table is built once from a configuration and never changes; a new
configuration is a new table with a new version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from callrouter.routing.admission import BlockedCaller, Limits
from callrouter.routing.hours import DAY_SECONDS, Hours
from callrouter.routing.numbers import NumberPlan
from callrouter.routing.numbers import normalize_number as normalize_number
from callrouter.routing.prompt import Prompt as Prompt


class CallRouting(StrEnum):
    """In which pattern the agents of a group are rung.

    Sequential: one after another. Simultaneous: all at once. Waves: the first few, then more and
    more, the earlier ones ring on. Adding up: the same, one more each time. Staggered: one more
    every few seconds, each for his own time.
    """

    SEQUENTIAL = "Sequential"
    SIMULTANEOUS = "Simultaneous"
    WAVES = "Waves"
    ADDING_UP = "Adding up"
    STAGGERED = "Staggered"


class Order(StrEnum):
    """By what the agents of a group are lined up; `order.line_up` has the tie-breaks."""

    LISTED = "listed"
    ROUND_ROBIN = "round_robin"
    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"
    LEAST_TALK_TIME = "least_talk_time"
    RANDOM = "random"
    SKILLS = "skills"


class Greet(StrEnum):
    """When the caller hears the greeting: before agents ring, or while they do."""

    BEFORE_RINGING = "before_ringing"
    WHILE_RINGING = "while_ringing"


class Ringback(StrEnum):
    """What the caller hears while agents ring."""

    RINGING = "ringing"
    MUSIC = "music"
    SILENCE = "silence"


class TargetKind(StrEnum):
    """Who or what is rung."""

    AGENT_GROUP = "agent_group"
    AGENT = "agent"
    OUTSIDE_NUMBER = "outside_number"
    SETTINGS = "incoming_call_settings"


class OverrideKind(StrEnum):
    """What an override says instead of schedule and holidays."""

    CLOSED = "closed"
    OPEN = "open"
    SEND_TO = "send_to"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call is sent; `name` is that of the group, agent or settings, or the number."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{_TARGET_WORDS[self.kind]} {self.name}"

    @classmethod
    def of_words(cls, words: str) -> "Target":
        """The target that is written so; raises ValueError for anything else."""
        for kind, word in _TARGET_WORDS.items():
            if words.startswith(f"{word} "):
                return cls(kind, words.removeprefix(f"{word} "))
        raise ValueError(f"{words!r} names no target")


_TARGET_WORDS = {
    TargetKind.AGENT_GROUP: "group",
    TargetKind.AGENT: "agent",
    TargetKind.OUTSIDE_NUMBER: "the outside number",
    TargetKind.SETTINGS: "the settings",
}


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who takes calls.

    `phones` are Asterisk dial strings such as `PJSIP/1001`; they ring together, or one after
    another. Those in `confirmed` ring somebody who must press a key to get the call, so that a
    mobile's voicemail never does. `working_hours` (in the configuration's time zone unless they
    name one), if any, are when he may be rung. `settings` are those whose messages and follow-on
    hold for calls that dial the agent directly. `may_override` lets his phone close and open.
    """

    id: str
    name: str
    extension: str
    phones: tuple[str, ...]
    skills: Mapping[str, int] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    phones_in_order: bool = False
    working_hours: tuple[Hours, ...] = ()
    settings: str | None = None
    may_override: bool = False


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """Agents who share calls, and how they are lined up.

    After a call one has `wrap_up_seconds`; who was busy (486), declined (603) or let it ring is
    not rung again by a call to this group for so many seconds.
    """

    name: str
    members: tuple[str, ...]
    order: Order = Order.LISTED
    required_skills: Mapping[str, int] = field(default_factory=dict)
    preferred_skills: Mapping[str, int] = field(default_factory=dict)
    wrap_up_seconds: float = 0.0
    busy_delay_seconds: float = 0.0
    reject_delay_seconds: float = 0.0
    no_answer_delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One row of a call handling schedule: hours, and the groups on duty, the preferred first."""

    hours: Hours
    agent_groups: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.hours)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day, or `[from_time, to_time)` of it, on which no row counts.

    Closed, unless `agent_groups` are on duty; with a `message` of its own or the closed message.
    `is_open` is a day that a calendar calls a holiday and that is none here: rows count.
    """

    name: str
    from_time: int = 0
    to_time: int = DAY_SECONDS
    agent_groups: tuple[str, ...] = ()
    message: Prompt | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """`days` maps a date's proleptic Gregorian ordinal to its holidays, those that win first.

    Every day of the years `[first_year, last_year]` that is a holiday is in it.
    """

    name: str
    days: Mapping[int, tuple[Holiday, ...]]
    first_year: int
    last_year: int


@dataclass(frozen=True, slots=True)
class Override:
    """For `[from_at, until_at)` it wins over holidays and rows; None is: since or for ever.

    `settings` are those it is for, none of them means all. OPEN and SEND_TO ring `targets`; OPEN
    without targets rings the groups of the row that comes next. `live` ones were set by command
    or phone and win over those in the configuration; of several the first in the table wins.
    """

    id: str
    kind: OverrideKind
    from_at: datetime | None = None
    until_at: datetime | None = None
    settings: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    message: Prompt | None = None
    author: str = ""
    reason: str = ""
    live: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at `now` (aware)."""
        now = now.astimezone(UTC)  # of one zone, clocks would be compared instead of moments
        begun = self.from_at is None or self.from_at <= now
        return begun and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True)
class Closing:
    """What a caller hears who finds it closed in `[from_at, until_at)`: `{reopens_at}` is said."""

    from_at: datetime
    until_at: datetime
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class FollowOn:
    """What comes next for a caller whom nobody took, with a message before it or none."""

    target: Target
    message: Prompt | None = None


@dataclass(frozen=True, slots=True)
class IncomingCallSettings:
    """What happens with a call on certain numbers.

    `holidays` are names of calendars, the winning one first; `overrides` those that are for these
    settings, the winning one first. `wave_sizes`: how many more agents each wave rings, the last
    one all that are left. `closings` say for the coming days what `closed_message` amounts to.
    `max_calls` is how many calls to these numbers there may be at once.
    """

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
    closed_message: Prompt | None = None
    closings: tuple[Closing, ...] = ()
    holidays: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    follow_on: tuple[FollowOn, ...] = ()
    follow_on_closed: tuple[FollowOn, ...] = ()
    required_skills: Mapping[str, int] = field(default_factory=dict)
    preferred_skills: Mapping[str, int] = field(default_factory=dict)
    wave_sizes: tuple[int, ...] = (2,)
    stagger_seconds: float = 5.0
    greet: Greet = Greet.BEFORE_RINGING
    skip_greeting_minutes: float = 0.0
    ringback: Ringback = Ringback.RINGING
    music_class: str = "default"
    early_media: bool = False
    max_calls: int | None = None


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """How outside numbers are dialled: which trunk, and which numbers are allowed.

    `allowed` are whole numbers, or beginnings of numbers that end in `*`. Only numbers that the
    configuration names are ever dialled, never one that a caller gave.
    """

    trunk: str
    allowed: tuple[str, ...]

    def allows(self, number: str) -> bool:
        """Whether `number`, in its normal form, may be dialled; never what is no plain number."""
        number = normalize_number(number)
        plain = number.removeprefix("+")
        return (
            plain.isascii()
            and plain.isdigit()
            and any(
                number.startswith(each[:-1]) if each.endswith("*") else number == each
                for each in map(normalize_number, self.allowed)
            )
        )

    def phone(self, number: str) -> str:
        """The dial string of an outside number: `PJSIP/+38164123456@provider`."""
        return f"PJSIP/{normalize_number(number)}@{self.trunk}"


class FeatureCode(StrEnum):
    """What an agent's phone can ask for by dialling a code."""

    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    CLOSE = "close"
    REOPEN = "reopen"


class Sentence(StrEnum):
    """What callrouter says in words of its own, rendered ahead in every language in use."""

    CONFIRM = "confirm"
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    PAUSED = "paused"
    UNPAUSED = "unpaused"
    CLOSED = "closed"
    REOPENED = "reopened"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """Everything that decides where a call goes.

    `numbers` maps a dialled number to settings, `extensions` one to the agent it reaches.
    `feature_codes` maps what a phone dials to what it asks for, `pause_reasons` the digit dialled
    after the pause code to its reason. `sentences` are in the language `language`. `blocked` maps
    what callers are compared with (`admission.blocking`) to why they are, live ones first.
    """

    version: str
    agents: Mapping[str, Agent]
    agent_groups: Mapping[str, AgentGroup]
    settings: Mapping[str, IncomingCallSettings]
    numbers: Mapping[str, str]
    timezone: str = "UTC"
    language: str = "en"
    extensions: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, HolidayCalendar] = field(default_factory=dict)
    outside: OutsideLine | None = None
    feature_codes: Mapping[str, FeatureCode] = field(default_factory=dict)
    pause_reasons: Mapping[str, str] = field(default_factory=dict)
    sentences: Mapping[Sentence, Prompt] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    number_plan: NumberPlan = field(default_factory=NumberPlan)
    blocked: Mapping[str, tuple[BlockedCaller, ...]] = field(default_factory=dict)
