"""Which calls somebody asks for, and the conditions that say so in SQL.

Law: a filter means the same in a list, in its totals and in what is exported; ended calls and
calls in progress have conditions of their own, because what runs is measured until now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, literal_column, or_, true

from callrouter.db.models import INDEXED_CHARACTERS, SEARCHED, Call
from callrouter.facts import Disposition

TRIGRAM = 3


@dataclass(frozen=True, slots=True)
class Span:
    """From `least` to `most` seconds, both included; None is no bound."""

    least: float | None = None
    most: float | None = None

    @property
    def given(self) -> bool:
        return self.least is not None or self.most is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are asked for; what is empty does not matter, of several values any will do.

    `numbers` and `callers` are all the ways in which a number may be written. An agent is the id
    of the one who answered; what is no agent's id is taken for his extension, which is what
    `call_search.resolved` makes of it. `live` asks for calls in progress too where there
    are `dispositions`, which only ended calls have. `text` is found anywhere in the dialled
    number, the caller's number and name, or with `only_dialled` in the first alone. `only_agent`
    is the only one whose calls may be seen at all.
    """

    since: datetime | None = None
    until: datetime | None = None
    numbers: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    live: bool = False
    directions: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    agent_groups: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    waiting: Span = Span()
    talking: Span = Span()
    text: str = ""
    only_dialled: bool = False
    only_agent: str | None = None

    @property
    def wants_live(self) -> bool:
        return self.live or not self.dispositions

    @property
    def wants_ended(self) -> bool:
        return bool(self.dispositions) or not self.live


EVERY_CALL = Wanted()


def of_ended(wanted: Wanted, rows: Any = Call) -> ColumnElement[bool]:
    """Ended calls of the table `rows` that are wanted, whenever they arrived."""
    return and_(rows.ended_at.is_not(None), meets(wanted, rows))


def meets(wanted: Wanted, rows: Any) -> ColumnElement[bool]:
    """That ended calls, as all of `rows` are, meet the filters; this needs no other columns."""
    conditions = [*numbers_of(wanted, rows), *filters_of_ended(wanted, rows)]
    conditions += spans_of(wanted, rows)
    if wanted.text:
        conditions.append(has_text(wanted))
    return and_(true(), *conditions)


def filters_of_ended(wanted: Wanted, rows: Any = Call) -> Iterator[ColumnElement[bool]]:
    """Those that are one of some values, each as its own index alone answers it."""
    yield from _common(wanted, rows)
    if wanted.dispositions:
        yield _any(rows.disposition, [str(each) for each in wanted.dispositions])


def spans_of(wanted: Wanted, rows: Any = Call) -> Iterator[ColumnElement[bool]]:
    """The filters on how long ended calls waited and talked."""
    if wanted.waiting.given:
        yield and_(*_within(rows.waiting_seconds, wanted.waiting))
    if wanted.talking.given:
        yield and_(*_within(rows.talking_seconds, wanted.talking))


def of_live(wanted: Wanted, now: datetime) -> ColumnElement[bool]:
    """Calls in progress at `now` that are wanted; of the period only its end matters to them."""
    conditions = [Call.ended_at.is_(None), *numbers_of(wanted), *_common(wanted, Call)]
    if wanted.text:
        conditions.append(has_text(wanted))
    if wanted.until is not None:
        conditions.append(Call.arrived_at < wanted.until)
    waiting = func.coalesce(Call.waiting_seconds, _seconds_since(Call.arrived_at, now))
    running = func.coalesce(_seconds_since(Call.talking_since, now), 0.0)
    talking = func.coalesce(Call.earlier_talk_seconds, 0.0) + running
    conditions += _within(waiting, wanted.waiting)
    conditions += _within(talking, wanted.talking)
    return and_(*conditions)


def has_trigrams(wanted: Wanted) -> bool:
    """Whether the text is long enough to be looked up in an index."""
    return len(wanted.text) >= TRIGRAM


def has_text(wanted: Wanted) -> ColumnElement[bool]:
    """The text itself, wherever capitals are."""
    place = "left(number, 64)" if wanted.only_dialled else SEARCHED
    escaped = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    small = func.lower(literal_column(place))
    return small.like(func.lower(literal(f"%{escaped}%")), escape="\\")


def in_text_index(wanted: Wanted) -> ColumnElement[bool]:
    """That a call has every three letters of the text; only a text of three or more has any."""
    in_index: ColumnElement[Any] = literal_column(f"callrouter_trigrams({SEARCHED})")
    found: ColumnElement[bool] = in_index.op("@>")(func.callrouter_trigrams(literal(wanted.text)))
    return found


def numbers_of(wanted: Wanted, rows: Any = Call) -> Iterator[ColumnElement[bool]]:
    """The filters on the dialled number and the caller's."""
    for name, numbers in (("number", wanted.numbers), ("caller_number", wanted.callers)):
        if numbers:
            column = getattr(rows, name)
            beginning = func.left(column, literal_column(str(INDEXED_CHARACTERS)))
            beginnings = [number[:INDEXED_CHARACTERS] for number in numbers]
            yield and_(_any(beginning, beginnings), column.in_(numbers))


def agents_of(wanted: Wanted, rows: Any = Call) -> Iterator[ColumnElement[bool]]:
    """The filter on who answered."""
    if wanted.agents or wanted.extensions:
        pairs = ((rows.agent, wanted.agents), (rows.agent_extension, wanted.extensions))
        yield or_(*(_any(column, values) for column, values in pairs if values))


def _common(wanted: Wanted, rows: Any) -> Iterator[ColumnElement[bool]]:
    yield from agents_of(wanted, rows)
    if wanted.only_agent is not None:
        yield rows.agent == wanted.only_agent
    for name, values in (
        ("direction", wanted.directions),
        ("agent_group", wanted.agent_groups),
        ("settings", wanted.settings),
        ("settings_version", wanted.versions),
    ):
        if values:
            yield _any(getattr(rows, name), values)


def _any(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    # One value is written as one: then an index gives the calls in the order of their arrival.
    found: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return found


def _within(column: Any, span: Span) -> Iterator[ColumnElement[bool]]:
    if span.least is not None:
        yield column >= span.least
    if span.most is not None:
        yield column <= span.most


def _seconds_since(column: Any, now: datetime) -> Any:
    return func.extract("epoch", literal(now) - column)
