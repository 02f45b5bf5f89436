"""The first user: made by whoever has the link that the console prints where it is started.

Law: there is no default password, and of two who set up at once one does.
"""

import logging
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.console.people.accounts import By, Profile, add
from callrouter.console.people.said import Refused, _, link_is_over
from callrouter.db.accounts import no_users, only_one_makes_the_first_user
from callrouter.db.engine import DatabaseUnavailable, transaction
from callrouter.db.sign_in_secrets import end_links, link_with, make_link
from callrouter.db.users import Role, User

log = logging.getLogger(__name__)

LINK_LASTS = timedelta(days=7)
_TOLD_AGAIN_AFTER = timedelta(minutes=10)


async def set_up_code(connection: AsyncConnection, now: datetime) -> str | None:
    """A new code for `/set-up?code=…`; None where there are users, so that it is over.

    Codes that were made before stay good.
    """
    return (
        await make_link(connection, None, now, LINK_LASTS) if await no_users(connection) else None
    )


async def good_code(connection: AsyncConnection, code: str, now: datetime) -> bool:
    """Whether the first user may be made with this code."""
    link = await link_with(connection, code, now)
    return link is not None and link.user_id is None and await no_users(connection)


async def first_user(
    connection: AsyncConnection, by: By, code: str, full_name: str, password_hash: str
) -> User:
    """The first System Manager, named `by.who`; then all codes have ended. Raises Refused."""
    await only_one_makes_the_first_user(connection)
    if not await no_users(connection):
        raise Refused(_("Somebody has set up this console: sign in."), HTTPStatus.GONE)
    link = await link_with(connection, code, by.now)
    if link is None or link.user_id is not None:
        raise link_is_over()
    await end_links(connection, None)
    profile = Profile(full_name, Role.SYSTEM_MANAGER, None)
    return await add(connection, by, by.who, profile, None, password_hash)


def set_up_link(address: str, code: str) -> str:
    """What to open in a browser; `address` is the console's, without a slash at its end."""
    return f"{address}/set-up?code={code}"


class SetUpOffer:
    """Prints the link where the console was started: at its start, and when somebody asks for it.

    Not more than once in `_TOLD_AGAIN_AFTER`, so that nobody fills a log by asking.
    """

    def __init__(self, engine: AsyncEngine, address: str) -> None:
        self._engine = engine
        self._address = address or "http://127.0.0.1:8090"
        self._told_at: datetime | None = None

    async def __call__(self) -> None:
        now = datetime.now(UTC)
        if self._told_at is not None and now - self._told_at < _TOLD_AGAIN_AFTER:
            return
        self._told_at = now
        try:
            async with transaction(self._engine) as connection:
                code = await set_up_code(connection, now)
        except DatabaseUnavailable:  # told where the database is needed
            self._told_at = None
            return
        if code is not None:
            link = set_up_link(self._address, code)
            log.warning("Nobody can sign in yet. To set up the console, open %s", link)
