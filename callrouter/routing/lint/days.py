"""Holidays: calendars that nobody uses or that say nothing, settings that name none, nights that a
holiday cuts short."""

from collections.abc import Iterator
from datetime import date, timedelta

from callrouter.routing.lint.finding import Finding, row_path, settings_path
from callrouter.routing.model import Holiday, IncomingCallSettings, RoutingTable

AHEAD_DAYS = 60
"""So far ahead an admin is told what will happen."""


def calendars(table: RoutingTable, today: date) -> Iterator[Finding]:
    """What is odd about each calendar, whoever uses it."""
    used = {name for settings in table.settings.values() for name in settings.holidays}
    for name, calendar in table.calendars.items():
        path = ("holiday_calendars", name)
        if name not in used:
            message = "no settings use this calendar, so its days change nothing"
            yield Finding(path, message, f"write `holidays: [{name}]` in settings, or remove it")
        if not calendar.days:
            years = f"{calendar.first_year} to {calendar.last_year}"
            message = f"no day of this calendar is in the years that count, {years}"
            yield Finding(path, message, "give a country, a file or holidays of these years")
        elif max(calendar.days) < today.toordinal():
            last = date.fromordinal(max(calendar.days))
            message = f"all days of this calendar are over, the last was {last}"
            yield Finding(path, message, "add the days of the coming years")


def holidays(table: RoutingTable, settings: IncomingCallSettings, today: date) -> Iterator[Finding]:
    """What holidays mean for these settings."""
    if table.calendars and settings.call_handling_schedule and not settings.holidays:
        message = "these settings name no holidays, so the rows count on every public holiday"
        known = ", ".join(table.calendars)
        yield Finding(settings_path(settings), message, f"write `holidays: [{known}]`")
    yield from _cut_nights(table, settings, today)


def _cut_nights(
    table: RoutingTable, settings: IncomingCallSettings, today: date
) -> Iterator[Finding]:
    """Overnight rows that end at midnight because the day after is a holiday."""
    nights = [
        (index, row.hours)
        for index, row in enumerate(settings.call_handling_schedule)
        if row.hours.overnight
        and row.hours.to_time > 0
        and row.hours.timezone in (None, settings.timezone)
    ]
    if not nights:
        return
    ahead = [today + timedelta(days=n) for n in range(AHEAD_DAYS)]
    cut = [(day, each) for day in ahead if (each := _closed_from_midnight(table, settings, day))]
    for index, hours in nights:
        for day, holiday in cut:
            eve = day - timedelta(days=1)
            if hours.begins_on(eve) and not _closed_from_midnight(table, settings, eve):
                message = (
                    f"the night of {eve:%A} {eve} ends at 00:00: {day} is a holiday, {holiday.name}"
                )
                remedy = "nothing to do if that is meant; else give the holiday an agent_group"
                yield Finding(row_path(settings, index), message, remedy)
                break


def _closed_from_midnight(
    table: RoutingTable, settings: IncomingCallSettings, day: date
) -> Holiday | None:
    """The holiday that begins with the day, and on which nobody is on duty."""
    for name in settings.holidays:
        for holiday in table.calendars[name].days.get(day.toordinal(), ()):
            if holiday.from_time == 0:
                return None if holiday.is_open or holiday.agent_groups else holiday
    return None
