"""Callers who send bytes that no SIP library would: odd names and numbers, bad moments."""

import os
import socket
import time
from dataclasses import dataclass, field

_SDP = (
    b"v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


@dataclass
class RawCaller:
    """One call over UDP. Every method blocks; nothing is ever sent again."""

    sip_port: int
    number: bytes = b"704"
    name: bytes = b""
    user: bytes = b"+38160222"
    statuses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", self.sip_port))
        self._socket.settimeout(5.0)
        self._id = os.urandom(6).hex().encode()
        self._to = b"<sip:%s@127.0.0.1>" % self.number

    def close(self) -> None:
        self._socket.close()

    def invite(self) -> None:
        self._send(b"INVITE", 1, body=_SDP)

    def cancel(self) -> None:
        self._send(b"CANCEL", 1)

    def bye(self) -> None:
        self._send(b"BYE", 2)

    def until_ringing(self) -> None:
        while self._receive()[0] != 180:
            pass

    def until_final(self) -> int:
        """Wait for the final response to the INVITE, acknowledge it; returns its status."""
        while True:
            status, headers = self._receive()
            if status >= 200 and b" INVITE" in headers[b"CSeq"]:
                self.statuses.append(status)
                self._to = headers[b"To"]
                self._send(b"ACK", 1)
                return status

    def until_bye(self) -> None:
        """Wait until the other side hangs up; say yes to it."""
        while True:
            lines = self._socket.recv(65_535).split(b"\r\n")
            if lines[0].startswith(b"BYE"):
                kept = (b"Via", b"From", b"To", b"Call-ID", b"CSeq")
                headers = [line for line in lines if line.split(b":")[0] in kept]
                answer = [b"SIP/2.0 200 OK", *headers, b"Content-Length: 0", b"", b""]
                self._socket.send(b"\r\n".join(answer))
                return

    def hang_up_after(self, seconds: float) -> None:
        time.sleep(seconds)
        self.bye()
        while True:
            status, headers = self._receive()
            if status and b" BYE" in headers[b"CSeq"]:
                return

    def _receive(self) -> tuple[int, dict[bytes, bytes]]:
        lines = self._socket.recv(65_535).split(b"\r\n")
        headers = dict(line.split(b": ", 1) for line in lines[1:] if b": " in line)
        first = lines[0].split(b" ")
        return (int(first[1]) if first[0] == b"SIP/2.0" else 0), headers

    def _send(self, method: bytes, sequence: int, *, body: bytes = b"") -> None:
        accepted = bool(self.statuses) and self.statuses[-1] < 300
        branch = self._id + (method if accepted else b"")  # CANCEL, ACK of a refusal: the INVITE's
        port = self._socket.getsockname()[1]
        lines = [
            b"%s sip:%s@127.0.0.1:%d SIP/2.0" % (method, self.number, self.sip_port),
            b"Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s;rport" % (port, branch),
            b"From: %s<sip:%s@127.0.0.1>;tag=1" % (self.name, self.user),
            b"To: " + self._to,
            b"Call-ID: " + self._id,
            b"CSeq: %d %s" % (sequence, method),
            b"Contact: <sip:x@127.0.0.1:%d>" % port,
            b"Max-Forwards: 70",
            *([b"Content-Type: application/sdp"] if body else []),
            b"Content-Length: %d" % len(body),
        ]
        self._socket.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)
