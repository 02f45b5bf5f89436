"""Which Asterisk versions are fit: those with the fixes of ARI's security and originate bugs."""

import re

from callrouter.ari.errors import UnfitAsterisk

OLDEST_FIT = {20: (20, 20, 1), 22: (22, 10, 1), 23: (23, 4, 1)}
"""Per release series: older ones can deadlock on originate or have open security holes."""


def is_fit(version: str) -> bool:
    """Whether `22.10.1~dfsg+…` is one of the versions we run on; series after 23 are taken."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if not found:
        return False
    numbers = tuple(int(part or 0) for part in found.groups())
    oldest = OLDEST_FIT.get(numbers[0])
    return numbers[0] > max(OLDEST_FIT) if oldest is None else numbers >= oldest


def check_version(version: str, where: str) -> None:
    """Raises `UnfitAsterisk` with what to do."""
    if not is_fit(version):
        fit = ", ".join(".".join(map(str, oldest)) for oldest in OLDEST_FIT.values())
        raise UnfitAsterisk(
            f"{where}: Asterisk {version or 'of unknown version'} is too old; "
            f"install {fit} or a later one of its series"
        )
