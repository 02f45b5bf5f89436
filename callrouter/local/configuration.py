"""What the stack routes by: the database's tables, filled once from a file, or a file."""

from dataclasses import dataclass
from pathlib import Path

from callrouter.config.configured import DATABASE, StoredConfiguration
from callrouter.config.load import load_file
from callrouter.config.problems import ConfigError
from callrouter.config.rows import document_of
from callrouter.configuration_source import KEPT
from callrouter.db.configuration import stored_rows
from callrouter.db.engine import make_engine, snapshot
from callrouter.local.errors import LocalError
from callrouter.local.settings import LocalSettings
from callrouter.routing.model import RoutingTable

FIRST = Path("callrouter.yaml")
"""What fills a database without a configuration, unless somebody chose what to route by."""

NOTHING = RoutingTable("", {}, {}, {}, {})


@dataclass(frozen=True, slots=True)
class Followed:
    """`config` is what the router is told: a file, or the word `database`.

    `table` is a file's, None for the database; `first` the file that fills an empty one.
    """

    config: Path | str
    table: RoutingTable | None = None
    first: Path | None = None

    @property
    def words(self) -> str:
        """What to change, so that calls go elsewhere."""
        if self.table is not None:
            return (
                f"calls are routed by the file {self.config}: what is saved there is live within "
                "2 seconds; the console shows it and does not change it"
            )
        return (
            "calls are routed by the database: the console changes it, `callrouter config` and "
            "SQL do too. No file is followed; one would be with "
            f"CALLROUTER_LOCAL_CONFIG={FIRST} make run"
        )


def followed(settings: LocalSettings) -> Followed:
    """Raises LocalError with all that is wrong with a file."""
    if isinstance(settings.config, Path):
        return Followed(settings.config.resolve(), table=_table_of_file(settings.config))
    first = FIRST.resolve() if settings.config is None and FIRST.exists() else None
    return Followed(DATABASE, first=first)


def likely_table(chosen: Followed, state_dir: Path, sounds_dir: Path) -> RoutingTable:
    """What calls will most likely be routed by, before the database can be asked.

    Asterisk starts with these phones; the router writes down others before it is ready.
    """
    if chosen.table is not None:
        return chosen.table
    try:
        kept = (state_dir / "prompts" / KEPT).read_text(encoding="utf-8")
        return load_file(StoredConfiguration(kept, sounds_dir)).table
    except (OSError, ValueError, ConfigError):
        pass
    try:
        return NOTHING if chosen.first is None else load_file(chosen.first).table
    except ConfigError:
        return NOTHING


def command_to_fill(first: Path) -> list[str]:
    """callrouter's command that puts the file there: checked, and as a version with a note."""
    note = f"{first.name} at the first start"
    return ["config", "import", str(first), "--author", "make run", "--note", note]


async def table_in_database(database_url: str, sounds_dir: Path) -> RoutingTable | None:
    """What the tables hold; None where they are empty.

    Nothing where they are unusable: the router knows what to do then.
    """
    engine = make_engine(database_url)
    try:
        async with snapshot(engine) as connection:
            rows = await stored_rows(connection)
        if not document_of(rows.rows)[0]:
            return None
        return load_file(StoredConfiguration(rows.rows, sounds_dir)).table
    except ConfigError:
        return NOTHING
    finally:
        await engine.dispose()


def _table_of_file(path: Path) -> RoutingTable:
    try:
        return load_file(path).table
    except ConfigError as error:
        raise LocalError(f"The configuration cannot be used:\n{error}") from None
