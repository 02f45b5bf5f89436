"""Signing in with name and password, and how a session begins in whatever way one signed in.

Law: whether a name exists cannot be told from the answer, from how long it takes, or from how long
one has to wait after wrong passwords.
"""

import ipaddress
import logging
import math
import uuid
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.console.access import RateLimit
from callrouter.console.people.attempts import Attempts, UnknownNames
from callrouter.console.people.passwords import LONGEST, Busy, Passwords
from callrouter.console.people.said import Refused, _
from callrouter.db.accounts import (
    Account,
    Browser,
    account_named,
    change_user,
    count_failures,
    known_browser,
)
from callrouter.db.audit import note_deed
from callrouter.db.engine import transaction
from callrouter.db.sign_in_secrets import browser_seen, remember_browser
from callrouter.db.users import as_stored, begin_session, hash_of

log = logging.getLogger(__name__)

TRIES_A_MINUTE = 30
"""From one address, with whatever names."""

_UNKNOWN_NOTED_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the other end; `known_browser` is the secret this browser was given, if any."""

    address: str
    browser: str
    known_browser: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Secrets for the browser's cookies; `known_browser` None where it has one that is good."""

    session: str
    known_browser: str | None


class SignIn:
    """Looks at names and passwords; one in a process, for what it remembers of tries."""

    def __init__(self, passwords: Passwords, limit: RateLimit | None = None) -> None:
        self.passwords = passwords
        self._limit = limit or RateLimit(TRIES_A_MINUTE, TRIES_A_MINUTE)
        self._noted = RateLimit(_UNKNOWN_NOTED_A_MINUTE, _UNKNOWN_NOTED_A_MINUTE)
        self._unknown = UnknownNames()

    async def by_password(
        self, engine: AsyncEngine, name: str, password: str, visitor: Visitor, now: datetime
    ) -> SignedIn:
        """A new session. Raises Refused, which says how long to wait where one has to."""
        wait = self._limit.wait_seconds(_network(visitor.address))
        if wait:
            raise Waits(_("Too many tries from your address."), math.ceil(wait))
        account, browser, anew = await self._right(engine, name, password, visitor, now)
        async with transaction(engine) as connection:
            if not await _unchanged(connection, account):
                raise _wrong()
            await _forgive(connection, account, browser)
            if anew is not None:
                await change_user(connection, account.id, {"password_hash": anew})
            return await begin(connection, account.id, account.name, visitor, now, "password")

    async def confirm(
        self, engine: AsyncEngine, name: str, password: str, visitor: Visitor, now: datetime
    ) -> None:
        """Somebody who is signed in shows that he knows his password. Raises Refused."""
        account, browser, _anew = await self._right(engine, name, password, visitor, now)
        async with transaction(engine) as connection:
            await _forgive(connection, account, browser)

    async def _right(
        self, engine: AsyncEngine, name: str, password: str, visitor: Visitor, now: datetime
    ) -> tuple[Account, Browser | None, str | None]:
        """Whose password it is, and its hash where it has to be made anew. Raises Refused."""
        account, browser = await self._charge(engine, name, visitor, now)
        stored = account.password_hash if account and account.disabled_at is None else None
        right = await self._verified(password, stored)
        if right and account and stored:
            outdated = self.passwords.outdated(stored)
            return account, browser, await self.passwords.hashed(password) if outdated else None
        async with transaction(engine) as connection:
            await self._note_failure(connection, account, visitor, now)
        raise _wrong()

    async def _verified(self, password: str, stored: str | None) -> bool:
        try:
            return len(password) <= LONGEST and await self.passwords.right(password, stored)
        except Busy:
            raise busy() from None

    async def _charge(
        self, engine: AsyncEngine, name: str, visitor: Visitor, now: datetime
    ) -> tuple[Account | None, Browser | None]:
        """Count the try as wrong until it is known to be right. Raises Refused if it must wait."""
        browser = None
        async with transaction(engine) as connection:
            account = await account_named(connection, name)
            if account is None:
                wait = self._unknown.charge(hash_of(as_stored(name)).encode(), now)
            else:
                browser = await known_browser(connection, account.id, visitor.known_browser)
                whose = browser or account
                attempts = Attempts(whose.failures, whose.locked_until)
                wait = attempts.wait(now)
                if not wait:
                    attempts = attempts.charged(now)
                    await count_failures(
                        connection, whose, attempts.failures, attempts.locked_until
                    )
        if wait:
            raise Waits(_("Too many wrong passwords."), math.ceil(wait.total_seconds()))
        return account, browser

    async def _note_failure(
        self, connection: AsyncConnection, account: Account | None, visitor: Visitor, now: datetime
    ) -> None:
        if account is not None:
            reason = "disabled" if account.disabled_at else "wrong password"
            await note_deed(
                connection,
                account.name,
                "sign_in.failed",
                account.name,
                now,
                address=visitor.address,
                details={"reason": reason},
            )
        elif not self._noted.wait_seconds(""):
            # What was typed may be a password in the wrong field: it is not written down.
            details = {"reason": "no such name"}
            await note_deed(
                connection, "", "sign_in.failed", "", now, address=visitor.address, details=details
            )


async def begin(
    connection: AsyncConnection,
    user_id: uuid.UUID,
    name: str,
    visitor: Visitor,
    now: datetime,
    how: str,
) -> SignedIn:
    """A session of somebody who has shown who he is; `how` is for the audit log."""
    browser = await known_browser(connection, user_id, visitor.known_browser)
    known = None
    if browser is not None:
        await browser_seen(connection, browser.id, now)
    else:
        known = await remember_browser(connection, user_id, now)
    session = await begin_session(connection, user_id, now, visitor.address, visitor.browser)
    await note_deed(
        connection, name, "sign_in", name, now, address=visitor.address, details={"by": how}
    )
    return SignedIn(session, known)


async def _forgive(connection: AsyncConnection, account: Account, browser: Browser | None) -> None:
    await count_failures(connection, browser or account, 0, None)


async def _unchanged(connection: AsyncConnection, account: Account) -> bool:
    """Whether the password is still that one, now that it has been looked at."""
    latest = await account_named(connection, account.name)
    return (
        latest is not None
        and latest.password_hash == account.password_hash
        and latest.disabled_at is None
    )


def busy() -> Refused:
    return Refused(
        _("Many people are signing in at this moment: try again in a few seconds."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def _wrong() -> Refused:
    return Refused(_("The name or the password is wrong."), HTTPStatus.UNAUTHORIZED)


class Waits(Refused):
    """Not before `seconds` have passed."""

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text, HTTPStatus.TOO_MANY_REQUESTS)
        self.seconds = seconds


def _network(address: str) -> str:
    """Who has one address of IPv6 has 2^64 of them."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
