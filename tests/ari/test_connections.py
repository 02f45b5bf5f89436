"""HTTP connections to an Asterisk that sends its answers in every way, or none."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from callrouter.ari.connections import Answer, Connections

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Says = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Says `answers`, one after each request; where there is none left, it closes."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                if not self.answers:
                    break
                for part in self.answers.pop(0).split(b"|"):
                    writer.write(part)
                    await asyncio.sleep(0.01)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def to(
    server: Server, *, most: int = 4, keep_alive: float = 10.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Connections]:
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    scheme = "https" if tls else "http"
    connections = Connections(
        f"{scheme}://127.0.0.1:{server.port}/pbx/ari",
        {"Authorization": "Basic x"},
        most=most,
        keep_alive=keep_alive,
    )
    try:
        async with listening:
            yield connections
    finally:
        await connections.close()


async def ask(
    connections: Connections, method: str, target: str, body: bytes | None = None
) -> Answer:
    (answer,) = await connections.ask(connections.request(method, target, body), 5.0)
    return answer


async def test_a_connection_is_kept_and_used_again() -> None:
    server = Server(OK, OK, OK)
    async with to(server) as connections:
        assert await ask(connections, "GET", "/channels") == (200, b"ok")
        assert await ask(connections, "POST", "/channels/1/answer") == (200, b"ok")
        assert await ask(connections, "PUT", "/x?y=%20", b"{}") == (200, b"ok")
    assert server.connections == 1
    host = f"Host: 127.0.0.1:{server.port}\r\nAuthorization: Basic x\r\n".encode()
    assert server.requests[0] == b"GET /pbx/ari/channels HTTP/1.1\r\n" + host + b"\r\n"
    assert server.requests[1].endswith(host + b"Content-Length: 0\r\n\r\n")
    length = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    assert server.requests[2] == b"PUT /pbx/ari/x?y=%20 HTTP/1.1\r\n" + host + length


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 2|00 OK\r\nContent-Le|ngth: 4\r\n\r|\nab|cd", (200, b"abcd")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n|1\r\nd\r\n0\r\n\r\n",
         (200, b"abcd")),
    ],
    ids=["in pieces", "nothing", "in chunks"],
)  # fmt: skip
async def test_an_answer_comes_whole(answer: bytes, expected: tuple[int, bytes]) -> None:
    server = Server(answer, OK)
    async with to(server) as connections:
        assert await ask(connections, "GET", "/x") == expected
        assert await ask(connections, "GET", "/y") == (200, b"ok")
    assert server.connections == 1


@pytest.mark.parametrize("between", [b"", b"|"], ids=["at once", "in pieces"])
async def test_several_things_are_asked_in_one_go(between: bytes) -> None:
    no = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
    server = Server(OK + between + no + between + OK, b"", b"", OK)
    async with to(server) as connections:
        requests = [connections.request("POST", f"/{each}", None) for each in "abc"]
        answers = await connections.ask(b"".join(requests), 5.0, 3)
        assert answers == [(200, b"ok"), (404, b"no"), (200, b"ok")]
        await asyncio.sleep(0.05)  # until the server has read them all
        assert [each.split()[1] for each in server.requests] == [
            b"/pbx/ari/a",
            b"/pbx/ari/b",
            b"/pbx/ari/c",
        ]
        assert await ask(connections, "GET", "/y") == (200, b"ok")
    assert server.connections == 1


async def test_a_connection_that_ends_between_two_answers_is_an_error() -> None:
    server = Server(OK)
    async with to(server) as connections:
        request = connections.request("GET", "/x", None)
        with pytest.raises(ConnectionResetError):
            await connections.ask(request + request, 5.0, 2)
        server.answers = [OK]
        assert await ask(connections, "GET", "/y") == (200, b"ok")
    assert server.connections == 2


async def test_an_answer_that_does_not_come_in_time_is_an_error() -> None:
    server = Server(b"|" * 50 + OK, OK)
    async with to(server, most=1) as connections:
        request = connections.request("GET", "/x", None)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(too_late(connections, request, 0.2))
            await asyncio.sleep(0.01)
            began = asyncio.get_running_loop().time()
            await too_late(connections, request, 0.05)  # there is room for one only
            assert not first.done()
            assert asyncio.get_running_loop().time() - began < 0.15
        server.answers = [OK]
        assert await ask(connections, "GET", "/y") == (200, b"ok")


async def too_late(connections: Connections, request: bytes, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        await connections.ask(request, seconds)


async def test_who_gives_up_leaves_no_answer_for_the_next() -> None:
    server = Server(b"|||||||||||HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate", OK)
    async with to(server) as connections:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(connections, "GET", "/x"), 0.05)
        server.answers = [OK]
        assert await ask(connections, "GET", "/y") == (200, b"ok")
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        OK + b"|" + OK,
        OK + OK,
        OK + b"HTTP/1.1 200 OK\r\nContent-Le",
        OK + b"|SSH-2.0-x\r\n",
    ],
    ids=["it closes", "an answer that nobody asked for", "at once", "half of one", "another thing"],
)
async def test_a_connection_that_is_no_good_any_more_is_not_used_again(answer: bytes) -> None:
    server = Server(answer, OK)
    async with to(server) as connections:
        assert await ask(connections, "GET", "/x") == (200, b"ok")
        await asyncio.sleep(0.05)
        assert await ask(connections, "GET", "/y") == (200, b"ok")
    assert server.connections == 2


async def test_an_old_connection_is_left() -> None:
    server = Server(OK, OK)
    async with to(server, keep_alive=0.05) as connections:
        await ask(connections, "GET", "/x")
        await asyncio.sleep(0.1)
        await ask(connections, "GET", "/y")
    assert server.connections == 2


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
async def test_a_connection_that_ends_before_the_answer_is_an_error(answer: bytes) -> None:
    server = Server()
    async with to(server) as connections:
        with pytest.raises(ConnectionResetError):
            await ask(connections, "GET", "/x")


async def test_what_is_no_http_is_an_error() -> None:
    async with to(Server(b"SSH-2.0-OpenSSH\r\n")) as connections:
        with pytest.raises(OSError, match="no HTTP"):
            await ask(connections, "GET", "/x")


async def test_nobody_sends_more_than_one_line_of_a_request() -> None:
    server = Server(OK)
    async with to(server) as connections:
        for hostile in ("/x HTTP/1.1", "/x\r\nX: y", "/\x00", "/Žika"):
            with pytest.raises(ValueError, match=r"not quoted|ascii"):
                await ask(connections, "GET", hostile)
    assert server.requests == []


async def test_what_the_other_side_wants_closed_is_closed() -> None:
    """Also where it leaves that to us."""
    server = Server(*[b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"] * 3)
    async with to(server) as connections:
        for _ in range(3):
            await ask(connections, "GET", "/x")
        await asyncio.sleep(0.05)
        assert len(connections._open) == 0


async def test_there_are_never_more_than_so_many() -> None:
    server = Server(*[OK] * 20)
    async with to(server, most=2) as connections, asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(ask(connections, "GET", "/x"))
    assert server.connections == 2


async def test_closing_ends_what_is_still_asked() -> None:
    server = Server(b"|" * 50 + OK)
    async with to(server) as connections, asyncio.TaskGroup() as group:
        asked = group.create_task(closed_meanwhile(connections))
        await asyncio.sleep(0.05)
        await connections.close()
        await asyncio.wait_for(asked, 1.0)
        with pytest.raises(ConnectionError):
            await ask(connections, "GET", "/y")


async def closed_meanwhile(connections: Connections) -> None:
    with pytest.raises(ConnectionResetError):
        await ask(connections, "GET", "/x")


async def test_tls_is_spoken_with_whom_we_trust_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "both.pem"
    certificate.write_bytes(self_signed())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with to(Server(OK), tls=tls) as stranger:
        with pytest.raises(OSError, match="certificate"):
            await ask(stranger, "GET", "/x")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with to(Server(OK), tls=tls) as trusted:
        assert await ask(trusted, "GET", "/x") == (200, b"ok")


def self_signed() -> bytes:
    """A key and a certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "asterisk")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(pem)
