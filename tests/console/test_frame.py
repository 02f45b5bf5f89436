"""What all pages share: who is let in, languages, colours, and what browsers are told."""

import re
from typing import Any

import httpx
import pytest

from callrouter.console.access import SESSION_COOKIE
from tests.console.conftest import Client

pytestmark = pytest.mark.postgres

PAGE = {"Accept": "text/html"}


async def test_nobody_is_sent_to_the_sign_in_page(api: Client) -> None:
    answer = await api.get("/", headers=PAGE)

    assert answer.status_code == 307
    assert answer.headers["Location"] == "/sign-in"


async def test_the_first_page_is_the_first_one_may_see(api: Client) -> None:
    await api.sign_in("viewer")

    assert (await api.get("/", headers=PAGE)).headers["Location"] == "/board"


@pytest.mark.parametrize(
    ("accepted", "tag", "direction", "says"),
    [
        ("en", "en", "ltr", "There is no such page."),
        ("ar", "ar", "rtl", "لا توجد صفحة كهذه."),
        ("sr", "sr-Latn", "ltr", "Takva stranica ne postoji."),
    ],
)
async def test_a_page_that_is_not_there_is_a_page_in_the_readers_language(
    api: Client, accepted: str, tag: str, direction: str, says: str
) -> None:
    await api.sign_in("viewer")

    answer = await api.get("/nowhere", headers={**PAGE, "Accept-Language": accepted})

    assert answer.status_code == 404
    assert f'<html lang="{tag}" dir="{direction}" data-theme="system"' in answer.text
    assert says in answer.text


async def test_programs_get_problem_documents(api: Client) -> None:
    answer = await api.get("/api/v1/nowhere", headers=PAGE)

    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_browsers_are_told_to_trust_this_host_only(api: Client) -> None:
    answer = await api.get("/nowhere", headers=PAGE)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "style=" not in answer.text
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", answer.text)


async def test_files_with_a_mark_are_kept_and_others_asked_for_again(api: Client) -> None:
    page = await api.get("/nowhere", headers=PAGE)
    marked = re.search(r'href="(/static/\w+/css/base\.css)"', page.text)
    assert marked

    assert "immutable" in (await api.get(marked[1])).headers["Cache-Control"]
    assert (await api.get("/static/js/words.js")).headers["Cache-Control"] == "no-cache"
    older = re.sub(r"/static/\w+/", "/static/0123456789ab/", marked[1])
    assert (await api.get(older)).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 403), ({"X-CSRF-Token": "guessed"}, 403), (None, 200)]
)
async def test_a_change_needs_proof_that_it_comes_from_our_page(
    api: Client, headers: dict[str, str] | None, status: int
) -> None:
    csrf = await api.sign_in("supervisor")
    sent: Any = {"X-CSRF-Token": csrf} if headers is None else headers

    answer = await api.http.post("/api/v1/agents/amina/pause", json={}, headers=sent)

    assert answer.status_code == status


async def test_a_role_may_do_what_it_includes_and_no_more(api: Client) -> None:
    csrf = await api.sign_in("viewer")

    assert (await api.http.get("/api/v1/agents")).status_code == 200
    refused = await api.http.post(
        "/api/v1/agents/amina/pause", json={}, headers={"X-CSRF-Token": csrf}
    )
    assert refused.status_code == 403
    assert "role" in refused.json()["detail"]


async def test_a_cookie_that_is_no_session_lets_nobody_in(api: Client) -> None:
    api.http.cookies.set(SESSION_COOKIE, "invented")

    answer: httpx.Response = await api.http.get("/api/v1/agents")

    assert answer.status_code == 401
