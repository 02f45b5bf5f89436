"""Folders for Unix sockets, whose whole path may have 107 bytes and no more."""

import os
import tempfile
from pathlib import Path

_LONGEST_PATH = 107


def folder_for_socket(usual: Path, socket_name: str) -> tuple[Path, bool]:
    """`usual`, or a short temporary folder in its place; and whether it is temporary.

    A comma will not do either: it separates hosts in a database URL.
    """
    if len(os.fsencode(usual / socket_name)) <= _LONGEST_PATH and "," not in str(usual):
        usual.mkdir(mode=0o700, parents=True, exist_ok=True)
        return usual, False
    return Path(tempfile.mkdtemp(prefix="callrouter-", dir="/tmp")), True
