"""What is asked of the OpenID provider over HTTP: bounded in time and size, never redirected."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from callrouter.console.console_settings import ConsoleSettings

_LONGEST = aiohttp.ClientTimeout(total=10)
_MOST_BYTES = 1_000_000


class Unreachable(Exception):
    """The provider does not answer, or not as a provider does; the text is for the log."""


class Denied(Exception):
    """The provider refuses what it was asked; the text is for the log."""


async def asked(address: str, *, bearer: str | None = None) -> dict[str, Any]:
    """The JSON object at this address. Raises Unreachable and Denied."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return await _answer("GET", address, headers, None)


async def ask_for_code(
    settings: ConsoleSettings,
    metadata: Mapping[str, Any],
    code: str,
    verifier: str,
    redirect_uri: str,
) -> dict[str, Any]:
    """The tokens for a code. Raises Unreachable and Denied."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.oidc_client_id,
        "code_verifier": verifier,
    }
    secret = settings.oidc_client_secret.get_secret_value()
    headers = {}
    ways = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if secret and "client_secret_basic" not in ways and "client_secret_post" in ways:
        form["client_secret"] = secret
    elif secret:
        # RFC 6749, 2.3.1: both are form-encoded first.
        user, password = quote(settings.oidc_client_id, safe=""), quote(secret, safe="")
        headers["Authorization"] = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
    return await _answer("POST", str(metadata["token_endpoint"]), headers, form)


async def _answer(
    method: str, address: str, headers: dict[str, str], form: dict[str, str] | None
) -> dict[str, Any]:
    place = address.partition("?")[0]
    headers = {"Accept": "application/json", **headers}
    try:
        async with (
            aiohttp.ClientSession(timeout=_LONGEST) as session,
            session.request(
                method, address, headers=headers, data=form, allow_redirects=False
            ) as response,
        ):
            body = await response.content.read(_MOST_BYTES + 1)
            while len(body) <= _MOST_BYTES and (more := await response.content.read(_MOST_BYTES)):
                body += more
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        raise Unreachable(f"{place}: {error or type(error).__name__}") from None
    try:
        value = json.loads(body) if len(body) <= _MOST_BYTES else None
    except ValueError:
        value = None
    if status != 200 or not isinstance(value, dict):
        why = str(value.get("error", ""))[:80] if isinstance(value, dict) else ""
        kind = Denied if 400 <= status < 500 else Unreachable
        raise kind(f"{place} answers with {status} {why!r}")
    return value
