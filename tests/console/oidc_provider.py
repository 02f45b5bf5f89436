"""A small OpenID provider on loopback: it signs with a real key and lies where a test says so."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "callrouter", "s3cret/with:signs"


class OidcProvider:
    """Signs in whoever `claims` says, without asking. `lie` changes an ID token before signing."""

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: dict[str, Any] = {
            "sub": "u-1",
            "preferred_username": "ana",
            "name": "Ana Anić",
            "groups": ["staff", "phone-supervisors"],
        }
        self.userinfo: dict[str, Any] | None = None
        self.lie: dict[str, Any] = {}
        self.key: RSAKey | ECKey = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.signed_with: Any = None
        self.algorithm = "RS256"
        self.metadata: dict[str, Any] = {}
        self.refuse = ""
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def new_key(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "second", "use": "sig"})
        self.algorithm = "ES256"

    async def discovery(self, _: web.Request) -> web.Response:
        self.asked.append("discovery")
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        if self.userinfo is not None:
            told["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return web.json_response(told | self.metadata)

    async def keys(self, _: web.Request) -> web.Response:
        self.asked.append("keys")
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(12)
        self._codes[code] = query
        back = {"state": query["state"]}
        back |= {"error": self.refuse} if self.refuse else {"code": code}
        raise web.HTTPFound(f"{query['redirect_uri']}?{urlencode(back)}")

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        form = await request.post()
        scheme, _, credentials = request.headers["Authorization"].partition(" ")
        user, _, password = base64.b64decode(credentials).decode().partition(":")
        asked = self._codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = _encoded(digest).decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
            or (scheme, unquote(user), unquote(password)) != ("Basic", CLIENT, SECRET)
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(
            {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(asked)}
        )

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
            **self.lie,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm in ("none", "HS256"):
            return self._by_hand(claims)
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return jwt.encode(header, claims, self.signed_with or self.key, [self.algorithm])

    def _by_hand(self, claims: dict[str, Any]) -> str:
        """Unsigned, or with the public key as a shared secret: two old tricks."""
        header = {"alg": self.algorithm, "kid": self.key.kid}
        text = b".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
        public = self.key.as_pem(private=False)
        signature = hmac.digest(public, text, "sha256") if self.algorithm == "HS256" else b""
        return (text + b"." + _encoded(signature)).decode()

    async def user(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer at"
        return web.json_response(self.userinfo)


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


@asynccontextmanager
async def providing() -> AsyncIterator[OidcProvider]:
    provider = OidcProvider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/keys", provider.keys)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    app.router.add_get("/userinfo", provider.user)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()
