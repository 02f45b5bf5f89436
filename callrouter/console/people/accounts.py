"""Making and changing people's accounts: what the pages, the API and `callrouter user` do.

Law: every change is in the audit log in the same transaction; whoever loses a right, or gets
another password, is signed out everywhere; somebody can always manage the rest.
"""

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.console.people.said import Refused, _, link_is_over, no_such_user
from callrouter.db.accounts import change_user, system_managers, user_with_id
from callrouter.db.audit import note_deed
from callrouter.db.sign_in_secrets import end_links, forget_browsers, link_with, make_link
from callrouter.db.user_sessions import end_sessions
from callrouter.db.users import Role, User, as_stored, create_user

LINK_LASTS = timedelta(hours=48)
"""For a link with which somebody chooses his password."""

LONGEST_FULL_NAME = 100
_NAME = re.compile(r"[^\W_][\w.@+-]{0,63}")


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: his name for the audit log, from where, and when.

    A program may not touch System Managers: a token would be worth more than it says.
    """

    who: str
    address: str
    now: datetime
    program: bool = False
    session: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What others decide about a person. `agent` is the agent of the configuration he is."""

    full_name: str
    role: Role
    agent: str | None


async def add(
    connection: AsyncConnection,
    by: By,
    name: str,
    profile: Profile,
    agents: Collection[str] | None,
    password_hash: str | None = None,
) -> User:
    """A new account; without a password its owner chooses one by a link. Raises Refused.

    `agents` are those of the configuration, None where they are not known.
    """
    stored = as_stored(name)
    if not _NAME.fullmatch(stored):
        raise Refused(
            _("Write a name of up to 64 letters, digits and the signs . _ - + @, without spaces.")
        )
    profile = _checked(by, profile, agents)
    taken = Refused(_("There is a user %(name)s already."), HTTPStatus.CONFLICT, name=stored)
    try:
        async with connection.begin_nested():
            id_ = await create_user(
                connection,
                stored,
                profile.role,
                by.now,
                full_name=profile.full_name,
                agent=profile.agent,
                password_hash=password_hash,
            )
    except IntegrityError:
        raise taken from None
    await _note(connection, by, "user.create", stored, _told(profile))
    return await _known(connection, id_)


async def change(
    connection: AsyncConnection,
    by: By,
    user_id: uuid.UUID,
    profile: Profile,
    agents: Collection[str] | None,
) -> User:
    """Another name, role or agent; with another role he is signed out. Raises Refused."""
    managers = await system_managers(connection)
    before = await _of_whom(connection, by, user_id)
    if (before.role, before.agent) != (profile.role, profile.agent):
        profile = _checked(by, profile, agents)
    else:
        profile = Profile(good_full_name(profile.full_name), profile.role, profile.agent)
    if profile.role is not Role.SYSTEM_MANAGER:
        _somebody_stays(managers, user_id)
    was = _told(Profile(before.full_name, before.role, before.agent))
    changes = {key: value for key, value in _told(profile).items() if was[key] != value}
    if not changes:
        return before
    await change_user(connection, user_id, changes)
    if {"role", "agent"} & changes.keys():
        await end_sessions(connection, user_id)
    told = {key: {"from": was[key], "to": value} for key, value in changes.items()}
    await _note(connection, by, "user.change", before.name, told)
    return await _known(connection, user_id)


async def disable(connection: AsyncConnection, by: By, user_id: uuid.UUID) -> User:
    """He cannot sign in, and is signed out; what he did stays in the logs. Raises Refused."""
    managers = await system_managers(connection)
    user = await _of_whom(connection, by, user_id)
    _somebody_stays(managers, user_id)
    if user.disabled_at is None:
        await change_user(connection, user_id, {"disabled_at": by.now})
        await _shut_out(connection, user_id)
        await _note(connection, by, "user.disable", user.name)
    return await _known(connection, user_id)


async def enable(connection: AsyncConnection, by: By, user_id: uuid.UUID) -> User:
    """He can sign in again, as before. Raises Refused."""
    user = await _of_whom(connection, by, user_id)
    if user.disabled_at is not None:
        values = {"disabled_at": None, "failures": 0, "locked_until": None}
        await change_user(connection, user_id, values)
        await _note(connection, by, "user.enable", user.name)
    return await _known(connection, user_id)


async def password_link(connection: AsyncConnection, by: By, user_id: uuid.UUID) -> str:
    """A secret with which he chooses a password, once, within LINK_LASTS. Raises Refused.

    His old password stays good until then.
    """
    user = await _of_whom(connection, by, user_id)
    if user.disabled_at is not None:
        raise Refused(_("%(name)s is disabled: enable the account first."), name=user.name)
    await _note(connection, by, "user.password_link", user.name)
    return await make_link(connection, user_id, by.now, LINK_LASTS)


async def user_of_link(connection: AsyncConnection, secret: str, now: datetime) -> User:
    """Whose link this is. Raises Refused where it is not good any more."""
    link = await link_with(connection, secret, now)
    if link is None or link.user_id is None:
        raise link_is_over()
    user = await user_with_id(connection, link.user_id)
    if user is None or user.disabled_at is not None:
        raise link_is_over()
    return user


async def set_password(
    connection: AsyncConnection, by: By, user_id: uuid.UUID, password_hash: str
) -> None:
    """Another password: signed out everywhere but in the session of `by`, links ended."""
    user = await _known(connection, user_id)
    values = {"password_hash": password_hash, "failures": 0, "locked_until": None}
    await change_user(connection, user_id, values)
    await _shut_out(connection, user_id, but=by.session)
    await _note(connection, by, "user.password", user.name)


async def sign_out_everywhere(
    connection: AsyncConnection, by: By, user_id: uuid.UUID, *, but: uuid.UUID | None = None
) -> int:
    """End somebody's sessions; says how many. Raises Refused."""
    user = await _of_whom(connection, by, user_id)
    ended = await end_sessions(connection, user_id, but=but)
    await _note(connection, by, "user.sign_out", user.name, {"sessions": ended})
    return ended


def may_touch(by: By, user: User) -> None:
    """Raises Refused where a program would change a System Manager's account."""
    if by.program and user.role is Role.SYSTEM_MANAGER:
        raise Refused(_("A token cannot change a System Manager."), HTTPStatus.FORBIDDEN)


async def _of_whom(connection: AsyncConnection, by: By, user_id: uuid.UUID) -> User:
    user = await _known(connection, user_id)
    may_touch(by, user)
    return user


async def _known(connection: AsyncConnection, user_id: uuid.UUID) -> User:
    user = await user_with_id(connection, user_id, locked=True)
    if user is None:
        raise no_such_user()
    return user


async def _shut_out(
    connection: AsyncConnection, user_id: uuid.UUID, *, but: uuid.UUID | None = None
) -> None:
    await end_sessions(connection, user_id, but=but)
    await end_links(connection, user_id)
    await forget_browsers(connection, user_id)


def _checked(by: By, profile: Profile, agents: Collection[str] | None) -> Profile:
    if by.program and profile.role is Role.SYSTEM_MANAGER:
        raise Refused(_("A token cannot make a System Manager."), HTTPStatus.FORBIDDEN)
    agent = profile.agent or None
    if profile.role is Role.AGENT and agent is None:
        raise Refused(_("Say which agent of the configuration this person is."))
    if agent is not None and agents is not None and agent not in agents:
        raise Refused(_("The configuration has no agent %(agent)s."), agent=agent)
    return Profile(good_full_name(profile.full_name), profile.role, agent)


def good_full_name(written: str) -> str:
    """Without needless spaces. Raises Refused."""
    name = " ".join(written.split())
    if len(name) > LONGEST_FULL_NAME or not name.isprintable():
        raise Refused(_("Write a name of up to 100 characters."))
    return name


def _somebody_stays(managers: Collection[uuid.UUID], without: uuid.UUID) -> None:
    if without in managers and len(managers) == 1:
        raise Refused(
            _("This is the last System Manager: make another one first."), HTTPStatus.CONFLICT
        )


def _told(profile: Profile) -> dict[str, Any]:
    role = str(profile.role)
    return {"full_name": profile.full_name, "role": role, "agent": profile.agent}


async def _note(
    connection: AsyncConnection,
    by: By,
    action: str,
    subject: str,
    details: dict[str, Any] | None = None,
) -> None:
    await note_deed(
        connection, by.who, action, subject, by.now, address=by.address, details=details
    )
