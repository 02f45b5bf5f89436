"""The console as one ASGI application: the API, and the pages over it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.routing import BaseRoute

from callrouter import __version__
from callrouter.concurrency import beside
from callrouter.console.access import KnownSecrets, RateLimit
from callrouter.console.api import routers as api
from callrouter.console.api import steering
from callrouter.console.body_limit import BodyLimit
from callrouter.console.console_settings import ConsoleSettings, console_environment
from callrouter.console.described import describe_errors
from callrouter.console.entrance import add_entrance
from callrouter.console.headers import SafeHeaders
from callrouter.console.live.content import targets_of
from callrouter.console.live.hub import Hub
from callrouter.console.pages import routers as pages
from callrouter.console.pages.frame import add_frame, problem_page
from callrouter.console.people.set_up import SetUpOffer
from callrouter.console.problems import add_handlers
from callrouter.console.stored import StoredConfigurations
from callrouter.console.surroundings import Configuration
from callrouter.console.workbench import Workbench, start_of
from callrouter.db.engine import make_engine
from callrouter.settings import Settings

_DESCRIPTION = """\
Everything is under `/api/v1`; every request needs a token (`Authorization: Bearer crt_…`) that was
made with `callrouter token create`. Times are ISO 8601 with an offset. Errors are
`application/problem+json` (RFC 9457) and say what to do.
"""


def create_app(
    settings: Settings,
    *,
    rate_limit: RateLimit | None = None,
    own: ConsoleSettings | None = None,
    address: str = "",
    only_own_names: bool = False,
) -> FastAPI:
    """The application; it connects to the database when it is first asked.

    `address` is where it is reached, for links that it prints; with `only_own_names` it answers
    to no host name but those of this machine and those it was told.
    """
    own = own or console_environment()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database_url = settings.database_url.get_secret_value()
        engine: AsyncEngine = make_engine(database_url)
        app.state.engine = engine
        app.state.hub = Hub(engine, database_url, app.state.configuration, targets_of(settings))
        app.state.offer_set_up = SetUpOffer(engine, own.console_url or address)
        await app.state.offer_set_up()
        try:
            async with beside(app.state.hub.run(), name="the live board"):
                yield
        finally:
            app.state.sign_in.passwords.close()
            await app.state.workbench.close()
            await engine.dispose()

    app = FastAPI(
        title="callrouter",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.rate_limit = rate_limit or RateLimit()
    app.state.known_secrets = KnownSecrets()
    app.state.database_url = settings.database_url.get_secret_value()
    app.state.asking = asyncio.Semaphore(steering.MOST_ASKING)
    app.state.configuration = Configuration(settings)
    app.state.workbench = Workbench(start_of(settings))
    app.state.stored = StoredConfigurations(settings, app.state.workbench)
    add_handlers(app, problem_page)
    app.add_middleware(BodyLimit)
    app.add_middleware(SafeHeaders)
    add_entrance(app, own, only_own_names=only_own_names)
    add_frame(app)
    app.router.routes.extend(_routes())
    describe_errors(app)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Joined once: what each needs is worked out when it is first asked, for all applications."""
    whole = APIRouter()
    for router in api.ROUTERS:
        whole.include_router(router, prefix="/api/v1")
    for router in pages.ROUTERS:
        whole.include_router(router)
    return whole.routes
