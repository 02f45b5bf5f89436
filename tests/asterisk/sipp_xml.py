"""SIPp scenarios in XML: what phones and callers of the tests say on the wire."""

from dataclasses import dataclass
from string import Template

from tests.fakes.phones import Answers, Behaviour, Busy, Declines, Redirects, Silent

LONGEST_MS = 60_000

_DOCUMENT = Template("""<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="$name">
$steps
</scenario>
""")

_BODY = """
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=sipp 1 1 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0 8
      a=rtpmap:0 PCMU/8000
      a=rtpmap:8 PCMA/8000
"""
_NO_BODY = """
      Content-Length: 0
"""

# What a phone needs of the INVITE to speak in the dialog later.
_RECEIVE_INVITE = """
  <recv request="INVITE">
    <action>
      <ereg regexp=".*" search_in="hdr" header="From:" assign_to="remote"/>
      <ereg regexp=".*" search_in="hdr" header="To:" assign_to="local"/>
      <ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>
      <ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
    </action>
  </recv>
  <Reference variables="remote,local,target,cseq"/>"""

_TAG = ";tag=[pid]SIPpTag[call_number]"


def _response(
    status: str, *, headers: str = "", body: str = _NO_BODY, reliably: bool = False
) -> str:
    return f"""
  <send{' retrans="500"' if reliably else ""}><![CDATA[
      SIP/2.0 {status}
      [last_Via:]
      [last_From:]
      [last_To:]{_TAG}
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port]>{headers}{body}
  ]]></send>"""


_RECEIVE_ACK = '\n  <recv request="ACK"/>'
_OK_IN_DIALOG = f"""
  <send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]{_NO_BODY}
  ]]></send>"""
_RECEIVE_BYE = f'\n  <recv request="BYE" timeout="{LONGEST_MS}"/>' + _OK_IN_DIALOG

_CANCELLED = (
    '\n  <label id="1"/>'
    + _response("200 OK")
    + f"""
  <send retrans="500"><![CDATA[
      SIP/2.0 487 Request Terminated
      [last_Via:]
      [last_From:]
      [last_To:]{_TAG}
      [last_Call-ID:]
      CSeq: [$cseq] INVITE{_NO_BODY}
  ]]></send>"""
    + _RECEIVE_ACK
)


def _phone_says(method: str, cseq: int, body: str = _NO_BODY) -> str:
    """A request of a phone that has answered."""
    return f"""
  <send retrans="500"><![CDATA[
      {method} [$target] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From:[$local]{_TAG}
      To:[$remote]
      [last_Call-ID:]
      CSeq: {cseq} {method}
      Max-Forwards: 70{body}
  ]]></send>
  <recv response="200"/>"""


def _digit(key: str) -> str:
    return f"""
      Content-Type: application/dtmf-relay
      Content-Length: [len]

      Signal={key}
      Duration=160
"""


def phone(behaviour: Behaviour) -> str:
    """A phone that does what `behaviour` says, each time it is rung."""
    match behaviour:
        case Busy(after=after):
            steps = _pause(after) + _response("486 Busy Here", reliably=True) + _RECEIVE_ACK
        case Declines(after=after):
            steps = _pause(after) + _response("603 Decline", reliably=True) + _RECEIVE_ACK
        case Redirects(after=after):
            moved = "\n      Contact: <sip:0900123456@127.0.0.1:9>"
            response = _response("302 Moved Temporarily", headers=moved, reliably=True)
            steps = _pause(after) + response.replace(
                "      Contact: <sip:[local_ip]:[local_port]>\n", "", 1
            )
            steps += _RECEIVE_ACK
        case Silent():
            steps = _response("180 Ringing")
            steps += f'\n  <recv request="CANCEL" timeout="{LONGEST_MS}"/>' + _CANCELLED
        case Answers(after=after, talks=talks, early_media=early_media, presses=key):
            progress = _response("183 Session Progress", body=_BODY)
            steps = progress if early_media else _response("180 Ringing")
            steps += f"""
  <recv request="CANCEL" timeout="{max(1, int(after * 1000))}" ontimeout="2" next="1"/>
  <label id="2"/>"""
            steps += _response("200 OK", body=_BODY, reliably=True) + _RECEIVE_ACK
            if key:
                steps += _pause(behaviour.presses_after) + _phone_says("INFO", 1, _digit(key))
            steps += _RECEIVE_BYE if talks is None else _pause(talks) + _phone_says("BYE", 2)
            steps += '\n  <nop next="3"/>' + _CANCELLED + '\n  <label id="3"/>'
    return _DOCUMENT.substitute(name="phone", steps=_RECEIVE_INVITE + steps)


@dataclass(frozen=True)
class Cancels:
    """Hears ringing, is not answered, gives up so many seconds after the first ringing."""

    after: float


@dataclass(frozen=True)
class HangsUp:
    """Is answered and hangs up so many seconds later."""

    after: float


@dataclass(frozen=True)
class Listens:
    """Is answered and stays until the other side hangs up."""


@dataclass(frozen=True)
class IsRefused:
    """Gets this final response without ever being answered."""

    status: int


CallerBehaviour = Cancels | HangsUp | Listens | IsRefused

_REQUEST = """
  <send{retrans}><![CDATA[
      {method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
      From: {caller};tag=[pid]SIPpTag[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>{to_tag}
      Call-ID: [call_id]
      CSeq: {cseq}
      Contact: <sip:caller@[local_ip]:[local_port]>
      Max-Forwards: 70{body}
  ]]></send>"""


CALLER = '"Caller" <sip:+38160111@[local_ip]>'


def caller(behaviour: CallerBehaviour, name: str = CALLER) -> str:
    """A caller from outside; `name` is his From without tag."""

    def request(
        method: str,
        *,
        body: str = _NO_BODY,
        to: str = "",
        retrans: str = "",
        branch: str = "[branch]",
    ) -> str:
        cseq = f"{2 if method == 'BYE' else 1} {method}"
        return _REQUEST.format(
            method=method,
            cseq=cseq,
            body=body,
            to_tag=to,
            caller=name,
            retrans=retrans,
            branch=branch,
        )

    reliably = ' retrans="500"'
    first = "z9hG4bK-invite-[pid]-[call_number]"  # CANCEL and ACK of a refusal name it again
    steps = request("INVITE", body=_BODY, retrans=reliably, branch=first)
    steps += '\n  <recv response="100" optional="true"/>'
    accept = request("ACK", to="[peer_tag_param]")
    give_up = request("ACK", to="[peer_tag_param]", branch=first)
    match behaviour:
        case Cancels(after=after):
            steps += '\n  <recv response="180"/>' + _pause(after)
            steps += request("CANCEL", retrans=reliably, branch=first)
            steps += '\n  <recv response="200"/>\n  <recv response="487"/>' + give_up
        case IsRefused(status=status):
            steps += _PROVISIONAL + f'\n  <recv response="{status}"/>' + give_up
        case HangsUp(after=after):
            steps += _PROVISIONAL + '\n  <recv response="200"/>' + accept + _pause(after)
            steps += request("BYE", to="[peer_tag_param]", retrans=reliably)
            steps += '\n  <recv response="200"/>'
        case Listens():
            steps += _PROVISIONAL + '\n  <recv response="200"/>' + accept + _RECEIVE_BYE
    return _DOCUMENT.substitute(name="caller", steps=steps)


_PROVISIONAL = 2 * (
    '\n  <recv response="180" optional="true"/>\n  <recv response="183" optional="true"/>'
)

_CALL_OF_A_PHONE = """
  <send retrans="500"><![CDATA[
      {method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
      From: <sip:{account}@[remote_ip]>;tag=[pid]SIPpTag[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>{to}
      Call-ID: [call_id]
      CSeq: {cseq} {method}
      Contact: <sip:{account}@[local_ip]:[local_port]>
      Max-Forwards: 70{more}
  ]]></send>"""


def outgoing(account: str, password: str, talks: float) -> str:
    """An agent's phone that calls somebody, is asked who it is, talks for so long, hangs up."""

    def says(method: str, cseq: int, more: str = _NO_BODY, to: str = "", branch: str = "") -> str:
        return _CALL_OF_A_PHONE.format(
            method=method,
            cseq=cseq,
            more=more,
            to=to,
            branch=branch or "[branch]",
            account=account,
        )

    first = "z9hG4bK-first-[pid]-[call_number]"
    who = f"\n      [authentication username={account} password={password}]"
    steps = says("INVITE", 1, _BODY, branch=first)
    steps += '\n  <recv response="100" optional="true"/>\n  <recv response="401" auth="true"/>'
    steps += says("ACK", 1, to="[peer_tag_param]", branch=first).replace(' retrans="500"', "")
    steps += says("INVITE", 2, who + _BODY)
    steps += '\n  <recv response="100" optional="true"/>' + _PROVISIONAL
    steps += '\n  <recv response="200"/>'
    steps += says("ACK", 2, to="[peer_tag_param]").replace(' retrans="500"', "")
    steps += _pause(talks) + says("BYE", 3, to="[peer_tag_param]")
    steps += '\n  <recv response="200"/>'
    return _DOCUMENT.substitute(name="outgoing", steps=steps)


REGISTER = _DOCUMENT.substitute(
    name="register",
    steps="".join(
        f"""
  <send retrans="500"><![CDATA[
      REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:[field0]@[remote_ip]>;tag=[call_number]
      To: <sip:[field0]@[remote_ip]>
      Call-ID: [call_id]
      CSeq: {cseq} REGISTER
      Contact: <sip:[field0]@127.0.0.1:[field2]>
      Expires: [field3]
      Max-Forwards: 70{authorization}{_NO_BODY}
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="{status}"{auth}/>"""
        for cseq, status, auth, authorization in (
            (1, 401, ' auth="true"', ""),
            (2, 200, "", "\n      [field1]"),
        )
    ),
)
"""One registration for each line of the injected file: account, authentication, port, expires."""


def _pause(seconds: float) -> str:
    return f'\n  <pause milliseconds="{int(seconds * 1000)}"/>'
