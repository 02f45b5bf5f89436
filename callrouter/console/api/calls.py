"""The call log: pages, totals, files; one call with its timeline, and why it went there."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from callrouter.call_timeline import timeline_of
from callrouter.commands.call_json import call_json, dumped, facts_json
from callrouter.commands.why import why_json
from callrouter.console.access import Reader, demand
from callrouter.console.call_query import CallQuery, read_cursor, written_cursor, zone_named
from callrouter.console.call_totals_json import totals_json
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.console.shown_calls import shown_to
from callrouter.db.audit import note_deed
from callrouter.db.call_log import page_of
from callrouter.db.call_totals import totals_of
from callrouter.db.engine import snapshot, transaction
from callrouter.db.queries import CallNotFound, SeveralCalls, StoredCall, call_by_prefix
from callrouter.exporting.columns import NoSuchColumn, chosen
from callrouter.exporting.stream import MEDIA_TYPES, Export, Format, pieces_of

router = APIRouter(tags=["calls"])

_SEVERAL: dict[int | str, dict[str, Any]] = {
    409: {"description": "Several calls begin so: give more of the id."}
}

MOST_CALLS = 500

Asked = Annotated[CallQuery, Depends()]
Zone = Annotated[
    str, Query(max_length=64, description="Whose days and clock: a zone like Europe/Belgrade.")
]


@router.get("/calls")
async def list_calls(
    request: Request,
    asked: Asked,
    limit: Annotated[int, Query(ge=1, le=MOST_CALLS)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """`calls`: those in progress (on the first page), then those that ended, the newest first.

    `next` is the cursor of the next page, null on the last one. Ended calls arrived in
    `[since, until)`; of several values of a filter any will do. Where a search takes too long it
    stops: then `searched_to` says how far back it came, and `next` goes on from there.
    """
    after = None if cursor is None else read_cursor(cursor)
    now = datetime.now(UTC)
    async with snapshot(request.app.state.engine) as connection:
        page = await page_of(connection, asked.wanted, now, limit=limit, after=after)
    return _json(
        {
            "calls": [_call(asked.who, call) for call in (*page.live, *page.ended)],
            "next": page.next and written_cursor(page.next),
            "searched_to": page.searched_to,
        }
    )


@router.get("/calls/totals")
async def totals(request: Request, asked: Asked, timezone: Zone = "UTC") -> Response:
    """What the calls of these filters amount to, in all and for each date of the time zone.

    Shares are of the calls that were for an agent (answered, abandoned, busy, unavailable). Where
    there are too many calls to be added up within about three seconds, `complete` is false and only
    those that arrived since `counted_since` are in the numbers.
    """
    zone = zone_named(timezone)
    now = datetime.now(UTC)
    async with snapshot(request.app.state.engine) as connection:
        return _json(totals_json(await totals_of(connection, asked.wanted, now, zone)))


@router.get(
    "/calls/export",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}},
)
async def export_calls(
    request: Request,
    asked: Asked,
    form: Annotated[Format, Query(alias="format")] = Format.CSV,
    columns: Annotated[
        str, Query(max_length=1000, description="Names with commas between; none is the usual.")
    ] = "",
    timezone: Zone = "UTC",
) -> Response:
    """A file of exactly the calls of these filters, as they are at this moment.

    CSV has a byte order mark, and an apostrophe before what a spreadsheet would compute. Excel
    files of more rows than a sheet takes have several sheets. It is written in the audit log.
    """
    demand(asked.who, Right.EXPORT_CALLS)
    try:
        names = chosen(columns.split(","))
    except NoSuchColumn as unknown:
        detail = f"There is no column {str(unknown)[:40]!r}."
        raise ApiProblem(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from None
    now = datetime.now(UTC)
    who = asked.who
    export = Export(
        asked.wanted, names, zone_named(timezone), now, lambda call: shown_to(who, call)
    )
    pieces = pieces_of(request.app.state.engine, export, form)
    await _note_export(request, who, form, names, now)
    name = f"calls-{now:%Y%m%d-%H%M%S}.{form}"
    return StreamingResponse(
        await _begun(pieces),
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _note_export(
    request: Request, who: Identity, form: Format, columns: tuple[str, ...], now: datetime
) -> None:
    """In the audit log, and committed, before the first byte leaves."""
    details = {"query": request.url.query[:2000], "columns": list(columns)}
    address = request.client.host if request.client else ""
    async with transaction(request.app.state.engine) as connection:
        await note_deed(
            connection, who.name, "calls.export", form, now, address=address, details=details
        )


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; what goes wrong before the first is still an error with its own status."""
    first = await anext(pieces)

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


@router.get("/calls/{call_id}", responses=_SEVERAL)
async def show_call(request: Request, call_id: str, who: Reader) -> Response:
    """One call with its facts and timeline; the beginning of its id is enough."""
    call = await call_asked_for(request, call_id, who)
    timeline = timeline_of(call.record, call.facts, datetime.now(UTC))
    return _json(call_json(call) | {"timeline": asdict(timeline), "facts": facts_json(call.facts)})


@router.get("/calls/{call_id}/why", responses=_SEVERAL)
async def why(request: Request, call_id: str, who: Reader) -> Response:
    """What was decided, by what, and for each agent why he was rung or skipped."""
    return _json(why_json(await call_asked_for(request, call_id, who)))


async def call_asked_for(request: Request, call_id: str, who: Identity) -> StoredCall:
    """The call whose id begins so, as `who` may see it; raises ApiProblem (404, 409)."""
    try:
        async with snapshot(request.app.state.engine) as connection:
            return shown_to(who, await call_by_prefix(connection, call_id, who.calls_of))
    except CallNotFound:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no call with this id.") from None
    except SeveralCalls as several:
        detail = f"{len(several.ids)} calls or more begin so: give more of the id."
        raise ApiProblem(HTTPStatus.CONFLICT, detail) from None


def _call(who: Identity, call: StoredCall) -> dict[str, Any]:
    return call_json(shown_to(who, call))


def _json(value: dict[str, Any]) -> Response:
    # Written by the commands' own code, so that both say the same; in ASCII, so that half a
    # surrogate pair or a control character of a caller's is no trouble.
    return Response(dumped(value, indent=None), media_type="application/json")
