"""`callrouter config import` and `rollback`: a whole configuration put into the database's tables.

Law: what would not be usable is not put there; and all of it or nothing.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.commands.check import rendered
from callrouter.commands.terminal import visible, write
from callrouter.config.configured import DATABASE, DraftDocument, StoredConfiguration
from callrouter.config.load import load_file
from callrouter.config.loaded import LoadedConfig
from callrouter.config.marks import mark_of
from callrouter.config.rows import document_of, rows_json
from callrouter.config.store import ReadBack, Stored, ToStore, put
from callrouter.config.written import differences, written
from callrouter.db.config_versions import ConfigContent, config_content
from callrouter.db.configuration import StoredRows, stored_rows
from callrouter.db.engine import snapshot, transaction
from callrouter.settings import from_environment, usual_config


class NotPossible(Exception):
    """What is asked for cannot be done; the text says what can."""


async def import_file(args: argparse.Namespace, engine: AsyncEngine) -> int:
    if args.if_empty:
        async with snapshot(engine) as connection:
            held = await stored_rows(connection)
        if _document(held):
            write(["The database has a configuration: it stays as it is."])
            return 0
    loaded = _checked(args.file)
    await _put(engine, loaded, args.author, args.note, "import")
    return 0


async def roll_back(args: argparse.Namespace, engine: AsyncEngine) -> int:
    if str(usual_config()) != DATABASE:
        raise NotPossible(
            f"calls are routed by the file {usual_config()}, not by the database. Put the version"
            f" there: callrouter config export --version {args.number}"
        )
    async with snapshot(engine) as connection:
        content = await stored_content(connection, args.number)
    draft = DraftDocument(
        f"version {content.number}", content.document, from_environment().sounds_dir
    )
    loaded = _checked(draft)
    note = args.note or f"back to version {content.number}"
    await _put(engine, loaded, args.author, note, "rollback", content.source)
    return 0


async def stored_content(connection: AsyncConnection, number: int) -> ConfigContent:
    """What this version says. Raises NotPossible where there is none."""
    content = await config_content(connection, number)
    if content is None:
        raise NotPossible(f"there is no version {number}: see callrouter config history")
    return content


def _checked(config: Path | DraftDocument) -> LoadedConfig:
    """The configuration, if it is usable, its messages included. Raises ConfigError."""
    loaded = rendered(config)
    for warning in loaded.warnings:
        write([visible(str(warning))])
    return loaded


async def _put(
    engine: AsyncEngine,
    loaded: LoadedConfig,
    author: str,
    note: str | None,
    kind: str,
    source: str | None = None,
) -> None:
    new = ToStore(
        rows=rows_json(json.loads(loaded.document)),
        author=author,
        note=note,
        kind=kind,
        source=loaded.text if source is None else source,
    )
    async with transaction(engine) as connection:
        stored = await put(connection, new, _read_back, datetime.now(UTC))
    if stored.number is None and _document(stored.held) != _document(stored.rows):
        write(
            [
                f"The tables say again what the newest version says: configuration"
                f" {stored.there.version}."
            ]
        )
        return
    write(_said(stored))


def _document(rows: StoredRows) -> Any:
    return document_of(rows.rows)[0]


async def _read_back(stored: StoredRows) -> ReadBack:
    """What a router will read: its sounds are looked for in the router's folder."""
    there = load_file(StoredConfiguration(stored.rows, from_environment().sounds_dir))
    return ReadBack(there.table.version, there.document, mark_of(there.document))


def _said(stored: Stored) -> list[str]:
    version = stored.there.version
    if stored.number is None:
        return [f"Nothing has changed: configuration {version}."]
    lines = [f"Version {stored.number} (configuration {version}) is in the database."]
    if stored.before is not None:
        before = written(json.loads(stored.before.document))
        changes = differences(before, written(json.loads(stored.there.document)))
        lines += [visible(str(change)) for change in changes] or [
            "It says what the one before said."
        ]
    if str(usual_config()) != DATABASE:
        lines.append(
            f"Calls are routed by the file {usual_config()}; by the database with"
            f" CALLROUTER_CONFIG={DATABASE}."
        )
    return lines
