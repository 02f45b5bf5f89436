"""The filters of the call log as a request writes them: one reading for list, totals and export.

Law: whoever may not see callers' numbers may not search for them either, and an agent's filters
are within his own calls.
"""

import base64
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Depends, Query

from callrouter.commands.written_number import searched, ways_to_write
from callrouter.console.access import needs
from callrouter.console.moments import WrittenMoment
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.db.call_log import Place
from callrouter.db.wanted import Span, Wanted
from callrouter.facts import Disposition

LIVE = "live"

_STORABLE = r"^[^\x00]*$"
Name = Annotated[str, Query(max_length=200, pattern=_STORABLE)]
Names = Annotated[list[Name], Query(max_length=100)]
Seconds = Annotated[float | None, Query(ge=0, le=10_000_000)]
Status = Disposition | Literal["live"]


class CallQuery:
    """A dependency: who asks, and which calls; `wanted` is what he may ask for."""

    def __init__(
        self,
        who: Annotated[Identity, Depends(needs(Right.READ_CALLS))],
        since: Annotated[
            WrittenMoment | None, Query(description="Ended calls that arrived then or later.")
        ] = None,
        until: Annotated[
            WrittenMoment | None, Query(description="Calls that arrived before then.")
        ] = None,
        status: Annotated[
            list[Status], Query(description="How they ended, or `live`; any of several.")
        ] = [],  # noqa: B006 - never changed
        direction: Annotated[list[Literal["incoming", "outgoing"]], Query()] = [],  # noqa: B006
        number: Annotated[Names, Query(description="The number that was dialled.")] = [],  # noqa: B006
        caller: Annotated[Names, Query(alias="from", description="The caller's number.")] = [],  # noqa: B006
        agent: Annotated[
            Names, Query(description="Who answered: an agent's id or extension.")
        ] = [],  # noqa: B006
        agent_group: Names = [],  # noqa: B006
        group: Annotated[Names, Query(description="The same as `agent_group`.")] = [],  # noqa: B006
        settings: Names = [],  # noqa: B006
        version: Annotated[
            Names, Query(description="The configuration's version when it arrived.")
        ] = [],  # noqa: B006
        waiting_min: Seconds = None,
        waiting_max: Seconds = None,
        talking_min: Seconds = None,
        talking_max: Seconds = None,
        text: Annotated[
            str,
            Query(
                max_length=100,
                pattern=_STORABLE,
                description="Anywhere in the dialled number, the caller's number or his name.",
            ),
        ] = "",
    ) -> None:
        self.who = who
        sees = who.may(Right.SEE_NUMBERS)
        if caller and not sees:
            detail = "Your role does not show callers' numbers, so they cannot be searched for."
            raise ApiProblem(HTTPStatus.FORBIDDEN, detail)
        words = [str(word) for word in status]
        self.wanted = Wanted(
            since=since,
            until=until,
            numbers=_ways(number),
            callers=_ways(caller),
            dispositions=tuple(Disposition(word) for word in words if word != LIVE),
            live=LIVE in words,
            directions=tuple(direction),
            agents=tuple(agent),
            agent_groups=tuple(dict.fromkeys([*agent_group, *group])),
            settings=tuple(settings),
            versions=tuple(version),
            waiting=Span(waiting_min, waiting_max),
            talking=Span(talking_min, talking_max),
            text=searched(text),
            only_dialled=not sees,
            only_agent=who.calls_of,
        )


def _ways(written: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(way for number in written for way in ways_to_write(number)))


def zone_named(timezone: str) -> str:
    """The zone's name, if there is such a zone; raises ApiProblem (422)."""
    try:
        return ZoneInfo(timezone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        detail = "There is no such time zone: write one like Europe/Belgrade."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None


def written_cursor(place: Place) -> str:
    """A place in the log as a page's address has it."""
    written = f"{place.arrived_at.isoformat()}/{place.id}"
    return base64.urlsafe_b64encode(written.encode()).decode()


def read_cursor(cursor: str) -> Place:
    """The place that `written_cursor` wrote; raises ApiProblem (422)."""
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor.encode()).decode().partition("/")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(cursor)
        return Place(moment, UUID(id_))
    except ValueError:
        detail = "The cursor is not one that this API gave: begin without it."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
