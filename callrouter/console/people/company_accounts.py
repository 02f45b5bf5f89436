"""Which user a company account is, and with which role: invited before, or made at first sight."""

from collections.abc import Collection
from dataclasses import replace
from http import HTTPStatus

from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.console.console_settings import ConsoleSettings
from callrouter.console.people.accounts import By, Profile, add, change
from callrouter.console.people.oidc import CompanyAccount
from callrouter.console.people.said import Refused, _
from callrouter.db.accounts import change_user, sign_in_ways, system_managers, user_by_subject
from callrouter.db.audit import note_deed
from callrouter.db.users import Role, User, as_stored, user_named

_LONGEST_FULL_NAME = 100


async def user_of(
    connection: AsyncConnection,
    account: CompanyAccount,
    settings: ConsoleSettings,
    agents: Collection[str] | None,
    by: By,
) -> User:
    """The user this account is, his role as the company says. Raises Refused.

    An account that was never here becomes the user of its name who has no password and no other
    company account: whom a System Manager invited. A user with a password is never taken over.
    """
    by = replace(by, who=f"OpenID Connect: {as_stored(account.name)}")
    role = role_of(account.roles, settings)
    user = await user_by_subject(connection, account.issuer, account.subject)
    if user is None:
        user = await _invited(connection, account, by)
    if user is None:
        user = await _made(connection, account, role, settings, agents, by)
    if user.disabled_at is not None:
        raise Refused(
            _("Your account here is disabled: ask a System Manager."), HTTPStatus.FORBIDDEN
        )
    if settings.oidc_roles:
        if role is None:
            raise _no_role()
        user = await _with_role(connection, user, role, agents, by)
    return user


def role_of(values: Collection[str], settings: ConsoleSettings) -> Role | None:
    """Of the roles that the values stand for the one that may most; None where they are none."""
    found = {settings.oidc_roles[value] for value in values if value in settings.oidc_roles}
    return next((role for role in Role if role in found), None)


async def _invited(connection: AsyncConnection, account: CompanyAccount, by: By) -> User | None:
    user = await user_named(connection, account.name)
    if user is None:
        return None
    password_hash, subject = await sign_in_ways(connection, user.id)
    if password_hash is not None or subject is not None:
        raise Refused(
            _("There is a user %(name)s already, who signs in otherwise: ask a System Manager."),
            HTTPStatus.FORBIDDEN,
            name=user.name,
        )
    await _link(connection, user, account, by)
    return user


async def _made(
    connection: AsyncConnection,
    account: CompanyAccount,
    role: Role | None,
    settings: ConsoleSettings,
    agents: Collection[str] | None,
    by: By,
) -> User:
    name = as_stored(account.name)
    if not settings.oidc_create_users:
        raise Refused(
            _("You have no account here: ask a System Manager to add %(name)s."),
            HTTPStatus.FORBIDDEN,
            name=name,
        )
    if role is None:
        raise _no_role()
    shown = "".join(c for c in account.full_name if c.isprintable())[:_LONGEST_FULL_NAME]
    user = await add(connection, by, name, Profile(shown, role, _agent(name, agents)), agents)
    await _link(connection, user, account, by)
    return user


async def _with_role(
    connection: AsyncConnection,
    user: User,
    role: Role,
    agents: Collection[str] | None,
    by: By,
) -> User:
    if user.role is role:
        return user
    managers = await system_managers(connection)
    if managers == {user.id}:
        return user  # the last System Manager stays one, whatever the company says
    agent = user.agent or _agent(user.name, agents)
    return await change(connection, by, user.id, Profile(user.full_name, role, agent), agents)


async def _link(connection: AsyncConnection, user: User, account: CompanyAccount, by: By) -> None:
    values = {"issuer": account.issuer, "subject": account.subject}
    await change_user(connection, user.id, values)
    await note_deed(
        connection, by.who, "user.change", user.name, by.now, address=by.address, details=values
    )


def _agent(name: str, agents: Collection[str] | None) -> str | None:
    """The agent of the same name."""
    return name if agents and name in agents else None


def _no_role() -> Refused:
    return Refused(
        _("Your company account has no role here: ask a System Manager."), HTTPStatus.FORBIDDEN
    )
