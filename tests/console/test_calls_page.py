"""The call log's pages: what they show, in every language and to every role."""

import gzip
import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from callrouter.console.pages.rendering import STATIC
from callrouter.facts import Fact
from tests.console.conftest import Client
from tests.db.sample_calls import (
    abandoned,
    answered,
    arrived,
    call_id,
    first_agent_does_not_answer,
    followed_on,
    greeted,
    rejected,
    unavailable,
)
from tests.db.stored import store

pytestmark = pytest.mark.postgres

ALL = "/calls?period=all"
HOSTILE = "\"><script>alert(1)</script>\u202e'{{7*7}}"


def later(facts: list[Fact], seconds: float) -> list[Fact]:
    return [msgspec.structs.replace(f, at=f.at + timedelta(seconds=seconds)) for f in facts]


@pytest.fixture
async def log(api: Client) -> Client:
    kinds = (answered, greeted, abandoned, unavailable, rejected, followed_on)
    for number, kind in enumerate(kinds, 1):
        await store(api.engine, call_id(number), later(kind(), 3600 * number))
    return api


async def page(client: Client, path: str, **headers: str) -> str:
    answer = await client.get(path, headers={"Accept": "text/html", **headers})
    assert answer.status_code == 200, answer.text
    return answer.text


def shown(html: str) -> list[int]:
    return [
        int(id_[:8], 16) for id_ in re.findall(r'<tr class="call-row[^>]* data-call="([^"]+)', html)
    ]


async def test_before_a_browser_has_told_its_zone_times_are_the_companys(log: Client) -> None:
    await log.sign_in("supervisor")
    assert 'data-timezone="Europe/Belgrade"' in await page(log, ALL)
    log.http.cookies.set("callrouter_timezone", "Asia/Riyadh")
    assert 'data-timezone="Asia/Riyadh"' in await page(log, ALL)
    log.http.cookies.set("callrouter_timezone", "Mars/Base")
    assert 'data-timezone="Europe/Belgrade"' in await page(log, ALL)


@pytest.mark.parametrize("language", ["en", "ar", "sr"])
async def test_the_log_and_a_call_in_every_language(log: Client, language: str) -> None:
    await log.sign_in("supervisor")
    log.http.cookies.set("callrouter_language", language)
    for path in (ALL, f"{ALL}&by=date&status=live&status=answered&text=7", "/calls"):
        html = await page(log, path)
        assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in html
    title = {"en": "Calls", "ar": "المكالمات", "sr": "Pozivi"}[language]
    assert f"<h1>{title}</h1>" in html
    for number in range(1, 7):
        whole = await page(log, f"/calls/{call_id(number)}")
        assert 'class="bars"' in whole
    totals = await page(log, "/calls/totals?period=all")
    assert "50" in totals


async def test_live_calls_on_top_then_newest_first(log: Client) -> None:
    await log.sign_in("supervisor")
    html = await page(log, ALL)
    assert shown(html) == [2, 6, 5, 4, 3, 1]
    assert html.count("data-since=") == 1, "one call waits, and its clock runs"
    assert "Waiting" in html


async def test_it_opens_on_today(log: Client) -> None:
    await log.sign_in("supervisor")
    assert shown(await page(log, "/calls")) == [2], "the others ended long ago"
    facts = answered()
    now = datetime.now(UTC) - timedelta(seconds=200)
    shift = (now - facts[0].at).total_seconds()
    await store(log.engine, call_id(9), later(facts, shift))
    zone = f"Etc/GMT{'+' if now.hour < 12 else '-'}{3 if now.hour < 20 else 1}"
    log.http.cookies.set("callrouter_timezone", zone)
    assert 9 in shown(await page(log, "/calls")) + shown(await page(log, "/calls?period=yesterday"))
    assert 9 in shown(await page(log, "/calls?period=7d"))


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("status=rejected", [5]),
        ("status=live&status=rejected", [2, 5]),
        ("agent=bojan&waiting_max=28", [6, 1]),
        ("group=on-call", [6]),
        ("number=799", [5]),
        ("from=00381641234567&status=answered", [6, 1]),
        ("waiting_min=20&waiting_max=27", [4]),
        ("text=petrović&status=abandoned", [3]),
        ("version=5f3a9c1e&settings=head-office&status=unavailable", [4]),
        ("status=gone&waiting_min=abc&direction=up&since=x&period=never&number=", None),
    ],
)
async def test_filters_of_the_address(log: Client, query: str, calls: list[int] | None) -> None:
    """What cannot be understood is left out; then it is as if it were not there."""
    await log.sign_in("supervisor")
    html = await page(log, f"/calls?{query}&period=all" if calls else f"/calls?{query}")
    assert shown(html) == (calls or [2])


async def test_a_range_of_days_is_of_the_readers_zone(log: Client) -> None:
    await log.sign_in("supervisor")
    log.http.cookies.set("callrouter_timezone", "Pacific/Auckland")
    assert shown(await page(log, "/calls?since=2026-03-03&until=2026-03-03")) == [2, 6, 5, 4, 3]
    assert shown(await page(log, "/calls?until=2026-03-02")) == [2, 1]
    html = await page(log, "/calls?since=2026-03-02T09:00:00Z&until=2026-03-02T10:30:00Z")
    assert shown(html) == [2, 1]


async def test_a_script_gets_only_what_changes(log: Client) -> None:
    await log.sign_in("supervisor")
    html = await page(log, ALL, **{"HX-Request": "true"})
    assert "<html" not in html
    assert shown(html) == [2, 6, 5, 4, 3, 1]
    panel = await page(log, f"/calls/{call_id(1)}", **{"HX-Request": "true"})
    assert "<html" not in panel
    assert "Bojan Ilić of sales answered after 28 s" in panel


async def test_more_rows_come_by_a_cursor(api: Client) -> None:
    for number in range(1, 121):
        await store(api.engine, call_id(number), later(rejected(), number))
    await api.sign_in("viewer")
    html = await page(api, ALL)
    rows = shown(html)
    while more := re.search(r'hx-get="(/calls/rows\?[^"]+)"', html):
        html = await page(api, more[1].replace("&amp;", "&"))
        rows += shown(html)
    assert rows == list(range(120, 0, -1))
    assert "These are all." in html


async def test_grouped_by_date(log: Client) -> None:
    await log.sign_in("supervisor")
    log.http.cookies.set("callrouter_timezone", "Pacific/Auckland")
    html = await page(log, f"{ALL}&by=date")
    days = re.findall(r'data-day="([^"]+)"', html)
    assert days == ["2026-03-03", "2026-03-02"]
    totals = await page(log, "/calls/totals?period=all&by=date")
    assert re.findall(r'data-sums-of="([^"]+)">(\d) call', totals) == [
        ("2026-03-03", "4"),
        ("2026-03-02", "1"),
    ]


async def test_columns_are_as_somebody_chose_them(log: Client) -> None:
    await log.sign_in("supervisor")
    html = await page(log, ALL)
    assert re.findall(r'<th scope="col" class="c-(\w+)"', html) == [
        *("status", "date", "time", "from", "to", "group", "answered_by", "waiting", "talking"),
    ]
    log.http.cookies.set("callrouter_log_columns", "version.nonsense.extension")
    html = await page(log, ALL)
    assert re.findall(r'<th scope="col" class="c-(\w+)"', html) == [
        "status",
        "extension",
        "version",
    ]
    assert "columns=status,extension,version,arrived_at,id" in html


async def test_an_export_is_of_exactly_these_filters(log: Client) -> None:
    await log.sign_in("supervisor")
    html = await page(log, f"{ALL}&status=answered&group=on-call")
    address = re.search(r'href="(/api/v1/calls/export\?format=csv[^"]+)"', html)
    assert address
    answer = await log.get(address[1].replace("&amp;", "&"))
    assert answer.status_code == 200, answer.text
    assert len(answer.text.strip().splitlines()) == 2
    await log.sign_in("viewer")
    assert "/calls/export" not in await page(log, ALL)


async def test_hostile_callers_are_text(api: Client) -> None:
    call = [arrived(name=HOSTILE, caller=HOSTILE, number=HOSTILE), *greeted()[1:]]
    await store(api.engine, call_id(1), call)
    await store(api.engine, call_id(2), [arrived(name="n" * 10_000, caller="c" * 10_000)])
    await api.sign_in("supervisor")
    for path in (ALL, f"/calls/{call_id(1)}", f"/calls/{call_id(2)}", f"{ALL}&text=%3Cscript%3E"):
        html = await page(api, path)
        assert "<script>alert" not in html
        assert len(html) < 60_000
    assert "{{7*7}}" in await page(api, f"/calls/{call_id(1)}"), "as it was sent"


async def test_who_may_not_know_who_called_is_not_told(log: Client) -> None:
    await log.sign_in("viewer")
    for path in (ALL, f"/calls/{call_id(1)}", f"/calls/{call_id(3)}"):
        html = await page(log, path)
        assert "381641234567" not in html
        assert "Jelena" not in html
        assert "+38164•••••67" in html
    for query in ("text=jelena", "from=%2B381641234567", "text=381641234567"):
        assert "Jelena" not in await page(log, f"{ALL}&{query}")
    assert shown(await page(log, f"{ALL}&text=jelena")) == []
    assert len(shown(await page(log, f"{ALL}&from=9"))) == 6, "no filter on what is hidden"


async def test_an_agent_sees_his_own_calls_only(log: Client) -> None:
    await log.sign_in("agent", agent="bojan")
    assert shown(await page(log, ALL)) == [6, 1]
    assert shown(await page(log, f"{ALL}&agent=amina")) == []
    answer = await log.get(f"/calls/{call_id(3)}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "not one of yours" in answer.text


async def test_a_call_that_there_is_not_and_nobody_signed_in(api: Client) -> None:
    answer = await api.get(ALL, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Fcalls%3Fperiod")
    await api.sign_in("supervisor")
    for path in ("/calls/zz", f"/calls/{call_id(8)}"):
        answer = await api.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404
    assert "No call has come today." in await page(api, "/calls")


async def test_a_call_in_progress_is_drawn_until_now(api: Client) -> None:
    facts = first_agent_does_not_answer()
    now = datetime.now(UTC) - timedelta(seconds=60)
    await store(api.engine, call_id(1), later(facts, (now - facts[0].at).total_seconds()))
    await api.sign_in("supervisor")
    html = await page(api, f"/calls/{call_id(1)}")
    assert "on a call since 08:51" in html
    assert 'class="lane skipped"' in html
    assert "data-since=" in html


async def test_the_first_page_is_small(api: Client) -> None:
    """HTML, styles and scripts of a first page of 50 calls: less than 300 kB, as it is sent."""
    for number in range(1, 61):
        await store(api.engine, call_id(number), later(answered(), number))
    await api.sign_in("supervisor")
    html = await page(api, ALL)
    linked = set(re.findall(r'(?:href|src)="(/static/[^"#?]+)', html))
    scripts = {name for name in linked if name.endswith(".js")}
    while imported := {each for name in scripts for each in imports(name)} - scripts:
        scripts |= imported
    size = len(html.encode()) + sum(
        (STATIC / inside(name)).stat().st_size for name in linked | scripts
    )
    assert len(gzip.compress(html.encode())) < 20_000
    assert size < 300_000, size


def inside(address: str) -> str:
    return re.sub(r"^/static/(v-?\w+/|[0-9a-f]{12}/)?", "", address)


def imports(address: str) -> set[str]:
    folder = address.rpartition("/")[0]
    text = (STATIC / inside(address)).read_text()
    return {f"{folder}/{name}" for name in re.findall(r'from "\./([^"]+)"', text)}
