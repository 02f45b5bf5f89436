"""Ports: an error that names the setting, and free ones for tests."""

import socket

import pytest

from callrouter.local.errors import LocalError
from callrouter.local.ports import free_ports, free_range, require_free


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
def test_a_port_in_use_is_said_with_its_setting(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LocalError, match=rf"port {port} \(SIP\) is in use.*SIP_PORT=…"):
            require_free("127.0.0.1", port, kind, purpose="SIP", setting="SIP_PORT")
    require_free("127.0.0.1", port, kind, purpose="SIP", setting="SIP_PORT")


def test_an_address_of_another_machine_is_said_to_be_one() -> None:
    with pytest.raises(LocalError, match=r"192\.0\.2\.77 is not an address of this machine"):
        require_free("192.0.2.77", 5060, socket.SOCK_DGRAM, purpose="SIP", setting="SIP_PORT")


def test_free_ports_are_different_and_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        require_free("127.0.0.1", port, socket.SOCK_DGRAM, purpose="x", setting="X")


def test_a_range_has_the_length_asked_for_and_no_port_in_use() -> None:
    start, end = free_range(10)
    assert end - start == 9
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", start + 3))
        with pytest.raises(LocalError):
            free_range(10, first=start, last=end + 2)
    with pytest.raises(LocalError, match="no 10 neighbouring"):
        free_range(10, first=20_000, last=20_005)
