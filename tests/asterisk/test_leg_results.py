"""What a real Asterisk says of a leg whose phone answers with each final response: side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from callrouter.ari.causes import leg_result
from callrouter.ari.client import AriClient
from callrouter.ari.commands import Leg
from callrouter.ari.events import ChannelDestroyed, Connected, Event
from callrouter.concurrency import beside
from callrouter.config.load import load_file
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.asterisk_program import AsteriskProgram
from tests.asterisk.companies import write_companies
from tests.asterisk.conftest import loopback_site
from tests.asterisk.raw_sip import RawSip

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

NO_ANSWER_SECONDS = 2
SILENT = 0
"""Rings nothing and answers nothing: there is a registration, and no phone any more."""

ATTEMPTS = 3
"""On a busy machine a leg now and then ends before its phone was asked, without any cause."""

OBSERVED = [
    (302, 23, 302, "rejected"),
    (401, 21, 401, "failed"),
    (403, 21, 403, "rejected"),
    (404, 1, 404, "unreachable"),
    (408, 18, 408, "unreachable"),
    (410, 22, 410, "unreachable"),
    (415, 127, 415, "failed"),
    (420, 3, 420, "failed"),
    (480, 19, 480, "no_answer"),
    (481, 127, 481, "failed"),
    (484, 28, 484, "unreachable"),
    (486, 17, 486, "busy"),
    (487, 127, 487, "no_answer"),
    (488, 58, 488, "failed"),
    (500, 38, 500, "failed"),
    (501, 29, 501, "failed"),
    (503, 34, 503, "unreachable"),
    (600, 17, 600, "busy"),
    (603, 21, 603, "rejected"),
    (604, 1, 604, "unreachable"),
    (606, 58, 606, "failed"),
    # Asterisk's own time limit. A phone that never rang cannot be told from one nobody answered.
    (SILENT, 19, 480, "no_answer"),
]
"""Response of the phone, then Asterisk's `cause` and `tech_cause`, and what we call it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ended(
    asterisk_program: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[int, ChannelDestroyed]]:
    """How each leg ended, by its phone's response."""
    folder = tmp_path_factory.mktemp("leg-results")
    write_companies(len(OBSERVED) // 3 + 1, folder / "companies.yaml")
    table = load_file(folder / "companies.yaml").table
    server = AsteriskServer(asterisk_program, folder / "asterisk", site=loopback_site())
    await server.start(table)
    try:
        accounts = sorted(agent.extension for agent in table.agents.values())
        statuses = [status for status, *_ in OBSERVED]
        yield await _ring_all(server, dict(zip(statuses, accounts, strict=False)))
    finally:
        await server.stop()


async def _ring_all(
    server: AsteriskServer, accounts: dict[int, str]
) -> dict[int, ChannelDestroyed]:
    client = AriClient(server.ari_url, server.ari_user, server.ari_password, "callrouter")
    ended: dict[int, ChannelDestroyed] = {}
    all_ended = asyncio.Event()
    async with client, asyncio.timeout(60), asyncio.TaskGroup() as group:

        def ring(status: int, attempt: int = 1) -> None:
            phone = _phone(server, client, status, accounts[status], attempt)
            group.create_task(phone, name=f"phone {status}, {attempt}")

        def hear(event: Event) -> None:
            if isinstance(event, Connected):
                for status in accounts:
                    ring(status)
            elif isinstance(event, ChannelDestroyed):
                status, attempt = map(int, event.channel.id.removeprefix("leg-").split("-"))
                if event.cause == 0 and attempt < ATTEMPTS:
                    ring(status, attempt + 1)
                    return
                ended[status] = event
                if len(ended) == len(accounts):
                    all_ended.set()

        async with beside(client.listen(hear), name="listen"):
            await all_ended.wait()
    return ended


async def _phone(
    server: AsteriskServer, client: AriClient, status: int, account: str, attempt: int
) -> None:
    async with RawSip(server.site.sip_port) as phone:
        await phone.register(account, server.secrets.phone(account))
        name = f"leg-{status}-{attempt}"
        leg = Leg(name, f"PJSIP/{account}", "", "1", "", NO_ANSWER_SECONDS, "")
        assert await client.originate(leg) == [None]
        if status == SILENT:
            await asyncio.sleep(NO_ANSWER_SECONDS + 0.5)
            return
        headers = {
            302: "Contact: <sip:0900123456@127.0.0.1:9>",
            401: 'WWW-Authenticate: Digest realm="x", nonce="y"',
        }
        extra = [headers[status]] if status in headers else []
        with suppress(TimeoutError):  # it was not asked: the leg has ended, and is tried again
            await phone.respond(await phone.next(), f"{status} Whatever", *extra)
            await phone.next()  # the ACK


@pytest.mark.parametrize(
    ("status", "cause", "tech_cause", "result"),
    OBSERVED,
    ids=[str(status or "no answer at all") for status, *_ in OBSERVED],
)
async def test_a_leg_ends_as_observed_and_is_named_truly(
    ended: dict[int, ChannelDestroyed], status: int, cause: int, tech_cause: int, result: str
) -> None:
    event = ended[status]
    assert (event.cause, event.tech_cause) == (cause, tech_cause)
    assert leg_result(event.cause, event.tech_cause) == result
