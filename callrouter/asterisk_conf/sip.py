"""SIP accounts and transports as pjsip.conf's lines. Pure. What all share is in asterisk-conf/."""

from collections.abc import Iterator, Mapping

from callrouter.asterisk_conf.secrets import AsteriskSecrets
from callrouter.asterisk_conf.site import EVERY_ADDRESS, AsteriskSite, extension, plain, quoted
from callrouter.routing.model import Agent

OUTSIDE_PHONE = "2001"


def transports(site: AsteriskSite) -> Iterator[str]:
    """UDP and TCP."""
    for protocol in ("udp", "tcp"):
        yield f"[transport-{protocol}]"
        yield "type = transport"
        yield f"protocol = {protocol}"
        yield f"bind = {plain(site.sip_bind)}:{site.sip_port}"
        if site.external_address:
            yield f"external_media_address = {plain(site.external_address)}"
            yield f"external_signaling_address = {plain(site.external_address)}"
        for network in site.local_networks:
            yield f"local_net = {plain(network)}"
        yield ""


def agents(
    phones: Mapping[str, Agent], site: AsteriskSite, secrets: AsteriskSecrets
) -> Iterator[str]:
    passwords = secrets.phones(phones)
    for account, agent in sorted(phones.items()):
        yield f"; {plain(agent.id)}: {plain(agent.name)}"
        caller = f'callerid = "{quoted(agent.name)}" <{extension(agent.extension)}>'
        yield from _account(account, passwords[account], [caller], site)


def _account(name: str, secret: str, endpoint: list[str], site: AsteriskSite) -> Iterator[str]:
    yield f"[{name}](agent-phone)"
    yield f"auth = {name}"
    yield f"aors = {name}"
    yield from endpoint
    if site.on_loopback:  # no NAT here; a phone may register from one port and listen on another
        yield "rewrite_contact = no"
    yield from _audio_address(site)
    yield ""
    yield f"[{name}](agent-phone-auth)"
    yield f"username = {name}"
    yield f"password = {secret}"
    yield ""
    yield f"[{name}](agent-phone-aor)"
    yield f"qualify_frequency = {site.qualify_seconds}"
    if site.on_loopback:  # nobody asks whether it is there: it has to say so more often
        yield "maximum_expiration = 300"
    yield ""


def _audio_address(site: AsteriskSite) -> Iterator[str]:
    """RTP listens where SIP does; Asterisk would listen on every address of the machine."""
    if site.sip_bind != EVERY_ADDRESS and not site.external_address:
        yield f"media_address = {plain(site.sip_bind)}"
        yield "bind_rtp_to_media_address = yes"


def local(
    phones: Mapping[str, Agent], site: AsteriskSite, secrets: AsteriskSecrets
) -> Iterator[str]:
    if OUTSIDE_PHONE not in phones:
        yield "; A phone that plays the outside caller."
        endpoint = ["context = from-trunk", f'callerid = "Outside caller" <{OUTSIDE_PHONE}>']
        yield from _account(OUTSIDE_PHONE, secrets.phone(OUTSIDE_PHONE), endpoint, site)
    yield "; Calls from this machine that are no phone's: another PBX, SIPp."
    yield "[loopback-trunk]"
    yield "type = endpoint"
    yield "context = from-trunk"
    yield "identify_by = ip"  # it has no password: whoever only calls himself so is not it
    yield "disallow = all"
    yield "allow = g722,alaw,ulaw,opus"
    yield "direct_media = no"
    yield "rtp_symmetric = yes"
    yield "force_rport = yes"
    yield "trust_id_inbound = yes"
    yield "allow_transfer = no"
    yield "allow_subscribe = no"
    yield "send_connected_line = no"
    yield "set_var = FORWARD_CONTEXT=callrouter-no-forward"
    yield from _audio_address(site)
    yield ""
    yield "[loopback-trunk]"
    yield "type = identify"
    yield "endpoint = loopback-trunk"
    yield "match = 127.0.0.1"
