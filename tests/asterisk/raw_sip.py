"""SIP by hand over UDP, for requests that no SIP library would send."""

import asyncio
import hashlib
import itertools
import re
import socket
from typing import Self

_numbers = itertools.count(1)

_SDP = (
    "v=0\r\no=raw 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
)


class RawSip:
    """One UDP socket that speaks SIP with an Asterisk on this machine."""

    def __init__(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._account: tuple[str, str] | None = None
        self._registrations = itertools.count(1)
        self.port = self._socket.getsockname()[1]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._account:
            await self.register(*self._account, expires=0)
        self._socket.close()

    async def next(self, *, seconds: float = 5.0) -> str:
        """The next message. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            data = await asyncio.get_running_loop().sock_recv(self._socket, 65_536)
        return data.decode("utf-8", "replace")

    async def send(self, text: str | bytes) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        await asyncio.get_running_loop().sock_sendto(self._socket, data, self._server)

    async def final_response(self, call_id: str, *, seconds: float = 10.0) -> str:
        """The status line of the final response to `call_id`."""
        while True:
            message = await self.next(seconds=seconds)
            if call_id in message and re.match(r"SIP/2.0 [2-6]", message):
                return message.partition("\r\n")[0]

    async def invite(self, uri: str | bytes, *, user: str = "raw", name: str = "Raw") -> str:
        """Send an INVITE for `uri` as it stands; returns its Call-ID."""
        number = next(_numbers)
        call_id = f"raw-{number}-{self.port}"
        target = uri if isinstance(uri, bytes) else uri.encode()
        head = (
            f" SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{call_id}\r\n"
            f'From: "{name}" <sip:{user}@127.0.0.1>;tag=t{number}\r\n'
            f"To: <sip:whoever@127.0.0.1>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n"
            f"Contact: <sip:{user}@127.0.0.1:{self.port}>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(_SDP)}\r\n\r\n{_SDP}"
        )
        await self.send(b"INVITE " + target + head.encode())
        return call_id

    async def register(self, user: str, secret: str, *, expires: int = 300) -> None:
        """Register the account `user` with this socket as its phone, until the end of the block."""
        self._account = (user, secret)
        authorization = ""
        for sequence in (next(self._registrations), next(self._registrations)):
            await self.send(
                f"REGISTER sip:127.0.0.1 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bKr{sequence}{self.port}\r\n"
                f"From: <sip:{user}@127.0.0.1>;tag=r\r\nTo: <sip:{user}@127.0.0.1>\r\n"
                f"Call-ID: reg-{self.port}\r\nCSeq: {sequence} REGISTER\r\n"
                f"Contact: <sip:{user}@127.0.0.1:{self.port}>\r\nMax-Forwards: 70\r\n"
                f"Expires: {expires}\r\n{authorization}Content-Length: 0\r\n\r\n"
            )
            while not (answer := await self.next()).startswith("SIP/2.0"):
                pass  # a request of a call that is of no interest any more
            if answer.startswith("SIP/2.0 200"):
                return
            authorization = _authorization(answer, user, secret)
        raise AssertionError(f"registration refused: {answer}")

    async def respond(self, request: str, status: str, *extra: str) -> None:
        """Answer `request` with a status line and extra headers."""
        kept = [
            line
            for line in request.split("\r\n")
            if re.match(r"(?i)(via|from|call-id|cseq):", line)
        ]
        to = re.search(r"(?im)^to:.*$", request)
        assert to
        lines = [f"SIP/2.0 {status}", *kept, f"{to[0].strip()};tag=x{self.port}", *extra]
        await self.send("\r\n".join([*lines, "Content-Length: 0", "", ""]))


def _authorization(challenge: str, user: str, secret: str) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()  # noqa: S324

    header = re.search(r"(?im)^www-authenticate: digest (.*)$", challenge)
    assert header, challenge
    values = dict(re.findall(r'(\w+)="?([^",]+)"?', header[1]))
    uri = "sip:127.0.0.1"
    first = md5(f"{user}:{values['realm']}:{secret}")
    second = md5(f"REGISTER:{uri}")
    response = md5(f"{first}:{values['nonce']}:00000001:abc:auth:{second}")
    return (
        f'Authorization: Digest username="{user}", realm="{values["realm"]}", '
        f'nonce="{values["nonce"]}", uri="{uri}", response="{response}", algorithm=MD5, '
        f'qop=auth, nc=00000001, cnonce="abc", opaque="{values.get("opaque", "")}"\r\n'
    )
