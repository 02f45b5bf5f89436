"""Passwords between the phones, Asterisk and callrouter: made once, kept in one private file.

Law: a password leaves here only into a file of mode 0600 or the environment of a child.
"""

import fcntl
import json
import os
import secrets
from pathlib import Path

# No 0/O, 1/l: some are typed into desk phones. 20 of 32 signs are 100 bits.
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 20


class AsteriskSecrets:
    """The passwords in `path`, which is made when the first one is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        return self._path

    def phone(self, name: str) -> str:
        """The SIP password of the account `name`."""
        return self._known_or_new("phone " + name)

    def ari(self) -> str:
        """The password with which callrouter logs in to Asterisk."""
        return self._known_or_new("ari")

    def entity_id(self) -> str:
        """Not secret, but also made once: the id by which servers are told apart."""
        known = self._known_or_new("entity", secrets.token_hex(5))
        return ":".join(["02", *(known[i : i + 2] for i in range(0, 10, 2))])

    def _known_or_new(self, key: str, new: str | None = None) -> str:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known: dict[str, str] = json.loads(file.read() or "{}")
            if key not in known:
                known[key] = new or "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
                file.seek(0)
                file.write(json.dumps(known, indent=1) + "\n")
                file.truncate()
            return known[key]
