"""Holiday calendars → the holidays of every single day of the coming years.

The law: own entries win over the file's and the country's, of several the first listed. What an
entry says (a message, a group, open) goes before what its calendar says for all days.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from pathlib import Path

from callrouter.config.document import Document, HolidayCalendarEntry, HolidayEntry
from callrouter.config.holiday_dates import EveryYear, OneDay
from callrouter.config.ical import MOST_BYTES, calendar_file
from callrouter.config.known_holidays import (
    CountryHolidays,
    KnownHoliday,
    country_holidays,
    folded_name,
    folded_names,
)
from callrouter.config.messages import prompt_of
from callrouter.config.plain import Finding
from callrouter.config.problems import Fault, Loc, did_you_mean, quoted
from callrouter.routing.hours import DAY_SECONDS
from callrouter.routing.model import Holiday, HolidayCalendar, Prompt

YEARS_BEFORE = 1
YEARS_AFTER = 10
_LONGEST_RANGE = 3_660


def usual_years(today: date) -> range:
    """The years whose holidays a table holds: last year and those to come."""
    return range(today.year - YEARS_BEFORE, today.year + YEARS_AFTER + 1)


@dataclass(frozen=True, slots=True)
class Expanded:
    """The calendars, what is wrong with them, and the iCalendar files they name."""

    calendars: Mapping[str, HolidayCalendar]
    findings: tuple[Finding, ...]
    files: tuple[Path, ...]


def expand_calendars(document: Document, folder: Path, years: range, timezone: str) -> Expanded:
    """Every calendar of the document in these years; files are relative to `folder`."""
    expanding = [
        _Calendar(name, entry, document.language, folder, years, timezone)
        for name, entry in document.holiday_calendars.items()
    ]
    return Expanded(
        {each.name: each.expanded() for each in expanding},
        tuple(finding for each in expanding for finding in each.findings),
        tuple(dict.fromkeys(each.file for each in expanding if each.file is not None)),
    )


class _Calendar:
    """One calendar while it is expanded."""

    def __init__(
        self,
        name: str,
        entry: HolidayCalendarEntry,
        language: str,
        folder: Path,
        years: range,
        timezone: str,
    ) -> None:
        self.name = name
        self.file = None if entry.file is None else folder / entry.file
        self.findings: list[Finding] = []
        self._entry = entry
        self._language = language
        self._folder = folder
        self._years = years
        self._timezone = timezone
        self._loc: Loc = ("holiday_calendars", name)
        self._usual = Holiday(name, agent_groups=entry.agent_group, message=self._prompt(entry))

    def expanded(self) -> HolidayCalendar:
        country = self._of_country()
        known = [*self._of_file(), *country.found]
        days: dict[int, list[Holiday]] = {}
        for day, holiday in (*self._own(), *self._ruled(known), *map(self._as_usual, known)):
            days.setdefault(day.toordinal(), []).append(holiday)
        last = min(self._years.stop, country.years.stop) - 1
        return HolidayCalendar(
            self.name,
            {ordinal: tuple(dict.fromkeys(days[ordinal])) for ordinal in sorted(days)},
            max(self._years.start, country.years.start),
            last,
        )

    def _prompt(self, entry: HolidayCalendarEntry | HolidayEntry) -> Prompt | None:
        return prompt_of(entry.message, self._folder, self._language)

    def _of_country(self) -> CountryHolidays:
        country, region = self._entry.country, self._entry.region
        none = CountryHolidays((), self._years)
        if country is None:
            return none
        try:
            found: CountryHolidays = country_holidays(country, region, self._years, self._language)
        except Fault as fault:
            about = "region" if region is not None and "region" in fault.message else "country"
            self._wrong((about,), fault)
            return none
        return found

    def _of_file(self) -> tuple[KnownHoliday, ...]:
        if self.file is None:
            return ()
        try:
            with self.file.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            return calendar_file(content, self._years, self._timezone)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self._wrong(
                ("file",),
                Fault(
                    f"the file {quoted(str(self._entry.file))} cannot be read ({reason})",
                    "paths are relative to the configuration file",
                ),
            )
        except Fault as fault:
            self._wrong(("file",), fault)
        return ()

    def _wrong(self, where: Loc, fault: Fault) -> None:
        self.findings.append(Finding((*self._loc, *where), fault.message, fault.remedy))

    def _own(self) -> Iterator[tuple[date, Holiday]]:
        for entry in self._entry.holidays:
            if entry.date is None:
                continue
            name = entry.name or (
                str(entry.date.on) if isinstance(entry.date, OneDay) else self.name
            )
            holiday = self._said(entry, Holiday(name))
            for day in _days_of(entry, self._years):
                if day.year in self._years:
                    yield day, holiday

    def _ruled(self, known: list[KnownHoliday]) -> Iterator[tuple[date, Holiday]]:
        """Those of the country and the file for which there is a rule."""
        by_name: dict[str, list[KnownHoliday]] = {}
        for each in known:
            for name in folded_names(each):
                by_name.setdefault(name, []).append(each)
        for index, entry in enumerate(self._entry.holidays):
            if entry.holiday is None or entry.date is not None:
                continue
            found = by_name.get(folded_name(entry.holiday), [])
            if not found:
                self._unknown(index, entry.holiday, known)
            for each in found:
                holiday = Holiday(each.names[0], each.from_time, each.to_time)
                yield each.day, self._said(entry, holiday)

    def _unknown(self, index: int, written: str, known: list[KnownHoliday]) -> None:
        if self._entry.country is None and self._entry.file is None:
            remedy = "give the calendar a country or a file, or write `date: …`"
        elif not known:
            return  # what is wrong is the country or the file
        else:
            names = dict.fromkeys(name for each in known for name in each.names)
            shown = ", ".join(list(dict.fromkeys(each.names[0] for each in known))[:12])
            remedy = did_you_mean(written, names) or f"known are {shown}"
        where = ("holidays", index, "holiday")
        self._wrong(where, Fault(f"there is no holiday {quoted(written)} in {self.name}", remedy))

    def _as_usual(self, known: KnownHoliday) -> tuple[date, Holiday]:
        holiday = replace(
            self._usual, name=known.names[0], from_time=known.from_time, to_time=known.to_time
        )
        return known.day, holiday

    def _said(self, entry: HolidayEntry, holiday: Holiday) -> Holiday:
        """The holiday with what its entry says; what that leaves open is the calendar's."""
        whole = entry.from_time is None and entry.to_time is None
        timed = replace(
            holiday,
            from_time=holiday.from_time if whole else entry.from_time or 0,
            to_time=holiday.to_time if whole else _end(entry.to_time),
        )
        if entry.open:
            return replace(timed, is_open=True)
        if entry.message is None and not entry.agent_group:
            return replace(
                timed, agent_groups=self._usual.agent_groups, message=self._usual.message
            )
        return replace(timed, agent_groups=entry.agent_group, message=self._prompt(entry))


def _end(to_time: int | None) -> int:
    return DAY_SECONDS if to_time is None else to_time


def _days_of(entry: HolidayEntry, years: range) -> Iterator[date]:
    """The days of one entry in these years, and some around them."""
    rule, until = entry.date, entry.until
    if isinstance(rule, OneDay) and isinstance(until, OneDay):
        yield from _between(rule.on, until.on)
        return
    for year in range(max(years.start - 1, MINYEAR), min(years.stop + 1, MAXYEAR + 1)):
        first = rule.in_year(year) if rule is not None else None
        if first is None:
            continue
        if isinstance(until, EveryYear):
            last = until.in_year(year) or first
            if last < first:  # over the end of the year
                last = (year < MAXYEAR and until.in_year(year + 1)) or first
            yield from _between(first, last)
        else:
            yield first


def _between(first: date, last: date) -> Iterator[date]:
    for offset in range(min((last - first).days + 1, _LONGEST_RANGE)):
        yield first + timedelta(days=offset)
