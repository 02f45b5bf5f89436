"""One Asterisk machine: what differs from another, and which words may be said to it.

Law: nothing from the configuration reaches a file of Asterisk's without `plain`, `quoted`,
`extension` or `agent_phones`: a name may hold `;`, `[` or a line break.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from callrouter.routing.model import Agent, RoutingTable

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104

ACCOUNT = re.compile(r"[0-9A-Za-z_.+*#-]{1,64}")
NUMBER = re.compile(r"[0-9A-Za-z+*#]{1,70}")


class AsteriskConfError(Exception):
    """The configuration has something that cannot be said to Asterisk."""


@dataclass(frozen=True, slots=True)
class AsteriskSite:
    """What differs from one Asterisk machine to another.

    `external_address` is the address phones outside see when this machine is behind NAT;
    `qualify_seconds` is how often a registered phone is asked whether it is still there (0:
    never). `local` adds an outside caller's phone and lets calls from 127.0.0.1 in.
    """

    sip_bind: str = EVERY_ADDRESS
    sip_port: int = 5060
    external_address: str | None = None
    local_networks: tuple[str, ...] = ()
    http_bind: str = "127.0.0.1"
    http_port: int = 8088
    rtp_start: int = 10_000
    rtp_end: int = 20_000
    qualify_seconds: int = 60
    local: bool = False
    directories: Mapping[str, str] = field(default_factory=dict)

    @property
    def on_loopback(self) -> bool:
        return self.sip_bind.startswith("127.")


def agent_phones(table: RoutingTable) -> dict[str, Agent]:
    """SIP account → agent, for phones that register here (not those behind a trunk)."""
    phones: dict[str, Agent] = {}
    for agent in table.agents.values():
        for phone in agent.phones:
            technology, _, account = phone.partition("/")
            if technology != "PJSIP" or "@" in account or "/" in account:
                continue
            if not ACCOUNT.fullmatch(account):
                raise AsteriskConfError(
                    f"Agent {agent.id!r}: {phone!r} cannot be a SIP account. "
                    "Use letters, digits and . _ + - * # after PJSIP/."
                )
            phones.setdefault(account, agent)
    return phones


def plain(text: str) -> str:
    """`text` on one line, without what begins a comment."""
    return re.sub(r"[\x00-\x1f\x7f;]+", " ", str(text)).strip()


def quoted(name: str) -> str:
    """`name` for use between quotation marks."""
    return re.sub(r'["\\<>]+', "", plain(name))


def extension(dialled: str) -> str:
    """`dialled` itself. Raises AsteriskConfError where it cannot be an extension."""
    if not NUMBER.fullmatch(dialled):
        raise AsteriskConfError(
            f"The extension {dialled!r} cannot be dialled. Use digits, letters, + * and #."
        )
    return dialled
