"""What the address of the call log says: its filters, as they are written and as they are searched.

Pure. Law: the query string is the whole state, so whoever is sent an address sees the same calls;
what cannot be understood in it is left out, never an error.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from callrouter.commands.written_number import searched, ways_to_write
from callrouter.console.rights import Identity, Right
from callrouter.db.wanted import Span, Wanted
from callrouter.facts import Disposition

LIVE = "live"
PERIODS = ("today", "yesterday", "7d", "30d", "all")
CHOSEN = "range"
STATUSES = (LIVE, *map(str, Disposition))
DIRECTIONS = ("incoming", "outgoing")
LISTS = ("status", "direction", "number", "from", "group", "agent", "settings", "version")
BOUNDS = ("waiting_min", "waiting_max", "talking_min", "talking_max")
BY_DATE = "date"
_MOST_VALUES, _LONGEST_VALUE, _LONGEST_TEXT = 100, 200, 100
_MOST_SECONDS = 10_000_000
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


@dataclass(frozen=True, slots=True)
class LogState:
    """`values` are the filters with several values, `seconds` the bounds, by their names.

    `since` and `until` (the last day that is meant, or the moment) matter with the period `range`.
    """

    period: str = "today"
    since: str = ""
    until: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    by: str = ""

    @classmethod
    def read(cls, query: Sequence[tuple[str, str]], who: Identity) -> "LogState":
        """From an address's names and values; without what `who` may not search for."""
        given: dict[str, list[str]] = {}
        for name, value in query:
            if value.strip() and len(value) <= _LONGEST_VALUE and "\x00" not in value:
                given.setdefault(name, []).append(value.strip())
        since, until = given.get("since", [""])[0], given.get("until", [""])[0]
        period = given.get("period", [CHOSEN])[0]
        if period not in PERIODS:
            period = CHOSEN if _moment(since) or _moment(until) else "today"
        chosen = period == CHOSEN
        values = {name: _known(name, given[name]) for name in LISTS if name in given}
        if not who.may(Right.SEE_NUMBERS):
            values.pop("from", None)
        return cls(
            period,
            since if chosen and _moment(since) else "",
            until if chosen and _moment(until) else "",
            {name: found for name, found in values.items() if found},
            {name: found for name, found in _bounds(given) if found is not None},
            given.get("text", [""])[0][:_LONGEST_TEXT],
            BY_DATE if given.get("by") == [BY_DATE] else "",
        )

    def wanted(self, who: Identity, timezone: str, now: datetime) -> Wanted:
        """What is searched, with days as they are in `timezone`."""
        since, until = self.bounds(timezone, now)
        of = self.values
        statuses = of.get("status", ())
        return Wanted(
            since=since,
            until=until,
            numbers=_ways(of.get("number", ())),
            callers=_ways(of.get("from", ())),
            dispositions=tuple(Disposition(word) for word in statuses if word != LIVE),
            live=LIVE in statuses,
            directions=of.get("direction", ()),
            agents=of.get("agent", ()),
            agent_groups=of.get("group", ()),
            settings=of.get("settings", ()),
            versions=of.get("version", ()),
            waiting=Span(self.seconds.get("waiting_min"), self.seconds.get("waiting_max")),
            talking=Span(self.seconds.get("talking_min"), self.seconds.get("talking_max")),
            text=searched(self.text),
            only_dialled=not who.may(Right.SEE_NUMBERS),
            only_agent=who.calls_of,
        )

    def bounds(self, timezone: str, now: datetime) -> tuple[datetime | None, datetime | None]:
        """The moments the period begins and ends at; None is no bound."""
        zone = ZoneInfo(timezone)
        today = now.astimezone(zone).date()
        match self.period:
            case "today":
                return _begins(today, zone), None
            case "yesterday":
                return _begins(today - timedelta(days=1), zone), _begins(today, zone)
            case "7d":
                return _begins(today - timedelta(days=6), zone), None
            case "30d":
                return _begins(today - timedelta(days=29), zone), None
            case "range":
                return _edge(self.since, zone, after=False), _edge(self.until, zone, after=True)
            case _:
                return None, None

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the address; what is usual is left out."""
        found = [("period", self.period)] if self.period not in ("today", CHOSEN) else []
        found += [(name, value) for name, value in self._period_range() if value]
        for name in LISTS:
            found += [(name, value) for value in self.values.get(name, ())]
        found += [(name, f"{self.seconds[name]:g}") for name in BOUNDS if name in self.seconds]
        found += [(name, value) for name, value in (("text", self.text), ("by", self.by)) if value]
        return found

    def _period_range(self) -> list[tuple[str, str]]:
        return [("since", self.since), ("until", self.until)]

    def query(self, *more: tuple[str, str]) -> str:
        """The query string, with `more` at its end."""
        return urlencode([*self.pairs(), *more])

    def without(self, *names: str, value: str | None = None) -> str:
        """The query string without these filters, or without one `value` of them."""
        return urlencode(
            [
                (name, each)
                for name, each in self.pairs()
                if name not in names or (value is not None and each != value)
            ]
        )

    def instead(self, **changed: str) -> str:
        """The query string with these in place of what they were; empty ones go."""
        kept = [(name, value) for name, value in self.pairs() if name not in changed]
        return urlencode(kept + [(name, value) for name, value in changed.items() if value])

    def for_api(self, timezone: str, now: datetime) -> str:
        """The same filters as the API takes them, with moments in place of names of periods."""
        since, until = self.bounds(timezone, now)
        pairs = [
            (name, moment.isoformat())
            for name, moment in (("since", since), ("until", until))
            if moment is not None
        ]
        own = ("period", "since", "until", "by")
        pairs += [(name, value) for name, value in self.pairs() if name not in own]
        return urlencode([*pairs, ("timezone", timezone)])


def _ways(written: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(way for number in written for way in ways_to_write(number)))


def _known(name: str, written: list[str]) -> tuple[str, ...]:
    words = {"status": STATUSES, "direction": DIRECTIONS}.get(name)
    found = [each for each in written if words is None or each in words]
    return tuple(dict.fromkeys(found))[:_MOST_VALUES]


def _bounds(given: Mapping[str, list[str]]) -> Iterable[tuple[str, float | None]]:
    for name in BOUNDS:
        written = given.get(name, [""])[0]
        try:
            seconds = float(written)
        except ValueError:
            continue
        yield name, seconds if 0 <= seconds <= _MOST_SECONDS else None


def _moment(written: str) -> datetime | date | None:
    """A day or a moment of our time."""
    try:
        found = date.fromisoformat(written) if len(written) <= 10 else _time(written)
    except ValueError:
        return None
    return found if found is not None and _FIRST_YEAR <= found.year < _LAST_YEAR else None


def _time(written: str) -> datetime | None:
    return datetime.fromisoformat(written)


def _edge(written: str, zone: ZoneInfo, *, after: bool) -> datetime | None:
    """The moment that is written; of a day its beginning, or with `after` its end."""
    moment = _moment(written)
    if moment is None:
        return None
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)
    return _begins(moment + timedelta(days=1) if after else moment, zone)


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
