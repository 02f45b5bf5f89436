"""How people come in, joined to the application: sign-in, and which hosts and proxies are ours."""

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from callrouter.console.console_settings import ConsoleSettings
from callrouter.console.hosts import OwnHosts
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
