"""The types of single fields: each takes the text that was written and becomes a value."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator

from callrouter.config import holiday_dates, values, values_phone, values_time
from callrouter.config.problems import Fault
from callrouter.routing.admission import Refuse
from callrouter.routing.hours import SeasonDay, Weekday
from callrouter.routing.model import CallRouting, Greet, Order, Ringback


def _text(value: Any) -> Any:
    """Only strings reach the functions of `values`; anything else is refused here."""
    if value is None:
        raise Fault("nothing is written here", "write a value; one that begins with # needs quotes")
    if not isinstance(value, str):
        what = "a list" if isinstance(value, list) else "a mapping"
        raise Fault(f"{what} is written here", "write a single value")
    return value


def _only_text(accept: Any) -> BeforeValidator:
    """The same few times, days and names are written over and over: each is read once."""
    accepted = lru_cache(maxsize=8192)(accept)
    return BeforeValidator(lambda value: accepted(_text(value)))


Name = Annotated[str, _only_text(values.name)]
Remark = Annotated[str, _only_text(values.remark)]
Flag = Annotated[bool, _only_text(values.flag)]
SpokenText = Annotated[str, _only_text(values.sentence)]
FilePath = Annotated[str, _only_text(values.file_path)]
Language = Annotated[str, _only_text(values.language)]
Code = Annotated[str, _only_text(values.short_code)]
MusicClass = Annotated[str, _only_text(values.music_class)]

Extension = Annotated[str, _only_text(values_phone.extension)]
Phone = Annotated[str, _only_text(values_phone.phone)]
Number = Annotated[str, _only_text(values_phone.number)]
OutsideNumber = Annotated[str, _only_text(values_phone.outside_number)]
AllowedNumbers = Annotated[str, _only_text(values_phone.allowed_numbers)]
Trunk = Annotated[str, _only_text(values_phone.trunk)]
DialledCode = Annotated[str, _only_text(values_phone.feature_code)]
CallerNumber = Annotated[str, _only_text(values_phone.caller)]
CountryCode = Annotated[str, _only_text(values_phone.country_code)]
NationalPrefix = Annotated[str, _only_text(values_phone.national_prefix)]
PauseDigit = Annotated[str, _only_text(values_phone.pause_digit)]

TimeZone = Annotated[str, _only_text(values_time.time_zone)]
Days = Annotated[frozenset[Weekday], _only_text(values_time.days)]
StartTime = Annotated[int, _only_text(values_time.start_time)]
EndTime = Annotated[int, _only_text(values_time.end_time)]
InSeason = Annotated[SeasonDay, _only_text(values_time.season_day)]
FromMoment = Annotated[datetime, _only_text(values_time.from_moment)]
UntilMoment = Annotated[datetime, _only_text(values_time.until_moment)]
HolidayDate = Annotated[holiday_dates.DateRule, _only_text(holiday_dates.date_rule)]

Routing = Annotated[CallRouting, _only_text(values.call_routing)]
AgentOrder = Annotated[Order, _only_text(values.order)]
WhenToGreet = Annotated[Greet, _only_text(values.greet)]
HeardWhileRinging = Annotated[Ringback, _only_text(values.ringback)]
WhenFull = Annotated[Refuse, _only_text(values.when_full)]
TooManyCalls = Annotated[Refuse, _only_text(values.too_many_calls)]
BlockedAnswer = Annotated[Refuse, _only_text(values.blocked_answer)]
HowPhonesRing = Annotated[values.PhonesRing, _only_text(values.phones_ring)]

SkillLevel = Annotated[int, _only_text(values.skill_level)]
WaveSize = Annotated[int, _only_text(values.wave_size)]
RingSeconds = Annotated[float, _only_text(values.ring_seconds)]
MaxRingSeconds = Annotated[float, _only_text(values.max_ring_seconds)]
StaggerSeconds = Annotated[float, _only_text(values.stagger_seconds)]
WrapUpSeconds = Annotated[float, _only_text(values.wrap_up_seconds)]
DelaySeconds = Annotated[float, _only_text(values.delay_seconds)]
GreetedMinutes = Annotated[float, _only_text(values.greeted_minutes)]
MaxCalls = Annotated[int, _only_text(values.max_calls)]
CallsPerMinute = Annotated[int, _only_text(values.calls_per_minute)]
LagSeconds = Annotated[float, _only_text(values.lag_seconds)]
