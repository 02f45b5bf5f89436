"""How people come in, joined to the application: sign-in, users, tokens, audit log, and proxies."""

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from callrouter.console.api import audit, me, tokens, users
from callrouter.console.console_settings import ConsoleSettings
from callrouter.console.hosts import OwnHosts
from callrouter.console.pages import audit as audit_page
from callrouter.console.pages import company_sign_in, sign_in
from callrouter.console.pages import me as me_page
from callrouter.console.pages import people as people_page
from callrouter.console.pages import tokens as tokens_page
from callrouter.console.people.oidc import Provider
from callrouter.console.people.passwords import Passwords
from callrouter.console.people.signing_in import SignIn


def add_entrance(app: FastAPI, own: ConsoleSettings, *, only_own_names: bool) -> None:
    """Let `app` know people, and from where they may come."""
    app.state.console_settings = own
    app.state.sign_in = SignIn(Passwords())
    app.state.provider = Provider(own) if own.oidc_issuer else None
    if only_own_names or own.hosts:
        app.add_middleware(OwnHosts, names=own.hosts)
    if own.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=own.trusted_proxies)
    for part in (audit, me, tokens, users):
        app.include_router(part.router, prefix="/api/v1")
    for page in (audit_page, company_sign_in, me_page, people_page, sign_in, tokens_page):
        app.include_router(page.router)
