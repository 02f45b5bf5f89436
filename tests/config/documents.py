"""Configurations of any kind, as the plain values that a file's tree becomes: all valid."""

from typing import Any

from hypothesis import strategies as st

Values = dict[str, Any]

NAME_WORDS = ("amina", "bojan", "Ćira B.", "sales", "a: b", "null", "1", "*x", "<<", "[key]")
NAMES = st.sampled_from(NAME_WORDS)
_SHORT = ["Hello.", "Добар дан", "أهلا", "{reopens_at} again", "- a", "yes", "# no"]
REMARKS = st.sampled_from(_SHORT)
TEXTS = st.sampled_from([*_SHORT, '{"text": "x"}', "a\nb", "a line of words " * 9])
FLAGS = st.sampled_from(["true", "yes", "no", "off"])
SECONDS = st.sampled_from(["1", "20", "20.0", "7.5", "60"])
FROM = st.sampled_from(["9:00", "09:00", "00:00", "23:59:59"])
TO = st.sampled_from(["24:00", "17:00", "0:30", "06:00:01"])
ZONES = st.sampled_from(["UTC", "Europe/Belgrade", "Asia/Kathmandu"])
DAYS = st.sampled_from(["Monday", "mon-fri", "weekend", "Sat, Sun"])
DATES = st.sampled_from(["2026-12-31", "12-25", "last Friday of November"])
MOMENTS = st.sampled_from(["2026-12-24 12:00", "2026-12-24T12:00Z"])
GROUPS = st.lists(NAMES, min_size=1, max_size=3, unique=True)
SKILLS = st.dictionaries(NAMES, st.sampled_from(["1", "5", "100"]), max_size=3)
NUMBERS = st.lists(st.sampled_from(["+381 11 123", "700", "0038111234567"]), max_size=3)


def section(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Values]:
    """A mapping with some of these fields; those that begin with `must_` are always there."""
    needed = {name.removeprefix("must_"): each for name, each in fields.items() if "must_" in name}
    others = {name.rstrip("_"): each for name, each in fields.items() if "must_" not in name}
    return st.fixed_dictionaries(needed, optional=others)


MESSAGES = st.one_of(
    TEXTS,
    section(must_text=TEXTS, language=st.just("sr")),
    section(must_sound=st.sampled_from(["closed.wav", "a/{b}.wav"])),
)
TARGETS = st.one_of(
    section(must_agent_group=NAMES), section(must_agent=NAMES),
    section(must_incoming_call_settings=NAMES),
    section(must_outside_number=st.just("+38164123456")),
)  # fmt: skip
FOLLOW_ON = st.lists(
    st.builds(lambda one, two: one | two, TARGETS, section(message=MESSAGES)), max_size=3
)
HOURS: dict[str, st.SearchStrategy[Any]] = {
    "must_days": st.lists(DAYS, min_size=1, max_size=2),
    "must_from_time": FROM,
    "must_to_time": TO,
    "timezone": ZONES,
    "valid_from": st.sampled_from(["06-01", "2026-06-01"]),
    "valid_to": st.just("08-31"),
}
ONE_DAY: dict[str, st.SearchStrategy[Any]] = {
    "must_day_of_week": st.lists(st.sampled_from(["Monday", "tue"]), min_size=1, max_size=1),
    "must_from_time": FROM,
    "must_to_time": TO,
}
ROWS = st.one_of(
    section(**HOURS, must_agent_group=GROUPS), section(**ONE_DAY, must_agent_group=GROUPS)
)
OVERRIDES = st.lists(
    section(
        closed=FLAGS, open=FLAGS, send_to=st.lists(TARGETS, max_size=2), agent_group=GROUPS,
        until=MOMENTS, message=MESSAGES, author=st.just("amina"), reason=REMARKS,
        **{"from": MOMENTS},
    ),
    max_size=2,
)  # fmt: skip
PHONES = st.lists(
    st.one_of(
        section(must_phone=st.sampled_from(["PJSIP/1001", "PJSIP/+381@provider"]), confirm=FLAGS)
    ),
    max_size=2,
)
AGENTS = section(
    must_extension=st.sampled_from(["1001", "0", "*7"]), name=NAMES, phones=PHONES,
    phones_ring=st.sampled_from(["together", "in_order"]), skills=SKILLS,
    working_hours=st.lists(section(**HOURS), max_size=2), incoming_call_settings=NAMES,
    numbers=NUMBERS, may_override=FLAGS,
)  # fmt: skip
AGENT_GROUPS = section(
    members=st.lists(NAMES, max_size=3), order=st.sampled_from(["round_robin", "skills"]),
    required_skills=SKILLS, preferred_skills=SKILLS, wrap_up_seconds=SECONDS,
    busy_delay_seconds=SECONDS, reject_delay_seconds=SECONDS, no_answer_delay_seconds=SECONDS,
)  # fmt: skip
HOLIDAYS = st.one_of(
    section(must_date=DATES, until=DATES, name=NAMES, from_time=FROM, to_time=TO, open=FLAGS,
            message=MESSAGES, agent_group=GROUPS),
    section(must_holiday=st.just("Christmas Day"), open=FLAGS, agent_group=GROUPS),
)  # fmt: skip
CALENDARS = section(
    country=st.just("RS"), region=st.just("BY"), file=st.just("holidays.ics"), message=MESSAGES,
    agent_group=GROUPS, holidays=st.lists(HOLIDAYS, max_size=3),
)  # fmt: skip
SETTINGS = section(
    numbers=NUMBERS, timezone=ZONES, language=st.just("sr"),
    call_routing=st.sampled_from(["sequential", "Adding up", "Waves"]),
    wave_sizes=st.lists(st.sampled_from(["1", "3"]), min_size=1, max_size=3),
    stagger_seconds=SECONDS, required_skills=SKILLS, preferred_skills=SKILLS,
    greeting_message=MESSAGES, agent_busy_message=MESSAGES, agent_unavailable_message=MESSAGES,
    closed_message=MESSAGES, ring_seconds=SECONDS, max_ring_seconds=SECONDS,
    greet=st.sampled_from(["before_ringing", "while_ringing"]), skip_greeting_minutes=SECONDS,
    ringback=st.sampled_from(["music", "silence"]), music_class=st.just("jazz"), early_media=FLAGS,
    max_calls=st.sampled_from(["1", "20"]),
    holidays=st.lists(NAMES, max_size=2), overrides=OVERRIDES, follow_on=FOLLOW_ON,
    follow_on_closed=FOLLOW_ON, call_handling_schedule=st.lists(ROWS, max_size=4),
)  # fmt: skip
LIMITS = section(
    max_calls=st.just("300"), when_full=st.sampled_from(["busy", "safety net", "message"]),
    full_message=MESSAGES, max_lag_seconds=st.sampled_from(["0", "1.5"]),
    calls_per_minute=st.just("5"), anonymous_calls_per_minute=st.just("60"),
    too_many_calls=st.just("rejected"), never_limited=st.just(["+38111*", "1001"]),
    blocked_message=MESSAGES,
)  # fmt: skip
BLOCKED = section(
    must_number=st.sampled_from(["+38164 123", "+38190*", "anonymous"]),
    answer=st.sampled_from(["busy", "Message"]),
    note=REMARKS,
    until=MOMENTS,
)
DOCUMENTS = section(
    timezone=ZONES, language=st.just("sr"),
    agents=st.dictionaries(NAMES, AGENTS, max_size=4),
    agent_groups=st.dictionaries(NAMES, AGENT_GROUPS, max_size=3),
    holiday_calendars=st.dictionaries(NAMES, CALENDARS, max_size=2),
    incoming_call_settings=st.dictionaries(NAMES, SETTINGS, max_size=3),
    overrides=OVERRIDES,
    outside_line=section(must_trunk=st.just("provider"), allowed=st.just(["+38111*"])),
    feature_codes=section(log_in=st.just("*11"), close=st.just("*21")),
    pause_reasons=st.dictionaries(st.sampled_from(["1", "2"]), REMARKS, max_size=2),
    country_code=st.sampled_from(["381", "+381"]), national_prefix=st.sampled_from(["0", ""]),
    limits=LIMITS, blocked_callers=st.lists(BLOCKED, max_size=3),
)  # fmt: skip
