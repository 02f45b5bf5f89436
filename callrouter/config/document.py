"""The shape of a configuration, the same in YAML and in the database.

Models only: what a single value may be is in `values`, what values mean to each other in
`references` and `combinations`. A list may be written as its only value, a message or a phone
as its text.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from callrouter.config.fields import (
    AgentOrder,
    AllowedNumbers,
    BlockedAnswer,
    CallerNumber,
    CallsPerMinute,
    Code,
    CountryCode,
    Days,
    DelaySeconds,
    DialledCode,
    EndTime,
    Extension,
    FilePath,
    Flag,
    FromMoment,
    GreetedMinutes,
    HeardWhileRinging,
    HolidayDate,
    HowPhonesRing,
    InSeason,
    LagSeconds,
    Language,
    MaxCalls,
    MaxRingSeconds,
    MusicClass,
    Name,
    NationalPrefix,
    Number,
    OutsideNumber,
    PauseDigit,
    Phone,
    Remark,
    RingSeconds,
    Routing,
    SkillLevel,
    SpokenText,
    StaggerSeconds,
    StartTime,
    TimeZone,
    TooManyCalls,
    Trunk,
    UntilMoment,
    WaveSize,
    WhenFull,
    WhenToGreet,
    WrapUpSeconds,
)
from callrouter.config.problems import Fault, quoted, visible
from callrouter.config.values import PhonesRing
from callrouter.routing.admission import Refuse
from callrouter.routing.hours import Weekday
from callrouter.routing.model import CallRouting, FeatureCode, Greet, Order, Ringback

MOST_ROWS = 500  # far beyond any week, and lint compares each row with those before

MOST_CALLERS = 5_000

_Few = Field(max_length=20)
Groups = Annotated[tuple[Name, ...], _Few]


class Section(BaseModel):
    """A mapping with fixed field names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageEntry(Section):
    """Something a caller hears: text with an optional language, or a sound file."""

    text: SpokenText | None = None
    language: Language | None = None
    sound: FilePath | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_or_mapping(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class HoursEntry(Section):
    """Days and times, half-open `[from_time, to_time)`, perhaps only in a season."""

    days: tuple[Days, ...] = ()
    day_of_week: tuple[Days, ...] = ()
    from_time: StartTime
    to_time: EndTime
    valid_from: InSeason | None = None
    valid_to: InSeason | None = None
    timezone: TimeZone | None = None

    @field_validator("days", "day_of_week")
    @classmethod
    def _as_one(cls, value: tuple[frozenset[Weekday], ...]) -> tuple[frozenset[Weekday], ...]:
        """However they are written: `Mon-Tue` means what `[Mon, Tue]` does."""
        return (frozenset().union(*value),) if value else ()


class ScheduleRowEntry(HoursEntry):
    """One row of a schedule: hours and the groups on duty."""

    agent_group: Groups


class PhoneEntry(Section):
    """A phone; `confirm` is whether a key must be pressed to get the call."""

    phone: Phone
    confirm: Flag | None = None

    @model_validator(mode="before")
    @classmethod
    def _phone_or_mapping(cls, value: Any) -> Any:
        return {"phone": value} if isinstance(value, str) else value


class AgentEntry(Section):
    """A person who takes calls; the phone is `PJSIP/<extension>` unless `phones` says otherwise."""

    name: Name | None = None
    extension: Extension
    phones: Annotated[tuple[PhoneEntry, ...], _Few] | None = None
    phones_ring: HowPhonesRing = PhonesRing.TOGETHER
    skills: dict[Name, SkillLevel] = {}
    working_hours: Annotated[tuple[HoursEntry, ...], Field(max_length=MOST_ROWS)] = ()
    incoming_call_settings: Name | None = None
    numbers: tuple[Number, ...] = ()
    may_override: Flag = False


class AgentGroupEntry(Section):
    """Agents who share calls, and how they are lined up."""

    members: tuple[Name, ...] = ()
    order: AgentOrder = Order.LISTED
    required_skills: dict[Name, SkillLevel] = {}
    preferred_skills: dict[Name, SkillLevel] = {}
    wrap_up_seconds: WrapUpSeconds = 0.0
    busy_delay_seconds: DelaySeconds = 0.0
    reject_delay_seconds: DelaySeconds = 0.0
    no_answer_delay_seconds: DelaySeconds = 0.0


class TargetEntry(Section):
    """Where a call is sent: one of the fields."""

    agent_group: Name | None = None
    agent: Name | None = None
    outside_number: OutsideNumber | None = None
    incoming_call_settings: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _not_only_a_name(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise Fault(
                f"{quoted(value)} could be a group, an agent, a number or settings",
                f"write {{agent_group: {visible(value)}}}, or with one of agent, outside_number, "
                "incoming_call_settings",
            )
        return value


class FollowOnEntry(TargetEntry):
    """What comes next for a caller whom nobody took, with a message before it or none."""

    message: MessageEntry | None = None


class OverrideEntry(Section):
    """What holds instead of schedule and holidays: `closed`, `open` or `send_to`."""

    closed: Flag = False
    open: Flag = False
    send_to: Annotated[tuple[TargetEntry, ...], _Few] = ()
    agent_group: Groups = ()
    from_at: FromMoment | None = Field(default=None, alias="from")
    until_at: UntilMoment | None = Field(default=None, alias="until")
    message: MessageEntry | None = None
    author: Remark = ""
    reason: Remark = ""


class HolidayEntry(Section):
    """A holiday of one's own by `date`, or one of the country's or the file's by its name."""

    date: HolidayDate | None = None
    until: HolidayDate | None = None
    holiday: Remark | None = None
    name: Remark | None = None
    from_time: StartTime | None = None
    to_time: EndTime | None = None
    open: Flag = False
    message: MessageEntry | None = None
    agent_group: Groups = ()

    @model_validator(mode="before")
    @classmethod
    def _date_or_mapping(cls, value: Any) -> Any:
        return {"date": value} if isinstance(value, str) else value


class HolidayCalendarEntry(Section):
    """Holidays of a country, of an iCalendar file and of one's own, joined."""

    country: Code | None = None
    region: Code | None = None
    file: FilePath | None = None
    message: MessageEntry | None = None
    agent_group: Groups = ()
    holidays: Annotated[tuple[HolidayEntry, ...], Field(max_length=MOST_ROWS)] = ()


class IncomingCallSettingsEntry(Section):
    """What happens with a call on certain numbers."""

    numbers: tuple[Number, ...] = ()
    timezone: TimeZone | None = None
    language: Language | None = None
    call_routing: Routing = CallRouting.SEQUENTIAL
    wave_sizes: Annotated[tuple[WaveSize, ...], _Few] = (2,)
    stagger_seconds: StaggerSeconds = 5.0
    required_skills: dict[Name, SkillLevel] = {}
    preferred_skills: dict[Name, SkillLevel] = {}
    greeting_message: MessageEntry | None = None
    agent_busy_message: MessageEntry | None = None
    agent_unavailable_message: MessageEntry | None = None
    closed_message: MessageEntry | None = None
    greet: WhenToGreet = Greet.BEFORE_RINGING
    skip_greeting_minutes: GreetedMinutes = 0.0
    ringback: HeardWhileRinging = Ringback.RINGING
    music_class: MusicClass = "default"
    early_media: Flag = False
    max_calls: MaxCalls | None = None
    ring_seconds: RingSeconds = 20.0
    max_ring_seconds: MaxRingSeconds = 120.0
    holidays: Groups = ()
    overrides: Annotated[tuple[OverrideEntry, ...], Field(max_length=MOST_ROWS)] = ()
    follow_on: Annotated[tuple[FollowOnEntry, ...], _Few] = ()
    follow_on_closed: Annotated[tuple[FollowOnEntry, ...], _Few] = ()
    call_handling_schedule: Annotated[
        tuple[ScheduleRowEntry, ...], Field(max_length=MOST_ROWS)
    ] = ()


class OutsideLineEntry(Section):
    """How outside numbers are dialled, and which may be."""

    trunk: Trunk
    allowed: tuple[AllowedNumbers, ...] = ()


class FeatureCodesEntry(Section):
    """What agents' phones dial to ask for something; a field for each `FeatureCode`."""

    log_in: DialledCode | None = None
    log_out: DialledCode | None = None
    pause: DialledCode | None = None
    unpause: DialledCode | None = None
    close: DialledCode | None = None
    reopen: DialledCode | None = None

    def by_code(self) -> dict[str, FeatureCode]:
        """Each code that is written, and what it asks for."""
        written = {each: getattr(self, each.value) for each in FeatureCode}
        return {code: each for each, code in written.items() if code is not None}


class LimitsEntry(Section):
    """How many calls are let in, how many of one caller, and what the others get."""

    max_calls: MaxCalls | None = None
    when_full: WhenFull = Refuse.BUSY
    full_message: MessageEntry | None = None
    max_lag_seconds: LagSeconds = 1.0
    calls_per_minute: CallsPerMinute | None = None
    anonymous_calls_per_minute: CallsPerMinute | None = None
    too_many_calls: TooManyCalls = Refuse.BUSY
    never_limited: Annotated[tuple[CallerNumber, ...], Field(max_length=MOST_CALLERS)] = ()
    blocked_message: MessageEntry | None = None


class BlockedCallerEntry(Section):
    """Callers who are not let in: a number, the beginning of numbers and `*`, or `anonymous`."""

    number: CallerNumber
    answer: BlockedAnswer = Refuse.REJECTED
    note: Remark = ""
    until_at: UntilMoment | None = Field(default=None, alias="until")

    @model_validator(mode="before")
    @classmethod
    def _number_or_mapping(cls, value: Any) -> Any:
        return {"number": value} if isinstance(value, str) else value


class Document(Section):
    """A whole configuration."""

    timezone: TimeZone | None = None
    language: Language = "en"
    agents: dict[Name, AgentEntry] = {}
    agent_groups: dict[Name, AgentGroupEntry] = {}
    holiday_calendars: dict[Name, HolidayCalendarEntry] = {}
    incoming_call_settings: dict[Name, IncomingCallSettingsEntry] = {}
    overrides: Annotated[tuple[OverrideEntry, ...], Field(max_length=MOST_ROWS)] = ()
    outside_line: OutsideLineEntry | None = None
    feature_codes: FeatureCodesEntry = FeatureCodesEntry()
    pause_reasons: dict[PauseDigit, Remark] = {}
    country_code: CountryCode | None = None
    national_prefix: NationalPrefix = "0"
    limits: LimitsEntry = LimitsEntry()
    blocked_callers: Annotated[tuple[BlockedCallerEntry, ...], Field(max_length=MOST_CALLERS)] = ()
