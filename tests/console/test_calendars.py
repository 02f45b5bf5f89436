"""iCalendar files sent through the API: kept where calendars find them, never over another."""

from typing import Any

import pytest

from tests.console.conftest import Client
from tests.console.test_configuration import office, saved

pytestmark = pytest.mark.postgres

CLOSED_DAYS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//tests//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTART;VALUE=DATE:20261228\r
DTEND;VALUE=DATE:20261231\r
SUMMARY:Between the years\r
END:VEVENT\r
END:VCALENDAR\r
"""


async def send(api: Client, name: str, content: str, **headers: str) -> Any:
    return await api.ask(
        "POST", f"/configuration/calendars?name={name}", content=content, headers=headers
    )


async def test_a_calendar_is_kept_and_can_be_used(stored_api: Client) -> None:
    kept = await send(stored_api, "closed days.ics", CLOSED_DAYS)
    assert kept.status_code == 201, kept.text
    assert (kept.json()["file"], kept.json()["days"]) == ("closed days.ics", 3)
    document = office()
    document["holiday_calendars"] = {"own": {"file": "closed days.ics"}}
    document["incoming_call_settings"]["head-office"]["holidays"] = ["own"]
    await saved(stored_api, document)
    shown = await stored_api.ask(
        "POST",
        "/configuration/preview",
        json={"settings": "head-office", "from": "2026-12-28", "days": 1},
    )
    assert shown.json()["days"][0]["holiday"] == "Between the years"


async def test_nothing_is_overwritten_unseen(stored_api: Client) -> None:
    etag = (await send(stored_api, "days", CLOSED_DAYS)).json()["etag"]
    other = CLOSED_DAYS.replace("1228", "1229")
    for headers in ({}, {"If-Match": '"another"'}):
        refused = await send(stored_api, "days.ics", other, **headers)
        assert refused.status_code == 412
        assert refused.json()["etag"] == etag
    replaced = await send(stored_api, "days.ics", other, **{"If-Match": f'"{etag}"'})
    assert replaced.status_code == 201
    assert replaced.json()["etag"] != etag


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("../days.ics", CLOSED_DAYS, "plain file name"),
        ("days.ics", "not a calendar", "Not kept: "),
        ("days.ics", CLOSED_DAYS + "X" * 2_000_000, "larger than 2 MB"),
    ],
    ids=["a path", "no calendar", "too large"],
)
async def test_what_is_no_calendar_is_refused(
    stored_api: Client, name: str, content: str, said: str
) -> None:
    refused = await send(stored_api, name, content)
    assert refused.status_code == 422
    assert said in refused.json()["detail"]


async def test_it_is_in_the_audit_log_and_not_for_everybody(stored_api: Client) -> None:
    token = await stored_api.sign_in("viewer")
    refused = await stored_api.http.post(
        "/api/v1/configuration/calendars?name=days",
        content=CLOSED_DAYS,
        headers={"X-CSRF-Token": token},
    )
    assert refused.status_code == 403
