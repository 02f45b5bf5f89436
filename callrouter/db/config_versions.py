"""The versions of the configuration: written once each, whoever notices a change first.

Law: a version is a usable configuration that was live, or was put into the tables by a command.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.configuration_tables import config_edits, config_versions

FILE_AUTHOR = "file"
MOST_LOOKED_AT = 200
_LOCK = 7_255_081_704
_LISTED = ("number", "version", "author", "note", "at", "kind")


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """A version as `history` lists it; `version` is the `settings_version` of its calls."""

    number: int
    version: str
    author: str
    note: str | None
    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class ConfigContent:
    """What a version says: plain values in JSON, and the file it came from as it was written."""

    number: int
    document: str
    source: str | None


@dataclass(frozen=True, slots=True)
class NewestVersion:
    """The newest version, and the newest edit of the tables that is in it."""

    listed: ConfigVersion
    edit: int | None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A usable configuration that may be a new version; `at` is when it was noticed.

    `edit` is the newest edit that is in it, None where it is a file's.
    """

    version: str
    document: str
    at: datetime
    edit: int | None = None
    source: str | None = None


async def note_version(connection: AsyncConnection, new: NewVersion) -> int | None:
    """Write down what a router follows; its number, None where it is no news.

    No news are what the newest version says already, in whatever order of names, and rows that were
    edited again since they were read: who notices that edit writes its version.
    """
    await _one_at_a_time(connection)
    newest = await _newest(connection)
    if newest is not None and _same(newest, new):
        await _mark(connection, new)
        return None
    if new.edit is None:
        return await _add(connection, new, FILE_AUTHOR, None, "file")
    if await connection.scalar(select(func.max(config_edits.c.id))) not in (new.edit, None):
        return None
    edits = await _edits_up_to(connection, new.edit)
    if not edits:
        return await _add(connection, new, FILE_AUTHOR, "a file it names was changed", "file")
    authors = ", ".join(dict.fromkeys(edit.author for edit in edits))
    notes = "; ".join(dict.fromkeys(edit.note for edit in edits if edit.note))
    return await _add(connection, new, authors, notes or None, "edit")


async def add_version(
    connection: AsyncConnection, new: NewVersion, author: str, note: str | None, kind: str
) -> int | None:
    """The version that a command puts into the tables: in the transaction that does so.

    None where the newest version says the same, in the same words.
    """
    await _one_at_a_time(connection)
    newest = await _newest(connection)
    if newest is not None and (newest.version, newest.document, newest.source) == (
        *(new.version, new.document, new.source),
    ):
        await _mark(connection, new)
        return None
    return await _add(connection, new, author, note, kind)


async def config_history(
    connection: AsyncConnection, limit: int | None = None, before: int | None = None
) -> list[ConfigVersion]:
    """The versions, the newest first; those with a number below `before`, if it is given."""
    columns = [config_versions.c[name] for name in _LISTED]
    asked = select(*columns).order_by(config_versions.c.number.desc()).limit(limit)
    if before is not None:
        asked = asked.where(config_versions.c.number < before)
    return [ConfigVersion(*row) for row in await connection.execute(asked)]


async def newest_version(connection: AsyncConnection) -> NewestVersion | None:
    """Without what it says; None where there is none."""
    columns = [config_versions.c[name] for name in (*_LISTED, "edit")]
    newest = config_versions.c.number.desc()
    row = (await connection.execute(select(*columns).order_by(newest).limit(1))).one_or_none()
    return None if row is None else NewestVersion(ConfigVersion(*row[:-1]), row[-1])


async def listed_version(connection: AsyncConnection, number: int) -> ConfigVersion | None:
    """This version as `history` lists it; None where there is none."""
    columns = [config_versions.c[name] for name in _LISTED]
    found = await connection.execute(select(*columns).where(config_versions.c.number == number))
    row = found.one_or_none()
    return None if row is None else ConfigVersion(*row)


async def document_with_digest(connection: AsyncConnection, beginning: str) -> str | None:
    """The document of a version whose SHA-256 (hex) begins so; None where none of the newest does.

    So many are looked at as nobody saves while somebody else has one page open.
    """
    document: str | None = await connection.scalar(
        text(
            "SELECT written FROM (SELECT document::text AS written FROM config_versions"
            " ORDER BY number DESC LIMIT :most) AS newest"
            " WHERE left(encode(sha256(convert_to(written, 'UTF8')), 'hex'), :length) = :beginning"
            " LIMIT 1"
        ),
        {"length": len(beginning), "beginning": beginning, "most": MOST_LOOKED_AT},
    )
    return document


async def config_content(
    connection: AsyncConnection, number: int | None = None
) -> ConfigContent | None:
    """What version `number` says, or the newest; None where there is none."""
    chosen = text("number = :number") if number is not None else text("true")
    found = await connection.execute(
        text(
            "SELECT number, document::text, source FROM config_versions"  # noqa: S608
            f" WHERE {chosen} ORDER BY number DESC LIMIT 1"
        ),
        {} if number is None else {"number": number},
    )
    row = found.one_or_none()
    return None if row is None else ConfigContent(*row)


async def text_of(connection: AsyncConnection, document: str) -> str | None:
    """The newest file that was put into the tables and says just this; None where there is none."""
    text_: str | None = await connection.scalar(
        text(
            "SELECT source FROM config_versions WHERE document::text = :document"
            " AND source IS NOT NULL AND kind <> 'file' ORDER BY number DESC LIMIT 1"
        ),
        {"document": document},
    )
    return text_


def _same(one: NewVersion, other: NewVersion) -> bool:
    if one.version != other.version:
        return False
    return one.document == other.document or json.loads(one.document) == json.loads(other.document)


async def _one_at_a_time(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def _newest(connection: AsyncConnection) -> NewVersion | None:
    found = await connection.execute(
        text(
            "SELECT version, document::text, at, edit, source FROM config_versions"
            " ORDER BY number DESC LIMIT 1"
        )
    )
    row = found.one_or_none()
    return None if row is None else NewVersion(*row)


async def _mark(connection: AsyncConnection, new: NewVersion) -> None:
    """Edits that changed nothing belong to the newest version, not to the next."""
    newest = select(func.max(config_versions.c.number)).scalar_subquery()
    await connection.execute(
        update(config_versions)
        .where(config_versions.c.number == newest)
        .values(edit=func.greatest(config_versions.c.edit, new.edit))
    )


async def _edits_up_to(connection: AsyncConnection, edit: int) -> Sequence[Any]:
    """Author and note of the edits that no version has yet."""
    known = await connection.scalar(select(func.max(config_versions.c.edit)))
    found = await connection.execute(
        select(config_edits.c.author, config_edits.c.note)
        .where(config_edits.c.id > (known or 0), config_edits.c.id <= edit)
        .order_by(config_edits.c.id)
    )
    return found.all()


async def _add(
    connection: AsyncConnection, new: NewVersion, author: str, note: str | None, kind: str
) -> int:
    last = await connection.scalar(select(func.max(config_versions.c.number)))
    number = (last or 0) + 1
    await connection.execute(
        insert(config_versions).values(
            number=number,
            version=new.version,
            document=text("CAST(:written AS json)").bindparams(written=new.document),
            source=new.source,
            author=author,
            note=note,
            at=new.at,
            kind=kind,
            edit=new.edit,
        )
    )
    return number
