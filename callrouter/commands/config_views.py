"""`callrouter config export`, `diff`, `history` and `replay`: they change nothing."""

import argparse
import json
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.commands.config_changes import NotPossible, stored_content
from callrouter.commands.given_config import config_source_by, stored_configuration
from callrouter.commands.terminal import table, visible, write
from callrouter.config.configured import ConfigSource, DraftDocument
from callrouter.config.live import with_live_overrides
from callrouter.config.load import load_file
from callrouter.config.written import Written, differences, written, yaml_text
from callrouter.db.config_versions import config_history, text_of
from callrouter.db.engine import snapshot
from callrouter.db.overrides import past_overrides
from callrouter.db.recorded_ways import recorded_calls
from callrouter.replay import Elsewhere, replayed
from callrouter.settings import from_environment, usual_config

LIVE = "live"
_HEAD = ("CALL", "TIME", "FROM", "TO", "THEN", "NOW")
_SHORT_ID = 8


async def export(args: argparse.Namespace, engine: AsyncEngine) -> int:
    """As it was imported, comments and all, where the tables still say the same."""
    if args.version is not None:
        async with snapshot(engine) as connection:
            content = await stored_content(connection, args.version)
        text, document = content.source, content.document
    else:
        document = load_file(await stored_configuration(engine)).document
        async with snapshot(engine) as connection:
            text = await text_of(connection, document)
    sys.stdout.buffer.write((text or yaml_text(written(json.loads(document)))).encode())
    sys.stdout.buffer.flush()
    return 0


async def diff(args: argparse.Namespace, engine: AsyncEngine) -> int:
    """Lines with the path, what it was and what it is; none where both say the same."""
    before = args.before or str(await _before_the_newest(engine))
    one, other = await _written(engine, before), await _written(engine, args.after or LIVE)
    write(visible(str(each)) for each in differences(one, other))
    return 0


async def history(args: argparse.Namespace, engine: AsyncEngine) -> int:
    async with snapshot(engine) as connection:
        versions = await config_history(connection, args.limit)
    if args.json:
        plain = [asdict(each) | {"at": each.at.isoformat()} for each in versions]
        write([json.dumps(plain, indent=2)])
        return 0
    if not versions:
        write(["No versions."])
        return 0
    rows = [
        (
            str(each.number),
            f"{each.at.astimezone():%Y-%m-%d %H:%M:%S}",
            visible(each.author),
            each.kind,
            each.version,
            visible(each.note or ""),
        )
        for each in versions
    ]
    write(table(("NUMBER", "TIME", "AUTHOR", "HOW", "VERSION", "NOTE"), rows))
    return 0


async def replay(args: argparse.Namespace, engine: AsyncEngine) -> int:
    draft = load_file(await _source(engine, args.draft)).table
    until = args.until or datetime.now(UTC)
    calls, elsewhere = 0, []
    async with snapshot(engine) as connection:
        past = await past_overrides(connection, args.since)
        draft = replace(with_live_overrides(draft, past), version=draft.version)
        async for _, found in replayed(draft, recorded_calls(connection, args.since, until)):
            calls += 1
            elsewhere += [found] if found else []
    if args.json:
        plain = {
            "version": draft.version,
            "calls": calls,
            "elsewhere": [_plain(each) for each in elsewhere],
        }
        write([json.dumps(plain, indent=2)])
        return 0
    write([f"{len(elsewhere)} of {calls} calls would have gone elsewhere."])
    if elsewhere:
        write(["", *table(_HEAD, list(map(_row, elsewhere)))])
    return 0


def _row(each: Elsewhere) -> tuple[str, ...]:
    call = each.call
    return (
        call.id.hex[:_SHORT_ID],
        f"{call.arrived_at.astimezone():%Y-%m-%d %H:%M:%S}",
        visible(call.caller_number),
        visible(call.number),
        visible(str(call.then)),
        visible(str(each.now)),
    )


def _plain(each: Elsewhere) -> dict[str, Any]:
    call = each.call
    return {
        "id": str(call.id),
        "arrived_at": call.arrived_at.isoformat(),
        "caller_number": call.caller_number,
        "number": call.number,
        "settings_version": call.version,
        "then": asdict(call.then),
        "now": asdict(each.now),
    }


async def _before_the_newest(engine: AsyncEngine) -> int:
    async with snapshot(engine) as connection:
        versions = await config_history(connection, 2)
    if len(versions) < 2:
        raise NotPossible("there is no earlier version to compare with: name one, or a file")
    return versions[1].number


async def _written(engine: AsyncEngine, named: str) -> Written:
    return written(json.loads(load_file(await _source(engine, named)).document))


async def _source(engine: AsyncEngine, named: str) -> ConfigSource:
    """What is meant by a version's number, `live`, `database` or a file's path."""
    if not (named.isascii() and named.isdigit()):
        return await config_source_by(engine, usual_config() if named == LIVE else Path(named))
    async with snapshot(engine) as connection:
        content = await stored_content(connection, int(named))
    return DraftDocument(f"version {named}", content.document, from_environment().sounds_dir)
