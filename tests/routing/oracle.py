"""Who is on duty, found the slow way: what the router's own code is held against.

It shares nothing with that code but the model. Seasons are cut from the ring of a leap year's
days, rows are laid out as readings of a clock from start to end, and to know when it opens it
looks every quarter of an hour. Made for companies whose times are quarters of an hour.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from callrouter.routing.hours import WEEKDAYS, Hours, SeasonDay
from callrouter.routing.model import (
    Holiday,
    HolidayCalendar,
    IncomingCallSettings,
    Override,
    OverrideKind,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
)
from tests.routing.company import OFFICE, TABLE

QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


def oracle(table: RoutingTable, settings: IncomingCallSettings, now: datetime) -> tuple[str, str]:
    """By what (override, holiday or row) which groups are on duty; none of them is closed."""
    for override in settings.overrides:
        if (override.from_at or now) <= now and (
            override.until_at is None or now < override.until_at
        ):
            return "override", " ".join(target.name for target in override.targets)
    reading = now.astimezone(ZoneInfo(settings.timezone)).replace(tzinfo=None, fold=0)
    for name in settings.holidays:
        for holiday in table.calendars[name].days.get(reading.date().toordinal(), ()):
            midnight = datetime.combine(reading.date(), datetime.min.time())
            start = midnight + timedelta(seconds=holiday.from_time)
            if start <= reading < midnight + timedelta(seconds=holiday.to_time):
                if holiday.is_open:
                    return by_rows(settings, now)
                return "holiday", " ".join(holiday.agent_groups)
    return by_rows(settings, now)


def by_rows(settings: IncomingCallSettings, now: datetime) -> tuple[str, str]:
    for row in settings.call_handling_schedule:
        zone = ZoneInfo(row.hours.timezone or settings.timezone)
        reading = now.astimezone(zone).replace(tzinfo=None, fold=0)
        for day in (reading.date(), reading.date() - DAY):
            start = datetime.combine(day, datetime.min.time()) + timedelta(
                seconds=row.hours.from_time
            )
            end = datetime.combine(day, datetime.min.time()) + timedelta(seconds=row.hours.to_time)
            if end <= start:
                end += DAY
            comes = f"{day:%A}" in list(row.hours.days) and in_season(row.hours, day)
            if comes and start <= reading < end:
                return "row", " ".join(row.agent_groups)
    return "row", ""


LEAP_YEAR = [f"{datetime(2024, 1, 1) + n * DAY:%m-%d}" for n in range(366)]  # noqa: DTZ001


def in_season(hours: Hours, day: date) -> bool:
    first, last = hours.valid_from, hours.valid_to
    if first and first.year:
        return date(first.year, first.month, first.day) <= day and in_season(
            replace(hours, valid_from=None), day
        )
    if last and last.year:
        return day <= date(last.year, last.month, last.day)
    start = LEAP_YEAR.index(f"{first.month:02}-{first.day:02}") if first else 0
    end = LEAP_YEAR.index(f"{last.month:02}-{last.day:02}") if last else 365
    ring = LEAP_YEAR[start : end + 1] if start <= end else LEAP_YEAR[start:] + LEAP_YEAR[: end + 1]
    return f"{day:%m-%d}" in ring


# Companies around moments at which clocks, calendars or people's ideas of them are odd.

ODD = {
    "Europe/Belgrade": ["2026-03-29T01:00", "2026-10-25T01:00", "2024-02-29T12:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00", "2026-12-31T23:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Asia/Beirut": ["2026-03-28T22:00", "2026-10-24T21:00"],
    "America/Havana": ["2026-03-08T05:00", "2026-11-01T05:00"],
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],
    "Pacific/Apia": ["2011-12-30T10:00", "2012-02-28T12:00"],
    "Asia/Kathmandu": ["2027-12-31T18:15", "2028-02-28T18:15"],
    "UTC": ["2024-02-29T00:00", "2025-03-01T00:00", "2100-02-28T23:45"],
}
ZONES = st.sampled_from(sorted(ODD))
# Clocks are mostly changed in the first hours of a day.
QUARTERS = (st.integers(0, 15) | st.integers(0, 95)).map(lambda quarter: quarter * 900)
GROUPS = st.lists(
    st.sampled_from(["sales", "lunch", "night"]), min_size=1, max_size=2, unique=True
).map(tuple)


@st.composite
def seasons(draw: st.DrawFn, near: date) -> tuple[SeasonDay | None, SeasonDay | None]:
    """From and to: none, dates or yearly, mostly about to begin or end."""
    yearly = draw(st.booleans())
    marks: list[SeasonDay | None] = []
    for _ in range(2):
        days = draw(st.none() | st.integers(-6, 6) | st.integers(-300, 300))
        if days is None:
            marks.append(None)
            continue
        day = near + days * DAY
        marks.append(SeasonDay(day.month, day.day, None if yearly else day.year))
    return marks[0], marks[1]


@st.composite
def rows(draw: st.DrawFn, near: date) -> ScheduleRow:
    days = draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))
    first, last = draw(st.just((None, None)) | seasons(near))
    hours = Hours(
        tuple(day for day in WEEKDAYS if day in days),
        draw(QUARTERS),
        draw(QUARTERS | st.just(86_400)),
        first,
        last,
        draw(st.none() | ZONES),
    )
    return ScheduleRow(hours, draw(GROUPS))


@st.composite
def holidays(draw: st.DrawFn) -> Holiday:
    start, end = sorted(draw(st.tuples(QUARTERS, QUARTERS)))
    part = (start, end + 900) if draw(st.booleans()) else (0, 86_400)
    return Holiday("holiday", *part, draw(st.just(()) | GROUPS), is_open=draw(st.booleans()))


@st.composite
def overrides(draw: st.DrawFn, near: datetime) -> Override:
    """From and to within days; one that opens always says by whom."""
    moments = st.integers(-400, 400).map(lambda quarters: near + quarters * QUARTER)
    kind = draw(st.sampled_from(OverrideKind))
    sent = () if kind is OverrideKind.CLOSED else draw(GROUPS)
    targets = tuple(Target(TargetKind.AGENT_GROUP, name) for name in sent)
    return Override("1", kind, draw(st.none() | moments), draw(st.none() | moments), (), targets)


Company = tuple[RoutingTable, IncomingCallSettings, datetime]


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """A company, and a moment that is interesting there: a quarter of an hour, in UTC."""
    timezone = draw(ZONES)
    moment = datetime.fromisoformat(draw(st.sampled_from(ODD[timezone]))).replace(tzinfo=UTC)
    now = moment + draw(st.integers(-200, 200)) * QUARTER
    days = st.integers(-4, 6).map(lambda day: now.date().toordinal() + day)
    calendar = st.dictionaries(days, st.lists(holidays(), min_size=1, max_size=2).map(tuple))
    calendars = draw(st.lists(calendar, max_size=2))
    settings = replace(
        OFFICE,
        timezone=timezone,
        call_handling_schedule=tuple(draw(st.lists(rows(now.date()), max_size=4))),
        holidays=tuple(str(place) for place in range(len(calendars))),
        overrides=tuple(draw(st.just([]) | st.lists(overrides(now), max_size=3))),
    )
    table = replace(
        TABLE,
        settings={settings.name: settings},
        calendars={
            str(place): HolidayCalendar(str(place), each, 2011, 2100)
            for place, each in enumerate(calendars)
        },
    )
    return table, settings, now


def quarters(start: datetime, end: datetime) -> Iterator[datetime]:
    """Each quarter of an hour in `[start, end)`."""
    while start < end:
        yield start
        start += QUARTER
