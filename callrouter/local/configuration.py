"""What the stack routes by, as far as it must know it: a file, or the database's tables."""

from pathlib import Path

from callrouter.config.configured import StoredConfiguration
from callrouter.config.load import load_file
from callrouter.config.problems import ConfigError
from callrouter.db.configuration import stored_rows
from callrouter.db.engine import make_engine, snapshot
from callrouter.local.errors import LocalError
from callrouter.routing.model import RoutingTable

_NOTHING = RoutingTable("", {}, {}, {}, {})


def table_of_file(path: Path) -> RoutingTable:
    """Raises LocalError with all that is wrong."""
    try:
        return load_file(path).table
    except ConfigError as error:
        raise LocalError(f"The configuration cannot be used:\n{error}") from None


async def table_in_database(database_url: str, sounds_dir: Path) -> RoutingTable:
    """What the tables hold; nothing where that is unusable: the router knows what to do then."""
    engine = make_engine(database_url)
    try:
        async with snapshot(engine) as connection:
            rows = await stored_rows(connection)
        return load_file(StoredConfiguration(rows.rows, sounds_dir)).table
    except ConfigError:
        return _NOTHING
    finally:
        await engine.dispose()
