"""What the call log's API adds up, shows of one call, hides, and remembers for people."""

from datetime import timedelta

import msgspec
import pytest

from callrouter.console.call_query import CallQuery
from callrouter.facts import Fact
from tests.console.conftest import Client
from tests.db.sample_calls import (
    abandoned,
    answered,
    arrived,
    at,
    call_id,
    followed_on,
    greeted,
    rejected,
    unavailable,
)
from tests.db.stored import store

pytestmark = pytest.mark.postgres


def later(facts: list[Fact], seconds: float) -> list[Fact]:
    return [msgspec.structs.replace(f, at=f.at + timedelta(seconds=seconds)) for f in facts]


@pytest.fixture
async def log(api: Client) -> Client:
    """Calls 1 to 6 at 10:00, …, 15:00 of one Monday in Belgrade; the second is in progress."""
    kinds = (answered, greeted, abandoned, unavailable, rejected, followed_on)
    for number, kind in enumerate(kinds, 1):
        await store(api.engine, call_id(number), later(kind(), 3600 * number))
    return api


async def numbers(api: Client, query: str) -> list[int]:
    answer = await api.ask("GET", f"/calls?{query}")
    assert answer.status_code == 200, answer.text
    return [int(call["id"][:8], 16) for call in answer.json()["calls"]]


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("status=live", [2]),
        ("status=live&status=rejected", [2, 5]),
        ("group=sales", [2, 4, 3, 1]),
        ("group=on-call&agent_group=sales", [2, 6, 4, 3, 1]),
        ("agent=1002", [6, 1]),
        ("number=700&number=799&status=rejected", [5]),
        ("from=00381641234567&status=answered", [6, 1]),
        ("waiting_min=20&waiting_max=27", [4]),
        ("waiting_min=9&waiting_max=9", [3]),
        ("talking_min=1", [6, 1]),
        ("talking_min=0&talking_max=0&status=abandoned", [3]),
        ("settings=head-office&status=answered", [6, 1]),
        ("version=5f3a9c1e&status=answered", [6, 1]),
        ("version=older", []),
        ("direction=outgoing", []),
        ("text=jelena&status=answered", [6, 1]),
        ("text=%2B381%2064%20123-45&status=answered", [6, 1]),
        ("text=003816412&status=abandoned", [3]),
        ("text=799", [5]),
    ],
)
async def test_filters(log: Client, query: str, calls: list[int]) -> None:
    assert await numbers(log, query) == calls


async def test_totals_of_exactly_what_is_filtered(log: Client) -> None:
    answer = await log.ask("GET", "/calls/totals?timezone=Pacific/Auckland")
    assert answer.status_code == 200, answer.text
    said = answer.json()
    days = said.pop("days")
    assert said == {
        "calls": 5,
        "answered": 2,
        "abandoned": 1,
        "busy": 0,
        "unavailable": 1,
        "closed": 0,
        "rejected": 1,
        "interrupted": 0,
        "failed": 0,
        "answered_share": 0.5,
        "service_level": 0.0,
        "average_waiting_seconds": pytest.approx((28 + 9 + 26.6 + 28) / 4),
        "longest_waiting_seconds": 28.0,
        "average_talking_seconds": pytest.approx(90.3),
        "in_progress": {"waiting": 1, "talking": 0},
        "complete": True,
        "counted_since": None,
        "service_level_seconds": 20.0,
    }
    # 12:00 in Belgrade is midnight in Auckland.
    assert [(day["date"], day["calls"]) for day in days] == [("2026-03-03", 4), ("2026-03-02", 1)]
    some = (await log.ask("GET", "/calls/totals?status=abandoned")).json()
    assert (some["calls"], some["in_progress"]["waiting"]) == (1, 0)
    nothing = (await log.ask("GET", "/calls/totals?number=9")).json()
    assert (nothing["calls"], nothing["answered_share"], nothing["days"]) == (0, None, [])


async def test_one_call_with_its_timeline(log: Client) -> None:
    call = (await log.ask("GET", "/calls/00000001")).json()
    timeline = call["timeline"]
    assert timeline["seconds"] == 118.4
    assert [part["heard"] for part in timeline["heard"]] == ["message", "ringing", "talk"]
    assert [bar["agent"] for bar in timeline["bars"]] == ["dina", "amina", "bojan"]
    assert timeline["bars"][0]["reason"] == "on a call since 08:51"


@pytest.mark.parametrize(
    "path",
    [
        "/calls/totals?timezone=Mars/Olympus",
        "/calls/totals?timezone=../../etc/passwd",
        "/calls/totals?timezone=",
        "/calls/export?format=pdf",
        "/calls?waiting_min=-1",
        "/calls?waiting_min=nan",
        "/calls?waiting_min=inf",
        "/calls?direction=sideways",
        "/calls?text=" + "x" * 101,
        "/calls?text=%00",
        "/calls?" + "&".join(["group=g"] * 101),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(log: Client, path: str) -> None:
    answer = await log.ask("GET", path)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]


async def test_who_may_not_know_who_called_is_not_told(log: Client) -> None:
    await log.sign_in("viewer")
    for path in ("/calls", "/calls/00000001", "/calls/00000001/why", "/calls/00000003"):
        answer = await log.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        assert "381641234567" not in answer.text
        assert "Jelena" not in answer.text
    (call,) = (await log.get("/api/v1/calls?limit=1&status=abandoned")).json()["calls"]
    assert (call["caller_number"], call["caller_name"]) == ("+38164•••••67", "•••")


async def test_nor_can_he_find_it_out_by_searching(log: Client) -> None:
    await log.sign_in("viewer")
    refused = await log.get("/api/v1/calls?from=%2B381641234567")
    assert refused.status_code == 403
    for text in ("381641234567", "jelena"):
        assert (await log.get(f"/api/v1/calls?text={text}")).json()["calls"] == []
        totals = (await log.get(f"/api/v1/calls/totals?text={text}")).json()
        assert totals["calls"] == totals["in_progress"]["waiting"] == 0
    assert len((await log.get("/api/v1/calls?text=799")).json()["calls"]) == 1


async def test_an_agent_sees_his_own_calls_only(log: Client) -> None:
    await log.sign_in("agent", agent="bojan")
    mine = (await log.get("/api/v1/calls")).json()["calls"]
    assert [call["agent"] for call in mine] == ["bojan", "bojan"]
    assert (await log.get("/api/v1/calls?agent=amina")).json()["calls"] == []
    assert (await log.get("/api/v1/calls/totals")).json()["calls"] == 2
    assert (await log.get("/api/v1/calls/00000001")).status_code == 200
    for path in ("/calls/00000003", "/calls/00000003/why"):
        assert (await log.get(f"/api/v1{path}")).status_code == 404
    await log.sign_in("agent", name="newcomer")
    assert (await log.get("/api/v1/calls")).json()["calls"] == []


async def test_saved_views_are_ones_own_unless_shared(log: Client) -> None:
    async def save(csrf: str, name: str, query: str, *, shared: bool = False) -> int:
        body = {"name": name, "query": query, "shared": shared}
        headers = {"X-CSRF-Token": csrf}
        answer = await log.http.post("/api/v1/saved-views", json=body, headers=headers)
        return answer.status_code

    async def names() -> list[tuple[str, bool]]:
        views = (await log.get("/api/v1/saved-views")).json()
        return [(view["name"], view["own"]) for view in views]

    csrf = await log.sign_in("supervisor")
    assert await save(csrf, "  Lost today ", "period=today&status=abandoned") == 201
    assert await save(csrf, "Long waits", "waiting_min=60", shared=True) == 201
    assert await save(csrf, "Long waits", "waiting_min=90", shared=True) == 201
    assert await save(csrf, "", "a=b") == await save(csrf, "a\u2028b", "a=b") == 422
    assert await save(csrf, "x", "a b") == await save(csrf, "x", "a" * 2001) == 422
    assert await save("wrong", "x", "a=b") == 403
    assert await names() == [("Long waits", True), ("Lost today", True)]
    views = (await log.get("/api/v1/saved-views")).json()
    assert views[0]["query"] == "waiting_min=90", "saved again under the same name"
    csrf = await log.sign_in("viewer")
    assert await names() == [("Long waits", False)]
    gone = await log.http.delete(
        f"/api/v1/saved-views/{views[0]['id']}", headers={"X-CSRF-Token": csrf}
    )
    assert gone.status_code == 404, "it is not his to delete"
    csrf = await log.sign_in("system_manager")
    gone = await log.http.delete(
        f"/api/v1/saved-views/{views[0]['id']}", headers={"X-CSRF-Token": csrf}
    )
    assert gone.status_code == 204
    assert await names() == []


async def test_a_program_has_no_views_of_its_own(log: Client) -> None:
    refused = await log.ask("POST", "/saved-views", json={"name": "x", "query": ""})
    assert refused.status_code == 403
    assert (await log.ask("GET", "/saved-views")).json() == []


async def test_the_interface_is_described(log: Client) -> None:
    described = (await log.ask("GET", "/openapi.json")).json()["paths"]
    names = {each["name"] for each in described["/api/v1/calls/totals"]["get"]["parameters"]}
    assert names >= {"since", "from", "waiting_min", "timezone", "text"}
    assert {"cursor", "limit", *names} - {"timezone"} == {
        each["name"] for each in described["/api/v1/calls"]["get"]["parameters"]
    }
    assert CallQuery.__init__.__annotations__["text"]


async def test_a_hostile_name_is_found_and_told(api: Client) -> None:
    await store(api.engine, call_id(1), [arrived(name="100%_<b>\\"), *later(greeted()[1:], 1)])
    for text in ("100%25_", "%25_%3Cb", "%5C"):
        assert await numbers(api, f"text={text}") == [1]
    assert at(0)
