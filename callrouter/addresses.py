"""What a host is called by: an address, or a name."""

import ipaddress

HAPPY_EYEBALLS_SECONDS = 0.25
"""Of a name with several addresses the next is tried after so long."""


def happy_eyeballs_delay(host: str) -> float | None:
    """For `create_connection`: None where there is only one address."""
    return None if is_address(host) else HAPPY_EYEBALLS_SECONDS


def is_address(host: str) -> bool:
    """Whether this is an IP address, of either kind, and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
