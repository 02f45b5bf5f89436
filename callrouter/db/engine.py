"""The way to PostgreSQL: addresses as people write them, connections, and errors in plain words.

Law: a password never leaves this module in an error or a log line.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

import asyncpg
import msgspec
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 15.0
TRANSACTION_SECONDS = 60.0

_REMEDY = "Start it, or correct CALLROUTER_DATABASE_URL (or --database)."
_SCHEMA_REMEDY = "Run `callrouter migrate`."

# Errors that one record causes by what it holds. Everything else concerns all records alike.
_DATA_CLASSES = {"21", "22", "23", "54"}
_MISSING_TABLE_OR_COLUMN = {"42P01", "42703"}
_WRONG_PASSWORD_OR_USER = {"28P01", "28000"}


FAILURES = (
    *(SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError),
    asyncpg.InternalClientError,  # of a connection that is just being ended by PostgreSQL
    OSError,  # TimeoutError is one
)
"""What goes wrong with PostgreSQL, whoever says so; `in_plain_words` sorts it."""


class DatabaseUnavailable(Exception):
    """PostgreSQL cannot be used now; the text says what to do."""


class DatabaseAddressInvalid(DatabaseUnavailable):
    """The database's address cannot be understood."""


class SchemaOutdated(DatabaseUnavailable):
    """The tables are not those of this version of callrouter."""


class DataRefused(Exception):
    """PostgreSQL refuses these values, and would again."""


def asyncpg_url(database_url: str) -> URL:
    """`postgresql://…` as every PostgreSQL program takes it, for the driver used here.

    Understands `postgres://`, Unix sockets (`?host=/directory` or a percent-encoded host) and
    the parameters host, port, user, password, dbname, sslmode, connect_timeout and
    application_name. Raises DatabaseAddressInvalid.
    """
    # What was written may hold the password: neither it nor the parser's words are repeated.
    not_understood = DatabaseAddressInvalid(
        "The database's address is not understood; it should read"
        " postgresql://user:password@host:port/database"
        " (with @, :, / and % in the password written as %40, %3A, %2F, %25)."
    )
    try:
        url = make_url(database_url)
        port = url.query.get("port")
        url = url.set(port=int(port)) if isinstance(port, str) else url
    except (ArgumentError, ValueError):
        raise not_understood from None
    if "@" in (url.host or ""):  # the rest of a password with an @ in it
        raise not_understood
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise DatabaseAddressInvalid(
            f"The database must be PostgreSQL, not {url.get_backend_name()}."
        )
    url = url.set(drivername="postgresql+asyncpg")
    if url.host and url.host.startswith("%2"):
        url = url.set(host=unquote(url.host))
    return _with_parameters(url)


def _with_parameters(url: URL) -> URL:
    """Move libpq's parameters to where the driver looks for them."""
    arguments = {}
    for name, value in url.query.items():
        if not isinstance(value, str):
            raise DatabaseAddressInvalid(f"The database's address gives {name} more than once.")
        match name:
            case "host":
                url = url.set(host=value)
            case "user":
                url = url.set(username=value)
            case "password":
                url = url.set(password=value)
            case "dbname":
                url = url.set(database=value)
            case "sslmode":
                arguments["ssl"] = value
            case "port" | "application_name" | "connect_timeout":
                pass  # read elsewhere
            case _:
                raise DatabaseAddressInvalid(
                    f"The database's address has a parameter that is not understood: {name}."
                )
    application = url.query.get("application_name")
    if isinstance(application, str):
        arguments["application_name"] = application
    if "connect_timeout" in url.query:
        arguments["connect_timeout"] = str(url.query["connect_timeout"])
    return url.set(query=arguments)


def described(url: URL) -> str:
    """Where the database is, for people, without the password."""
    host = url.host or "localhost"
    place = host if host.startswith("/") else f"{host}:{url.port or 5432}"
    return f"{place}, database {url.database or url.username or 'postgres'}"


def make_engine(database_url: str, *, pool_size: int = 4) -> AsyncEngine:
    """An engine; connects when it is first used. Raises DatabaseAddressInvalid."""
    url, connect_seconds, application = connecting(database_url)
    return _engine(url, connect_seconds, application, pool_size, COMMAND_SECONDS)


def patient_engine(engine: AsyncEngine) -> AsyncEngine:
    """The same database, for statements that may take as long as they like: migrations, exports.

    It has one connection; whoever asked for it disposes of it.
    """
    return _another(engine, 1, None)


def unpooled_engine(engine: AsyncEngine) -> AsyncEngine:
    """The same database; its connections are closed when they are given back."""
    return _another(engine, None, COMMAND_SECONDS)


def _another(
    engine: AsyncEngine, pool_size: int | None, command_seconds: float | None
) -> AsyncEngine:
    """To where `engine` goes, as fast and under the same name."""
    way = engine.get_execution_options()
    return _engine(
        engine.url, way["connect_seconds"], way["application"], pool_size, command_seconds
    )


def _engine(
    url: URL,
    connect_seconds: float,
    application: str,
    pool_size: int | None,
    command_seconds: float | None,
) -> AsyncEngine:
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pool_size is not None:
        pool = {"pool_size": pool_size, "max_overflow": 0, "pool_recycle": 1800}
        pool["pool_timeout"] = CONNECT_SECONDS
    return create_async_engine(
        url,
        **pool,
        # An error would otherwise print the parameters: callers' names and numbers.
        hide_parameters=True,
        execution_options={"connect_seconds": connect_seconds, "application": application},
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
        connect_args={
            "timeout": connect_seconds,
            "command_timeout": command_seconds,
            # Compiling our short statements would cost more than running them.
            "server_settings": {"application_name": application, "jit": "off"},
        },
    )


def connecting(database_url: str) -> tuple[URL, float, str]:
    """The address for the driver, the seconds a connection may take, and under which name.

    Raises DatabaseAddressInvalid.
    """
    url = asyncpg_url(database_url)
    query = dict(url.query)
    timeout = query.pop("connect_timeout", CONNECT_SECONDS)
    application = query.pop("application_name", "callrouter")
    try:
        connect_seconds = float(str(timeout))
    except ValueError:
        raise DatabaseAddressInvalid(
            "connect_timeout in the database's address is not a number of seconds."
        ) from None
    return url.set(query=query), connect_seconds, str(application)


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, *, seconds: float | None = TRANSACTION_SECONDS
) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end, rolled back by any error or after `seconds`.

    Raises DatabaseUnavailable or DataRefused, whatever the driver called it.
    """
    try:
        async with asyncio.timeout(seconds), engine.begin() as connection:
            yield connection
    except FAILURES as error:
        raise in_plain_words(error, engine.url) from error


@asynccontextmanager
async def snapshot(
    engine: AsyncEngine, *, seconds: float | None = TRANSACTION_SECONDS
) -> AsyncIterator[AsyncConnection]:
    """A transaction for reading: all its answers are of one moment. Raises as `transaction`."""
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with transaction(reading, seconds=seconds) as connection:
        yield connection


def in_plain_words(error: Exception, url: URL) -> DatabaseUnavailable | DataRefused:
    """What SQLAlchemy's or the driver's error means for us, without a password."""
    driver: BaseException = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        driver = error.orig.__cause__ or error.orig
    sqlstate = getattr(driver, "sqlstate", None) or ""
    words = " ".join(str(getattr(driver, "message", None) or driver).split())
    place = described(url)
    if isinstance(driver, asyncpg.InterfaceError) and isinstance(driver, ValueError):
        return DataRefused(words)  # the driver itself could not express the value
    if sqlstate[:2] in _DATA_CLASSES:
        return DataRefused(f"{words} (SQLSTATE {sqlstate})")
    if sqlstate in _MISSING_TABLE_OR_COLUMN:
        return SchemaOutdated(f"PostgreSQL at {place} lacks our tables: {words}. {_SCHEMA_REMEDY}")
    if sqlstate in _WRONG_PASSWORD_OR_USER:
        return DatabaseUnavailable(f"PostgreSQL at {place} refuses us: {words}. {_REMEDY}")
    if sqlstate == "3D000":
        return DatabaseUnavailable(
            f"PostgreSQL at {place}: {words}. Create it (createdb), then run `callrouter migrate`."
        )
    if isinstance(driver, TimeoutError):
        words = "no answer in time"
    elif isinstance(driver, ConnectionRefusedError):
        words = "connection refused"
    elif isinstance(driver, FileNotFoundError):
        words = "no such socket"
    remedy = f" {_REMEDY}" if isinstance(driver, OSError) else ""
    words = words or type(driver).__name__
    return DatabaseUnavailable(f"PostgreSQL at {place} cannot be used: {words}.{remedy}")
