"""The shape of a configuration, the same in YAML and in the database.

Models only: what a single value may be is in `values`, what values mean to each other in
`references`.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from callrouter.config import values
from callrouter.config.problems import Fault
from callrouter.routing.hours import Weekday
from callrouter.routing.model import CallRouting

MOST_ROWS = 500  # far beyond any week, and lint compares each row with those before


def _text(value: Any) -> Any:
    """Only strings reach the functions of `values`; anything else is refused here."""
    if value is None:
        raise Fault("nothing is written here", "write a value; one that begins with # needs quotes")
    if not isinstance(value, str):
        what = "a list" if isinstance(value, list) else "a mapping"
        raise Fault(f"{what} is written here", "write a single value")
    return value


def _only_text(accept: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: accept(_text(value)))


Name = Annotated[str, _only_text(values.name)]
Extension = Annotated[str, _only_text(values.extension)]
Phone = Annotated[str, _only_text(values.phone)]
Number = Annotated[str, _only_text(values.number)]
Sentence = Annotated[str, _only_text(values.sentence)]
SoundPath = Annotated[str, _only_text(values.sound_path)]
Language = Annotated[str, _only_text(values.language)]
TimeZone = Annotated[str, _only_text(values.time_zone)]
Day = Annotated[Weekday, _only_text(values.weekday)]
Routing = Annotated[CallRouting, _only_text(values.call_routing)]
StartTime = Annotated[int, _only_text(values.start_time)]
EndTime = Annotated[int, _only_text(values.end_time)]
SkillLevel = Annotated[int, _only_text(values.skill_level)]
RingSeconds = Annotated[float, _only_text(values.ring_seconds)]
MaxRingSeconds = Annotated[float, _only_text(values.max_ring_seconds)]


class Section(BaseModel):
    """A mapping with fixed field names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AgentEntry(Section):
    """A person who takes calls; the phone is `PJSIP/<extension>` unless `phones` says otherwise."""

    name: Name | None = None
    extension: Extension
    phones: tuple[Phone, ...] | None = None
    skills: dict[Name, SkillLevel] = {}


class AgentGroupEntry(Section):
    """Agents in the order in which they are rung."""

    members: tuple[Name, ...] = ()


class MessageEntry(Section):
    """Something a caller hears: text with an optional language, or a sound file."""

    text: Sentence | None = None
    language: Language | None = None
    sound: SoundPath | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_or_mapping(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _text_or_sound(self) -> "MessageEntry":
        if self.text is not None and self.sound is not None:
            raise Fault("both a text and a sound file are given", "keep only one of them")
        if self.text is None and self.sound is None:
            raise Fault(
                "neither a text nor a sound file is given", "write a text, or {sound: path}"
            )
        return self


class ScheduleRowEntry(Section):
    """One row of a schedule, half-open `[from_time, to_time)`."""

    day_of_week: Day
    from_time: StartTime
    to_time: EndTime
    agent_group: Name


class IncomingCallSettingsEntry(Section):
    """What happens with a call on certain numbers."""

    numbers: tuple[Number, ...] = ()
    timezone: TimeZone | None = None
    language: Language | None = None
    call_routing: Routing = CallRouting.SEQUENTIAL
    greeting_message: MessageEntry | None = None
    agent_busy_message: MessageEntry | None = None
    agent_unavailable_message: MessageEntry | None = None
    ring_seconds: RingSeconds = 20.0
    max_ring_seconds: MaxRingSeconds = 120.0
    call_handling_schedule: Annotated[
        tuple[ScheduleRowEntry, ...], Field(max_length=MOST_ROWS)
    ] = ()


class Document(Section):
    """A whole configuration."""

    timezone: TimeZone | None = None
    language: Language = "en"
    agents: dict[Name, AgentEntry] = {}
    agent_groups: dict[Name, AgentGroupEntry] = {}
    incoming_call_settings: dict[Name, IncomingCallSettingsEntry] = {}
