"""OpenID Connect: who somebody is, by the word of the company's own sign-in.

Authorization code flow with PKCE, state and nonce. Law: nothing that the provider or the browser
says is believed before it is checked (issuer, signature, audience, nonce, time), and what was
begun in one browser is ended in that browser, once, within ten minutes.
"""

import asyncio
import hashlib
import logging
import secrets
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from callrouter.console.console_settings import ConsoleSettings, is_loopback
from callrouter.console.people.oidc_http import Denied, Unreachable, ask_for_code, asked
from callrouter.console.people.said import Refused, _

log = logging.getLogger(__name__)

BACK = "/sign-in/company/back"
LASTS_SECONDS = 600.0

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
_MOST_BEGUN = 1000
_METADATA_SECONDS = 3600.0
_NEW_KEYS_EVERY = 60.0
_CLOCKS_DIFFER = 60


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that a browser has begun; `until` is of the monotonic clock."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: float


@dataclass(frozen=True, slots=True)
class CompanyAccount:
    """Who the provider says somebody is. `roles` are the values of the claim that tells them."""

    issuer: str
    subject: str
    name: str
    full_name: str
    roles: tuple[str, ...]


class Distrusted(Exception):
    """What came from the provider or the browser does not hold; the text is for the log."""


class Provider:
    """The company's sign-in, as the console's settings name it."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self._begun: OrderedDict[str, Begun] = OrderedDict()
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._asking = asyncio.Lock()

    @property
    def redirect_uri(self) -> str:
        return self._settings.console_url + BACK

    async def begin(self, next_: str) -> tuple[str, str]:
        """The provider's address to send a browser to, and the mark it has to bring back.

        Raises Refused where the provider cannot be asked.
        """
        try:
            metadata = await self._known_metadata()
        except (Distrusted, Denied, Unreachable) as error:
            raise _unreachable(error) from None
        begun = Begun(
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            next_,
            time.monotonic() + LASTS_SECONDS,
        )
        mark = secrets.token_urlsafe(24)
        self._begun[mark] = begun
        if len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)
        challenge = urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._settings.oidc_scopes,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = str(metadata["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", mark

    async def end(self, mark: str, given: Mapping[str, str]) -> tuple[CompanyAccount, str]:
        """Who came back with `given` (the query's fields), and where to send him on.

        Raises Refused.
        """
        begun = self._begun.pop(mark, None)
        try:
            if begun is None or begun.until < time.monotonic():
                raise Distrusted("nothing was begun in this browser, or too long ago")
            if not secrets.compare_digest(given.get("state", "").encode(), begun.state.encode()):
                raise Distrusted("the state is another")
            if "iss" in given and given["iss"] != self._settings.oidc_issuer:
                raise Distrusted("the answer is another issuer's")
            if "code" not in given:
                raise Distrusted(f"no code but the error {given.get('error', '')[:80]!r}")
            account = await self._account(begun, given["code"])
        except Unreachable as error:
            raise _unreachable(error) from None
        except (Distrusted, Denied) as error:
            log.warning("a sign-in with the company account was refused: %s", error)
            raise Refused(
                _("Signing in with the company account did not work: try again."),
                HTTPStatus.FORBIDDEN,
            ) from None
        return account, begun.next

    async def _account(self, begun: Begun, code: str) -> CompanyAccount:
        metadata = await self._known_metadata()
        answer = await ask_for_code(
            self._settings, metadata, code, begun.verifier, self.redirect_uri
        )
        claims = await self._claims(str(answer.get("id_token", "")), begun.nonce)
        told = self._settings.oidc_role_claim
        if told not in claims and "userinfo_endpoint" in metadata and "access_token" in answer:
            bearer = str(answer["access_token"])
            more = await asked(str(metadata["userinfo_endpoint"]), bearer=bearer)
            if more.get("sub") != claims["sub"]:
                raise Distrusted("the user info is of somebody else")
            claims = {**more, **claims}
        if self._settings.oidc_name_claim == "email" and claims.get("email_verified") is False:
            raise Distrusted("the e-mail address is not verified")
        name = claims.get(self._settings.oidc_name_claim)
        if not isinstance(name, str) or not name.strip():
            raise Distrusted(f"the claim {self._settings.oidc_name_claim!r} is missing")
        full_name = claims.get("name")
        return CompanyAccount(
            self._settings.oidc_issuer,
            str(claims["sub"]),
            name,
            full_name if isinstance(full_name, str) else "",
            _texts(claims.get(told)),
        )

    async def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """Those of an ID token that is the provider's, for us, of this sign-in and of now."""
        try:
            try:
                token = jwt.decode(id_token, await self._known_keys(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):  # it may have been signed with a new key
                keys = await self._known_keys(older_than=_NEW_KEYS_EVERY)
                token = jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
            claims = token.claims
            jwt.JWTClaimsRegistry(
                leeway=_CLOCKS_DIFFER,
                iss={"essential": True, "value": self._settings.oidc_issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self._settings.oidc_client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise Distrusted(f"the ID token does not hold: {error}") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._settings.oidc_client_id:
            raise Distrusted("the ID token was made for another client")
        return dict(claims)

    async def _known_metadata(self) -> dict[str, Any]:
        """What the provider says of itself; asked at most once an hour."""
        async with self._asking:
            now = time.monotonic()
            if self._metadata is None or now - self._metadata[0] > _METADATA_SECONDS:
                issuer = self._settings.oidc_issuer
                found = await asked(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != issuer:
                    raise Distrusted(f"{issuer} calls itself {str(found.get('issuer'))[:200]!r}")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    _demand_safe(str(found.get(name, "")), issuer)
                if "userinfo_endpoint" in found:
                    _demand_safe(str(found["userinfo_endpoint"]), issuer)
                self._metadata = now, found
            return self._metadata[1]

    async def _known_keys(self, older_than: float = _METADATA_SECONDS) -> KeySet:
        metadata = await self._known_metadata()
        async with self._asking:
            now = time.monotonic()
            if self._keys is None or now - self._keys[0] > older_than:
                found = await asked(str(metadata["jwks_uri"]))
                try:
                    self._keys = now, KeySet.import_key_set(found)  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise Distrusted(f"the provider's keys are not understood: {error}") from None
            return self._keys[1]


def _demand_safe(address: str, issuer: str) -> None:
    """Passwords and codes go by https only, unless the provider is on this machine."""
    parts = urlsplit(address)
    own = is_loopback(parts.hostname or "") and is_loopback(urlsplit(issuer).hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        raise Distrusted(f"the provider names an address without https: {address[:200]!r}")


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(each for each in listed if isinstance(each, str))


def _unreachable(error: Exception) -> Refused:
    log.error("the company's sign-in cannot be used: %s", error)
    return Refused(
        _("The company's sign-in cannot be reached now: try again later."),
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
