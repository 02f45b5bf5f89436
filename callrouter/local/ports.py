"""Ports: whether they are free before anything starts, and free ones for tests.

A port in use is said with the setting that changes it, not left to a program's log.
"""

import errno
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from callrouter.local.errors import LocalError


def require_free(
    address: str, port: int, kind: socket.SocketKind, *, purpose: str, setting: str
) -> None:
    """Raises LocalError, naming `setting`, when nobody can listen on the port."""
    protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:  # as servers do: a connection that is closing is no listener
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                problem = f"{protocol} port {port} ({purpose}) is in use by another program"
            elif error.errno == errno.EADDRNOTAVAIL:
                problem = f"{address} is not an address of this machine"
                setting = "CALLROUTER_LOCAL_BIND"
            else:
                problem = f"{protocol} port {port} ({purpose}) cannot be used: {error.strerror}"
            raise LocalError(f"{problem}. Another one: {setting}=… make run") from None


@contextmanager
def _bound(kind: socket.SocketKind, port: int) -> Iterator[int]:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", port))
        yield probe.getsockname()[1]


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1, free for TCP and UDP at this moment.

    From 10000 to 19999: the kernel gives away those from 32768 with every connection, `free_range`
    those between. By chance, because others may be looking too.
    """
    ports: list[int] = []
    with ExitStack() as held:
        while len(ports) < count:
            port = 10_000 + secrets.randbelow(10_000)
            try:
                held.enter_context(_bound(socket.SOCK_STREAM, port))
                held.enter_context(_bound(socket.SOCK_DGRAM, port))
            except OSError:
                continue
            ports.append(port)
    return ports


def free_range(length: int, *, first: int = 20_000, last: int = 32_000) -> tuple[int, int]:
    """`length` neighbouring UDP ports of 127.0.0.1 that are free, for RTP; at a place by chance."""
    step = length + length % 2
    starts = list(range(first, last - step, step))
    if starts:
        turn = secrets.randbelow(len(starts))
        starts = starts[turn:] + starts[:turn]
    for start in starts:
        with ExitStack() as held:
            try:
                for port in range(start, start + step):
                    held.enter_context(_bound(socket.SOCK_DGRAM, port))
            except OSError:
                continue
        return start, start + step - 1
    raise LocalError(f"There are no {length} neighbouring free UDP ports from {first} to {last}.")
