"""A whole configuration put into the database's tables, for commands and the console alike.

Law: in one transaction, which holds the lock of all edits from before the comparison with what is
stored to the commit. Nobody's edit is overwritten unseen: whoever names the state he began from
is refused where it is another one now.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.config_versions import ConfigContent, NewVersion, add_version, config_content
from callrouter.db.configuration import StoredRows, lock_edits, replace_rows, stored_rows


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the rows of the tables say: as a router would read them; `document` is plain JSON."""

    version: str
    document: str
    mark: str


Reader = Callable[[StoredRows], Awaitable[ReadBack]]


class Outdated(Exception):
    """The tables hold something else than was expected: what they hold now, is here."""

    def __init__(self, held: ReadBack) -> None:
        super().__init__(held.mark)
        self.held = held


@dataclass(frozen=True, slots=True)
class ToStore:
    """Rows in JSON, by whom and why; `kind` is a version's. `source` is the file they come from.

    `expected` is the mark of what they were made from, None where that does not matter.
    """

    rows: str
    author: str
    note: str | None
    kind: str
    source: str | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What is in the tables now; `number` is None where the newest version says the same."""

    number: int | None
    there: ReadBack
    edit: int
    held: StoredRows
    rows: StoredRows
    before: ConfigContent | None


async def put(connection: AsyncConnection, new: ToStore, read: Reader, now: datetime) -> Stored:
    """Replace what the tables hold and write the version, in the caller's transaction.

    `read` raises ConfigError where the rows are no usable configuration. Raises Outdated.
    """
    await lock_edits(connection)
    before = await config_content(connection)
    held = await stored_rows(connection)
    if new.expected is not None and (was := await read(held)).mark != new.expected:
        raise Outdated(was)
    stored = await replace_rows(connection, new.rows, new.author, new.note)
    there = await read(stored)
    version = NewVersion(
        version=there.version,
        document=there.document,
        at=now,
        edit=stored.edit,
        source=new.source,
    )
    number = await add_version(connection, version, new.author, new.note, new.kind)
    return Stored(number, there, stored.edit, held, stored, before)
