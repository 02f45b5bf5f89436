"""What only the console is told by its environment: its address, proxies, and OpenID Connect."""

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from callrouter.settings import BadEnvironment

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_ROLE = Literal["system_manager", "supervisor", "agent", "reviewer", "viewer"]


def _web_address(written: str) -> str:
    """Without a slash at its end; `http` only on this machine."""
    written = written.strip().rstrip("/")
    if not written:
        return ""
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write an address such as https://calls.example.com")
    if parts.username or parts.password:
        raise ValueError("write the address without a user name")
    return written


def _issuer(written: str) -> str:
    # Some providers' issuers end with a slash, which is part of the name.
    address = _web_address(written)
    if address.startswith("http:") and not is_loopback(urlsplit(address).hostname or ""):
        raise ValueError("must begin with https:// (http:// is for this machine only)")
    return written.strip()


def _networks(written: str) -> str:
    for each in _listed(written):
        ipaddress.ip_network(each, strict=False)
    return written


def _listed(written: str) -> list[str]:
    return [each for each in written.replace(",", " ").split() if each]


def is_loopback(host: str) -> bool:
    """Whether this name or address is always this machine."""
    if host in _LOOPBACK_NAMES or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class ConsoleSettings(BaseSettings):
    """The environment of one console process, frozen at its start."""

    model_config = SettingsConfigDict(env_prefix="CALLROUTER_", frozen=True, extra="ignore")

    console_url: Annotated[str, AfterValidator(_web_address)] = Field(
        default="", description="where people open the console, such as https://calls.example.com"
    )
    console_hosts: str = Field(
        default="", description="further host names by which it is reached, separated by commas"
    )
    console_trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        default="",
        description="addresses or networks of proxies whose X-Forwarded-For and -Proto are true",
    )
    local_sign_in: bool = Field(
        default=True, description="whether people sign in with a password of this console"
    )
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        default="", description="the OpenID provider's issuer; empty: no OpenID Connect"
    )
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = Field(default="", description="what the sign-in button calls the provider")
    oidc_scopes: str = Field(default="openid profile email", description="what is asked for")
    oidc_name_claim: str = Field(
        default="preferred_username", description="the claim that is the user's name here"
    )
    oidc_role_claim: str = Field(
        default="groups", description="the claim (a text or a list) that tells the role"
    )
    oidc_roles: dict[str, _ROLE] = Field(
        default={}, description='a JSON object: {"phone-admins": "system_manager", …}'
    )
    oidc_create_users: bool = Field(
        default=False, description="whether who has a role there gets an account here by itself"
    )

    @model_validator(mode="after")
    def _whole(self) -> "ConsoleSettings":
        if self.oidc_issuer and not (self.oidc_client_id and self.console_url):
            raise ValueError("CALLROUTER_OIDC_ISSUER needs ..._OIDC_CLIENT_ID and CONSOLE_URL too")
        if self.oidc_create_users and not self.oidc_roles:
            raise ValueError("CALLROUTER_OIDC_CREATE_USERS needs CALLROUTER_OIDC_ROLES")
        if not self.local_sign_in and not self.oidc_issuer:
            raise ValueError("CALLROUTER_LOCAL_SIGN_IN can be off only with CALLROUTER_OIDC_ISSUER")
        return self

    @property
    def trusted_proxies(self) -> list[str]:
        return _listed(self.console_trusted_proxies)

    @property
    def hosts(self) -> frozenset[str]:
        """The names people may use, in small letters, without ports; empty: not said."""
        named = {urlsplit(f"//{each}").hostname or "" for each in _listed(self.console_hosts)}
        if self.console_url:
            named.add(urlsplit(self.console_url).hostname or "")
        return frozenset(named - {""})


def console_environment() -> ConsoleSettings:
    """What this process was told. Raises BadEnvironment, which holds no secret."""
    try:
        return ConsoleSettings()
    except SettingsError:
        raise BadEnvironment(
            'CALLROUTER_OIDC_ROLES: write a JSON object: {"phone-admins": "system_manager"}'
        ) from None
    except ValidationError as invalid:
        lines = []
        for each in invalid.errors(include_url=False, include_input=False):
            name = "_".join(map(str, each["loc"])).upper()
            words = each["msg"].removeprefix("Value error, ")
            lines.append(f"CALLROUTER_{name}: {words}" if name else words)
        raise BadEnvironment("\n".join(lines)) from None
