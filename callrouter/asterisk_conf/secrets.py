"""Passwords between the phones, Asterisk and callrouter: made once, kept in one private file.

Law: a password leaves here only into a file of mode 0600 or the environment of a child.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
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
        return self.phones([name])[name]

    def phones(self, names: Iterable[str]) -> dict[str, str]:
        """The SIP passwords of several accounts, for the price of one."""
        wanted = list(names)
        known = self._known({"phone " + name: _password for name in wanted})
        return {name: known["phone " + name] for name in wanted}

    def ari(self) -> str:
        """The password with which callrouter logs in to Asterisk."""
        return self._known({"ari": _password})["ari"]

    def entity_id(self) -> str:
        """Not secret, but also made once: the id by which servers are told apart."""
        known = self._known({"entity": lambda: secrets.token_hex(5)})["entity"]
        return ":".join(["02", *(known[i : i + 2] for i in range(0, 10, 2))])

    def _known(self, wanted: Mapping[str, Callable[[], str]]) -> dict[str, str]:
        """Everything in the file, after what is `wanted` and not there yet has been made."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known: dict[str, str] = json.loads(file.read() or "{}")
            new = {key: make() for key, make in wanted.items() if key not in known}
            if new:
                known |= new
                file.seek(0)
                file.write(json.dumps(known, indent=1) + "\n")
                file.truncate()
            return known


def _password() -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
