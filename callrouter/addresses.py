"""What a host is called by: an address, or a name."""

import ipaddress


def is_address(host: str) -> bool:
    """Whether this is an IP address, of either kind, and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
