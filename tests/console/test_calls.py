"""The call log and the reasons, through the API."""

from datetime import timedelta

import msgspec
import pytest

from callrouter.facts import Fact
from tests.console.conftest import Client
from tests.db.sample_calls import abandoned, answered, arrived, call_id, greeted, rejected
from tests.db.stored import store

pytestmark = pytest.mark.postgres


def later(facts: list[Fact], seconds: float) -> list[Fact]:
    return [msgspec.structs.replace(f, at=f.at + timedelta(seconds=seconds)) for f in facts]


@pytest.fixture
async def log(api: Client) -> Client:
    """Calls 1 to 6; the second is in progress, 3 to 6 arrived in the same instant."""
    for number, kind in enumerate((answered, greeted, abandoned, rejected, rejected, answered), 1):
        await store(api.engine, call_id(number), later(kind(), 3600 * min(number, 3)))
    return api


async def pages(api: Client, query: str) -> list[list[int]]:
    found, cursor = [], ""
    while True:
        answer = await api.ask("GET", f"/calls?{query}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found.append([int(call["id"][:8], 16) for call in page["calls"]])
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def test_page_by_page_every_call_comes_once(log: Client) -> None:
    assert await pages(log, "limit=2") == [[2, 3, 4], [5, 6], [1]]
    assert await pages(log, "limit=5") == [[2, 3, 4, 5, 6, 1]]


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("status=rejected", [4, 5]),
        ("status=rejected&status=abandoned", [3, 4, 5]),
        ("agent=bojan", [6, 1]),
        ("number=999", []),
        ("since=2026-03-02T10:30:00%2B01:00", [2, 3, 4, 5, 6]),
    ],
)
async def test_filters(log: Client, query: str, calls: list[int]) -> None:
    assert await pages(log, query) == [calls]


async def test_one_call_and_why(log: Client) -> None:
    call = (await log.ask("GET", "/calls/00000001")).json()
    assert call["disposition"] == "answered"
    assert call["facts"][0]["kind"] == "arrived"
    assert call["facts"][-1]["kind"] == "ended"
    why = (await log.ask("GET", "/calls/00000001/why")).json()
    assert why["why"] == call["why"]
    assert why["schedule_row"] == "Monday 09:00-17:00"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/calls/zz", 404),
        ("/calls/00000009", 404),
        ("/calls/0000000", 409),
        ("/calls?limit=0", 422),
        ("/calls?limit=100000", 422),
        ("/calls?cursor=abc", 422),
        ("/calls?cursor=%C3%BC", 422),
        ("/calls?since=yesterday", 422),
        ("/calls?since=2026-01-01T00:00:00", 422),
        ("/calls?status=gone", 422),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(log: Client, path: str, status: int) -> None:
    answer = await log.ask("GET", path)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.json()["detail"]


async def test_hostile_callers_are_plain_text(api: Client) -> None:
    name = 'x" <script>\u202e\x1b[2J'
    await store(api.engine, call_id(1), [arrived(name=name, caller="'; DROP TABLE calls;--")])
    answer = await api.ask("GET", "/calls")
    assert answer.headers["content-type"] == "application/json"
    (call,) = answer.json()["calls"]
    assert call["caller_name"] == name


async def test_simulate_says_what_the_command_says(api: Client) -> None:
    asked = "/simulate?to=700&at=2026-11-23T10:00:00%2B01:00"
    said = (await api.ask("GET", asked)).json()
    assert said["decision"] == "ring"
    assert said["waves"] == [["amina"], ["bojan"]]
    await api.ask("POST", "/agents/amina/pause", json={"reason": "lunch"})
    said = (await api.ask("GET", asked)).json()
    assert said["waves"] == [["bojan"]], "who is paused is not rung"
    assert (await api.ask("GET", "/simulate?to=999")).json()["decision"] == "unknown_number"
    assert (await api.ask("GET", "/simulate")).status_code == 422


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("/calls?number=%00", 422),
        ("/calls?agent=%00", 422),
        ("/calls?cursor=%00", 422),
        ("/calls?number=%ff%ed%a0%80", 200),
        ("/calls?since=0001-01-01T00:00:00%2B14:00", 422),
        ("/calls?until=9999-12-31T23:59:59-12:00", 422),
        ("/calls/%00", 404),
        ("/calls/%25", 404),
        ("/simulate?to=700&at=0001-01-01T00:00:00Z", 422),
        ("/simulate?to=700&at=9999-12-31T23:59:59Z", 422),
        ("/simulate?to=700&at=2199-12-31T23:59:59-12:00", 422),
        ("/simulate?to=700&at=2199-12-31T23:59:59Z", 200),
        ("/simulate?to=%00%ff", 200),
    ],
)
async def test_whatever_is_asked_is_answered(log: Client, query: str, status: int) -> None:
    assert (await log.ask("GET", query)).status_code == status
