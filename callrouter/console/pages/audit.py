"""The page of the audit log."""

import json
from datetime import datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from callrouter.console.api.audit import read_cursor
from callrouter.console.pages.people_words import DEEDS
from callrouter.console.pages.rendering import Reader, render, signed_in
from callrouter.console.rights import Identity, Right
from callrouter.db.audit_log import WantedDeeds, actions_noted, deeds
from callrouter.db.engine import snapshot

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Query(max_length=200)]

_A_PAGE = 100


@router.get("/audit")
async def audit_log(
    request: Request,
    person: Annotated[Identity, Depends(signed_in(Right.READ_AUDIT))],
    who: Text = "",
    action: Text = "",
    text: Text = "",
    since: Text = "",
    until: Text = "",
    cursor: Text | None = None,
) -> Response:
    """The newest deeds, filtered; `since` and `until` are days of the reader's zone, both meant."""
    zone = ZoneInfo(Reader.of(request).timezone)
    first, last = _day(since), _day(until)
    wanted = WantedDeeds(
        datetime.combine(first, time(), zone) if first else None,
        datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
        who.replace("\x00", "").strip(),
        action.replace("\x00", "").strip(),
        text.replace("\x00", "").strip(),
    )
    async with snapshot(request.app.state.engine) as connection:
        found = await deeds(connection, wanted, limit=_A_PAGE + 1, before=read_cursor(cursor))
        actions = await actions_noted(connection)
    told = {
        "who": wanted.who,
        "action": wanted.action,
        "text": wanted.text,
        "since": since if first else "",
        "until": until if last else "",
    }
    asked = {name: value for name, value in told.items() if value}
    exported = asked | {
        name: moment.isoformat()
        for name, moment in (("since", wanted.since), ("until", wanted.until))
        if moment
    }
    more = len(found) > _A_PAGE
    return render(
        request,
        person,
        "audit.html",
        active="audit",
        deeds=found[:_A_PAGE],
        details={deed.id: _written(deed.details) for deed in found if deed.details},
        words_of=DEEDS,
        actions=actions,
        asked=told,
        filtered=bool(asked),
        export=f"/api/v1/audit/export?{urlencode(exported)}",
        newest=f"/audit?{urlencode(asked)}" if cursor else None,
        older=f"/audit?{urlencode(asked | {'cursor': found[_A_PAGE - 1].id})}" if more else None,
    )


def _day(written: str) -> datetime | None:
    """`2026-11-24`; None where it is none, or one that no clock could be set to."""
    try:
        day = datetime.strptime(written, "%Y-%m-%d")  # noqa: DTZ007 - a day, of any zone
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def _written(details: dict[str, object]) -> str:
    return json.dumps(details, ensure_ascii=False, indent=1)
