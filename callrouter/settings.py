"""What the process is told by its environment (`CALLROUTER_…`): where things are, and secrets.

What callers hear and who rings is not here but in the configuration file.
"""

import os
import re
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError


class BadEnvironment(Exception):
    """Variables that cannot be used; a line for each names it and says what would do."""


_PASSWORDS = re.compile(r"//[^/?#@:]*:([^?#]*)@|[?&]password=([^&#]*)")
"""In an address as PostgreSQL programs take it; more rather than too little."""


class AsteriskServer(BaseModel):
    """One Asterisk whose calls we handle. `url` is that of its HTTP server, without `/ari`.

    `log_dir` is its log folder, as the router sees it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = "http://127.0.0.1:8088"
    username: str = "callrouter"
    password: SecretStr = SecretStr("")
    log_dir: Path | None = None


class Settings(BaseSettings):
    """The environment of one router process, frozen at its start."""

    model_config = SettingsConfigDict(env_prefix="CALLROUTER_", frozen=True)

    config: Literal["database"] | Path = Field(
        default=Path("callrouter.yaml"),
        description="the configuration file (YAML), or the word `database`",
    )
    sounds_dir: Path = Field(
        default=Path(),
        description="where the database's configuration finds its sound and iCalendar files",
    )
    database_url: SecretStr = Field(
        default=SecretStr("postgresql://callrouter@localhost/callrouter"),
        description="postgresql://user:password@host:port/database",
    )
    allow_plain_ari: bool = Field(
        default=False,
        description="let ARI's password and calls go over http:// to another machine",
    )
    asterisk_servers: Annotated[tuple[AsteriskServer, ...], Field(min_length=1)] = Field(
        default=(AsteriskServer(),),
        description='a JSON list: [{"url": …, "username": …, "password": …}]',
    )
    ari_password: SecretStr = Field(
        default=SecretStr(""),
        description="password for those Asterisk servers that have none of their own",
    )
    stasis_app: str = Field(
        default="callrouter", description="the name in the dialplan's Stasis(…)"
    )
    prompts_dir: Path = Field(
        default=Path(".state/prompts"),
        description="rendered prompts; Asterisk must see the same path",
    )
    spool_dir: Path = Field(
        default=Path(".state/spool"),
        description="where records wait on disk while the database is away",
    )
    standby: bool = Field(
        default=False,
        description="wait while another router answers, and take over when it stops or dies",
    )
    asterisk_conf_dir: Path | None = Field(
        default=None,
        description="where to write the agents' phones for Asterisk when the configuration changes",
    )
    asterisk_log_dir: Path | None = Field(
        default=None,
        description="Asterisk's log folder: calls that it handles while no router is there come "
        "from it into the call log; of several servers each has its own `log_dir`",
    )
    router_name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default_factory=socket.gethostname,
        description="what the live board calls this router; each of several has its own",
    )
    health_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="where `/health` and `/metrics` are answered over HTTP; 0: nowhere",
    )
    health_host: str = Field(default="127.0.0.1", description="on which address")
    target_answer_seconds: int = Field(
        default=20, ge=1, le=600, description="board: calls answered so soon count as in time"
    )
    target_service_level: float = Field(
        default=0.8, ge=0, le=1, description="board: the share of calls to be answered in time"
    )
    target_abandoned: float = Field(
        default=0.05, ge=0, le=1, description="board: the share of callers that may give up"
    )
    target_longest_wait: int = Field(
        default=60, ge=1, le=3600, description="board: nobody is to wait longer, in seconds"
    )
    drain_seconds: float = Field(
        default=30.0, ge=0, description="how long a stopping router waits for calls in progress"
    )
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)
    ] = "info"
    log_format: Annotated[Literal["text", "json"], BeforeValidator(str.lower)] = Field(
        default="text", description="the log's lines: for people, or a JSON object each"
    )

    @field_validator("asterisk_servers")
    @classmethod
    def _not_in_the_open(
        cls, servers: tuple[AsteriskServer, ...], info: ValidationInfo
    ) -> tuple[AsteriskServer, ...]:
        """ARI is a remote control of Asterisk: in plain HTTP only on this machine."""
        for server in servers:
            if not info.data.get("allow_plain_ari") and is_in_the_open(server.url):
                raise ValueError(
                    "ARI's password and all calls would go over the network unprotected: use"
                    " https://, an address of this machine, or a tunnel; or, where nobody else is"
                    " on that network, CALLROUTER_ALLOW_PLAIN_ARI=true"
                )
        return servers

    def servers(self) -> tuple[AsteriskServer, ...]:
        """The Asterisk servers, each with its password and, where it is known, its log folder."""
        log_dir = self.asterisk_log_dir if len(self.asterisk_servers) == 1 else None
        return tuple(
            server.model_copy(
                update={
                    "password": server.password
                    if server.password.get_secret_value()
                    else self.ari_password,
                    "log_dir": server.log_dir or log_dir,
                }
            )
            for server in self.asterisk_servers
        )

    def secrets(self) -> tuple[str, ...]:
        """What must not be seen anywhere."""
        address = self.database_url.get_secret_value()
        server = [each.password.get_secret_value() for each in self.servers()]
        inside = _PASSWORDS.findall(address) + _PASSWORDS.findall(unquote(address))
        parts = [each for found in inside for each in found]
        return tuple(each for each in (*server, *parts, *map(unquote, parts)) if each)


def is_in_the_open(url: str) -> bool:
    """Whether what is sent there in plain HTTP leaves this machine; False for what is no URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "http" or not host or host == "localhost":
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True  # a name: it may be anywhere


def usual_config() -> Path:
    """What a command means when it is given no configuration: a file, or the word `database`."""
    return Path(os.environ.get("CALLROUTER_CONFIG") or Settings.model_fields["config"].default)


def from_environment() -> Settings:
    """What this process was told. Raises BadEnvironment, which holds no secret."""
    try:
        return Settings()
    except SettingsError:  # names no variable; only one of them is a list
        raise BadEnvironment(
            'CALLROUTER_ASTERISK_SERVERS: write a JSON list: [{"url": "http://127.0.0.1:8088"}]'
        ) from None
    except ValidationError as invalid:
        problems = invalid.errors(include_url=False, include_input=False)
        names = ["_".join(["callrouter", *map(str, each["loc"])]).upper() for each in problems]
        lines = [f"{name}: {each['msg']}" for name, each in zip(names, problems, strict=True)]
        raise BadEnvironment("\n".join(lines)) from None
