"""Coming in: the first set-up, name and password, links, and what an attacker would try."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.concurrency import all_of
from callrouter.console.access import SESSION_COOKIE, RateLimit, csrf_token
from callrouter.console.pages.visits import BROWSER_COOKIE
from callrouter.console.people.passwords import Passwords
from callrouter.console.people.said import Refused
from callrouter.console.people.signing_in import SignedIn, SignIn, Visitor, Waits
from callrouter.db.engine import transaction
from callrouter.db.sign_in_secrets import make_link
from callrouter.db.users import Role, session_of
from callrouter.local.postgres import PostgresServer
from tests.console.people import PASSWORD, QUICK, Console, code_in, running

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
async def console(engine: AsyncEngine, postgres_server: PostgresServer) -> AsyncIterator[Console]:
    async with running(engine, postgres_server.url(str(engine.url.database))) as console:
        yield console


# The first set-up


async def test_the_first_user_is_made_with_the_printed_link_and_only_he(
    engine: AsyncEngine, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres_server.url(str(engine.url.database))
    async with running(engine, url) as console:
        printed = caplog.text
        assert "http://127.0.0.1:8090/set-up?code=" in printed
        code = code_in(printed)
        browser = console.browser()
        assert (await browser.get("/sign-in")).headers["location"] == "/set-up"
        page = await browser.get(f"/set-up?code={code}")
        assert page.status_code == 200
        assert 'name="password"' in page.text
        fields = {
            "code": code,
            "name": " Ana ",
            "full_name": "Ana Anić",
            "password": PASSWORD,
            "again": PASSWORD,
            "language": "sr",
        }
        made = await browser.post("/set-up", data=fields)
        assert (made.status_code, made.headers["location"]) == (303, "/numbers")
        assert (await browser.get("/")).headers["location"] == "/board", "he is signed in"
        again = console.browser()
        assert (await again.get(f"/set-up?code={code}")).headers["location"] == "/sign-in"
        refused = await again.post("/set-up", data=fields | {"name": "eve"})
        assert refused.status_code == 410
        users = await console.rows("SELECT name, full_name, role, language FROM users")
        assert [tuple(row) for row in users] == [("ana", "Ana Anić", "system_manager", "sr")]
        assert not await console.rows("SELECT 1 FROM one_time_links")
        assert [deed[:2] for deed in await console.deeds()] == [
            ("ana", "user.create"),
            ("ana", "sign_in"),
        ]
    caplog.clear()
    async with running(engine, url):
        assert "set-up" not in caplog.text


async def test_of_two_who_set_up_at_once_one_does(console: Console) -> None:
    async with transaction(console.engine) as connection:
        code = await make_link(connection, None, datetime.now(UTC), timedelta(days=1))
    fields = {"code": code, "password": PASSWORD, "again": PASSWORD}
    answers = await all_of(
        console.browser().post("/set-up", data=fields | {"name": f"admin{number}"})
        for number in range(3)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410]
    assert len(await console.rows("SELECT 1 FROM users")) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"password": "tiny", "again": "tiny"}, "too short"),
        ({"password": "password1234", "again": "password1234"}, "first that are guessed"),
        ({"password": "anaanic2026", "again": "anaanic2026", "name": "anaanic"}, "is the name"),
        ({"again": "something else"}, "not the same"),
        ({"name": "two words"}, "without spaces"),
        ({"name": "<script>"}, "without spaces"),
        ({"name": ""}, "without spaces"),
        ({"code": "wrong"}, "not good any more"),
        ({"full_name": "\u202e\x00"}, "up to 100"),
    ],
)
async def test_what_is_wrong_with_the_set_up_is_said(
    console: Console, change: dict[str, str], says: str
) -> None:
    async with transaction(console.engine) as connection:
        code = await make_link(connection, None, datetime.now(UTC), timedelta(days=1))
    fields = {"code": code, "name": "ana", "password": PASSWORD, "again": PASSWORD} | change
    answer = await console.browser().post("/set-up", data=fields)
    assert 400 <= answer.status_code < 500
    assert says in answer.text
    assert "<script>" not in answer.text.partition("<body>")[2]
    assert fields["password"] not in answer.text
    assert not await console.rows("SELECT 1 FROM users")


async def test_without_a_good_code_there_is_no_form_to_set_up(console: Console) -> None:
    for code in ("", "wrong", "x" * 200):
        page = await console.browser().get(f"/set-up?code={code}")
        assert page.status_code == 200
        assert "password" not in page.text.lower()
        assert "callrouter user set-up-link" in page.text


# Name and password


async def test_the_right_password_opens_a_session(console: Console) -> None:
    await console.person("ana", Role.SUPERVISOR)
    browser = console.browser()
    before = await browser.get("/me?x=1&y=2")
    assert before.headers["location"] == "/sign-in?next=%2Fme%3Fx%3D1%26y%3D2"
    answer = await browser.sign_in("ANA ", next_="/me?x=1&y=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?x=1&y=2")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if SESSION_COOKIE in c)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "it came by http"
    assert (await browser.get("/sign-in?next=/board")).headers["location"] == "/board"
    assert (await console.deeds()) == [("ana", "sign_in", "ana")]
    stored = await console.rows(
        "SELECT user_sessions::text, audit_log::text FROM user_sessions, audit_log"
    )
    assert browser.session not in str(stored)


async def test_by_https_the_cookie_never_goes_by_http(console: Console) -> None:
    await console.person("ana")
    browser = console.browser()
    browser.base_url = "https://console.test"
    answer = await browser.sign_in("ana")
    assert all("; Secure" in each for each in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("name", ["ana", "nobody", "gone", "company", "", "x" * 900, "'; DROP--"])
async def test_a_wrong_password_tells_nothing_of_who_exists(console: Console, name: str) -> None:
    await console.person("ana")
    await console.person("company", password="")
    await console.person("gone")
    await console.rows("UPDATE users SET disabled_at = now() WHERE name = 'gone' RETURNING 1")
    looked_at: list[object] = []
    passwords = console.app.state.sign_in.passwords
    really = passwords._verify

    def verify(password: str, stored: str | None) -> bool:
        looked_at.append(stored)
        return bool(really(password, stored))

    passwords._verify = verify
    wrong = PASSWORD if name == "gone" else "not this one"
    answer = await console.browser().sign_in(name, wrong)
    assert answer.status_code == 401
    assert "The name or the password is wrong." in answer.text
    assert len(looked_at) == 1, "hashed all the same: no quicker answer for who is not there"
    assert SESSION_COOKIE not in answer.headers.get("set-cookie", "")
    known = name in ("ana", "company", "gone")
    assert [deed for deed in await console.deeds() if deed[1] == "sign_in.failed"] == [
        (name, "sign_in.failed", name) if known else ("", "sign_in.failed", "")
    ]
    assert wrong not in str(await console.rows("SELECT audit_log::text FROM audit_log"))


async def test_a_password_typed_as_a_name_is_written_nowhere(
    console: Console, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await console.browser().sign_in("my secret password", "x")
    assert "my secret" not in str(await console.rows("SELECT audit_log::text FROM audit_log"))
    assert "my secret" not in caplog.text


async def test_an_old_hash_is_made_anew(console: Console) -> None:
    await console.person("ana")
    weaker = type(QUICK)(time_cost=1, memory_cost=8, parallelism=1, hash_len=16)
    await console.rows(
        "UPDATE users SET password_hash = :hash RETURNING 1", hash=weaker.hash(PASSWORD)
    )
    assert (await console.browser().sign_in("ana")).status_code == 303
    stored = (await console.rows("SELECT password_hash FROM users"))[0][0]
    assert not QUICK.check_needs_rehash(stored)
    assert (await console.browser().sign_in("ana")).status_code == 303


# Lock-out, in virtual time


class Trying:
    """Somebody who tries passwords, at the moments a test says."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.sign_in = SignIn(Passwords(QUICK), RateLimit(60, 1000))
        self.now = NOW

    async def __call__(
        self, password: str, name: str = "ana", known: str = "", address: str = "192.0.2.66"
    ) -> SignedIn | Refused:
        visitor = Visitor(address, "tests", known)
        try:
            return await self.sign_in.by_password(
                self.console.engine, name, password, visitor, self.now
            )
        except Refused as refused:
            return refused

    async def waits(self, name: str, tries: int) -> list[int]:
        """How long one waits after each wrong password, each tried as soon as it may be."""
        waits = []
        for _ in range(tries):
            said = await self("wrong", name)
            assert not isinstance(said, Waits)
            asked = await self("wrong", name)
            seconds = asked.seconds if isinstance(asked, Waits) else 0
            if not seconds:
                waits.append(0)
                continue
            waits.append(seconds)
            self.now += timedelta(seconds=seconds)
        return waits


async def test_waits_grow_to_a_quarter_of_an_hour_for_names_that_exist_and_others(
    console: Console,
) -> None:
    await console.person("ana")
    for name in ("ana", "nobody"):
        trying = Trying(console)
        # Without a wait two passwords are tried in a round.
        assert await trying.waits(name, 11) == [0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900]
        assert (await trying.waits(name, 2)) == [900, 900]


async def test_the_right_password_has_to_wait_too_and_then_counts_anew(console: Console) -> None:
    await console.person("ana")
    trying = Trying(console)
    for _ in range(5):
        await trying("wrong")
    refused = await trying(PASSWORD)
    assert isinstance(refused, Waits)
    assert refused.seconds == 5
    trying.now += timedelta(seconds=5)
    assert isinstance(await trying(PASSWORD), SignedIn)
    assert isinstance(await trying("wrong"), Refused)
    assert isinstance(await trying(PASSWORD), SignedIn), "a new row of wrong ones begins"


async def test_who_signed_in_with_a_browser_is_not_locked_out_of_it_by_others(
    console: Console,
) -> None:
    await console.person("ana")
    trying = Trying(console)
    first = await trying(PASSWORD)
    assert isinstance(first, SignedIn)
    assert first.known_browser
    for _ in range(200):  # somebody else tries, and tries
        await trying("wrong")
    assert isinstance(await trying(PASSWORD), Waits)
    at_home = await trying(PASSWORD, known=first.known_browser)
    assert isinstance(at_home, SignedIn)
    assert at_home.known_browser is None, "it is known already"
    for _ in range(5):
        await trying("wrong", known=first.known_browser)
    assert isinstance(await trying(PASSWORD, known=first.known_browser), Waits), "it has its own"


async def test_a_known_browser_of_one_person_is_nothing_for_another(console: Console) -> None:
    await console.person("ana")
    await console.person("eve")
    trying = Trying(console)
    eves = await trying(PASSWORD, "eve")
    assert isinstance(eves, SignedIn)
    for _ in range(5):
        await trying("wrong", "ana")
    assert isinstance(await trying(PASSWORD, "ana", known=eves.known_browser or ""), Waits)


async def test_after_a_day_wrong_passwords_are_forgotten(console: Console) -> None:
    await console.person("ana")
    trying = Trying(console)
    await trying.waits("ana", 8)
    trying.now += timedelta(days=1, minutes=15)
    for _ in range(4):
        assert not isinstance(await trying("wrong"), Waits)
    assert isinstance(await trying(PASSWORD), SignedIn)


async def test_many_at_once_are_no_way_around_the_waits(console: Console) -> None:
    await console.person("ana")
    trying = Trying(console)
    said = await all_of((trying(f"guess {number}") for number in range(12)), expected=Refused)
    tried = [each for each in said if isinstance(each, Refused) and not isinstance(each, Waits)]
    assert len(tried) == 5


async def test_one_address_has_thirty_tries_a_minute_whatever_names_it_tries(
    console: Console,
) -> None:
    now = 0.0
    trying = Trying(console)
    trying.sign_in = SignIn(Passwords(QUICK), RateLimit(30, 30, clock=lambda: now))
    for number in range(30):
        said = await trying("x", f"name{number}", address=f"2001:db8::{number:x}")
        assert not isinstance(said, Waits)
    assert isinstance(await trying("x", "other", address="2001:db8::ffff"), Waits), "one network"
    assert not isinstance(await trying("x", "other", address="2001:db8:0:1::1"), Waits)
    now = 2.0
    assert not isinstance(await trying("x", "other", address="2001:db8::ffff"), Waits)


async def test_how_long_to_wait_is_said_plainly(console: Console) -> None:
    await console.person("ana")
    browser = console.browser()
    for _ in range(5):
        assert (await browser.sign_in("ana", "wrong")).status_code == 401
    answer = await browser.sign_in("ana")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "5"
    assert "Try again in 0:05" in answer.text
    assert 'value="ana"' in answer.text, "the name is still there"


async def test_a_flood_waits_in_a_short_line_and_costs_no_loop(console: Console) -> None:
    passwords = Passwords(QUICK)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    import threading

    go_on = threading.Event()

    def slowly(password: str, stored: str | None) -> bool:
        loop.call_soon_threadsafe(begun.set)
        return go_on.wait(30)

    passwords._verify = slowly  # type: ignore[method-assign]
    trying = Trying(console)
    trying.sign_in = SignIn(passwords, RateLimit(60, 1000))
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(trying("x", f"name{number}"), name=f"try {number}")
            for number in range(30)
        ]
        await begun.wait()
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 10:
            more, _ = await asyncio.wait(set(tasks) - done, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        refused = [task.result() for task in done]
        go_on.set()
    assert len(refused) == 10, "twenty wait, one of them being looked at"
    assert {str(each) for each in refused} == {
        "Many people are signing in at this moment: try again in a few seconds."
    }
    passwords.close()


# What an attacker would try


async def test_a_session_planted_before_signing_in_is_not_the_one_after(console: Console) -> None:
    await console.person("ana")
    browser = console.browser()
    browser.plant("planted")
    await browser.sign_in("ana")
    assert "planted" not in (browser.session, "")
    eve = console.browser()
    eve.plant("planted")
    assert (await eve.get("/me")).status_code == 303


async def test_signing_in_again_ends_the_browsers_older_session(console: Console) -> None:
    browser = await console.signed_in("ana")
    older = browser.session
    await browser.sign_in("ana")
    stolen = console.browser()
    stolen.plant(older)
    assert (await stolen.get("/me")).status_code == 303
    assert (await console.rows("SELECT count(*) FROM user_sessions"))[0][0] == 1


async def test_a_stolen_cookie_is_worth_nothing_after_sign_out(console: Console) -> None:
    browser = await console.signed_in("ana", Role.SUPERVISOR)
    stolen = console.browser()
    stolen.plant(browser.session)
    assert (await stolen.api("GET", "/calls")).status_code == 200
    answer = await browser.form("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert not browser.session
    assert (await stolen.api("GET", "/calls")).status_code == 401
    assert ("ana", "sign_out", "ana") in await console.deeds()


@pytest.mark.parametrize("token", ["", "wrong", csrf_token("another"), "ü"])
async def test_a_form_of_another_site_signs_nobody_out(console: Console, token: str) -> None:
    browser = await console.signed_in("ana")
    answer = await browser.post("/sign-out", data={"csrf": token})
    assert answer.status_code == 403
    assert (await browser.get("/me")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://console.test"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://console.test"}, 303),
        ({}, 303),
    ],
)
async def test_another_site_signs_nobody_in(
    console: Console, headers: dict[str, str], status: int
) -> None:
    await console.person("eve")
    browser = console.browser(**headers)
    answer = await browser.sign_in("eve")
    assert answer.status_code == status
    assert bool(browser.session) == (status == 303)


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/x\r\nSet-Cookie: a=b",
        "/" + "x" * 3000,
        "http:///evil.example",
        "///evil.example",
        "",
    ],
)
async def test_nobody_is_sent_to_another_site(console: Console, next_: str) -> None:
    await console.person("ana")
    answer = await console.browser().sign_in("ana", next_=next_)
    assert answer.headers["location"] == "/"
    signed_in = await console.signed_in("ana")
    page = await signed_in.get("/sign-in", params={"next": next_})
    assert page.headers["location"] == "/"


async def test_a_session_ends_unused_after_half_a_day_and_used_after_a_week(
    console: Console,
) -> None:
    browser = await console.signed_in("ana")
    for set_back, still in (("11 hours", True), ("12 hours 1 minute", False)):
        sql = "UPDATE user_sessions SET seen_at = now() - CAST(:back AS text)::interval RETURNING 1"
        await console.rows(sql, back=set_back)
        assert ((await browser.get("/me")).status_code == 200) is still
    browser = await console.signed_in("bojan")
    await console.rows(
        "UPDATE user_sessions SET created_at = now() - interval '7 days' RETURNING 1"
    )
    async with transaction(console.engine) as connection:
        assert await session_of(connection, browser.session, datetime.now(UTC)) is None


async def test_too_many_requests_of_one_address_are_refused_before_the_database(
    console: Console,
) -> None:
    console.app.state.rate_limit = RateLimit(1, 3)
    browser = console.browser()
    answers = [await browser.post("/set-up", data={"code": "guess"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [410, 410, 410, 429, 429]


# Links


async def test_a_link_lets_somebody_choose_a_password_once(console: Console) -> None:
    user = await console.person("ana", password="")
    async with transaction(console.engine) as connection:
        code = await make_link(connection, user, datetime.now(UTC), timedelta(hours=1))
    browser = console.browser()
    page = await browser.get(f"/password?code={code}")
    assert "For the account ana." in page.text
    fields = {"code": code, "password": PASSWORD, "again": PASSWORD}
    guessed = {"password": "ana1234567", "again": "ana1234567"}
    weak = await browser.post("/password", data=fields | guessed)
    assert weak.status_code == 422
    assert code in weak.text, "one can try again"
    chosen = await browser.post("/password", data=fields)
    assert chosen.status_code == 303
    assert (await browser.get("/me")).status_code == 200
    assert browser.cookies.get(BROWSER_COOKIE)
    assert (await console.browser().sign_in("ana")).status_code == 303
    again = console.browser()
    assert (await again.get(f"/password?code={code}")).status_code == 410
    assert (await again.post("/password", data=fields)).status_code == 410
    assert ("ana", "user.password", "ana") in await console.deeds()


@pytest.mark.parametrize("case", ["too old", "of the set-up", "disabled", "unknown"])
async def test_a_link_that_is_not_good_is_said_so(console: Console, case: str) -> None:
    user = await console.person("ana")
    now = datetime.now(UTC)
    async with transaction(console.engine) as connection:
        lasts = timedelta(seconds=-1) if case == "too old" else timedelta(hours=1)
        code = await make_link(connection, None if case == "of the set-up" else user, now, lasts)
    if case == "disabled":
        await console.rows("UPDATE users SET disabled_at = now() RETURNING 1")
    code = "unknown" if case == "unknown" else code
    page = await console.browser().get(f"/password?code={code}")
    assert page.status_code == 410
    assert "Get a new one." in page.text
    fields = {"code": code, "password": "another one entirely", "again": "another one entirely"}
    assert (await console.browser().post("/password", data=fields)).status_code == 410
    assert (await console.browser().sign_in("ana", "another one entirely")).status_code == 401
