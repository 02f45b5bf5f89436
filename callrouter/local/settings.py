"""What the stack on one machine is told by its environment (`CALLROUTER_LOCAL_…`)."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=1, le=65535)]


class LocalSettings(BaseSettings):
    """One stack: everything it writes is under `state_dir`, all it listens on is named here."""

    model_config = SettingsConfigDict(env_prefix="CALLROUTER_LOCAL_", frozen=True)

    config: Literal["database"] | Path | None = Field(
        default=None,
        description="a configuration file (YAML) to follow, or the word `database`; not set: the "
        "database, which callrouter.yaml fills when it is empty",
    )
    state_dir: Path = Field(default=Path(".state"), description="where everything is kept")
    bind: str = Field(
        default="127.0.0.1",
        description="SIP and RTP: 0.0.0.0 or an address of this machine opens them",
    )
    sip_port: Port = Field(default=5060, description="SIP over UDP and TCP")
    ari_port: Port = Field(default=8088, description="Asterisk's HTTP, on loopback only")
    console_port: Port = Field(default=8090, description="the console's HTTP, on loopback only")
    rtp_start: Port = 10_000
    rtp_end: Port = 10_999
    external_address: str | None = Field(
        default=None, description="the address by which phones outside a NAT reach this machine"
    )
    debian_mirror: str | None = Field(
        default=None,
        description="where Asterisk is fetched from; else where this machine's apt fetches",
    )

    @field_validator("bind")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if ipaddress.ip_address(value).version != 4:
            raise ValueError("give an IPv4 address")
        return value

    @model_validator(mode="after")
    def _has_room_for_audio(self) -> Self:
        if self.rtp_end - self.rtp_start < 7:
            raise ValueError("RTP_END must be at least 7 above RTP_START: two ports each channel")
        return self

    @property
    def sounds_dir(self) -> Path:
        """Where a configuration in the database finds its files, as the router is told."""
        return Path(os.environ.get("CALLROUTER_SOUNDS_DIR", ".")).resolve()

    @property
    def on_loopback(self) -> bool:
        return ipaddress.ip_address(self.bind).is_loopback

    @property
    def sip_address(self) -> str:
        """Where a phone on this machine finds us."""
        return "127.0.0.1" if self.bind == "0.0.0.0" else self.bind  # noqa: S104
