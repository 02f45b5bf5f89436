"""Passwords: which ones will do (NIST SP 800-63B), hashed with argon2id and verified.

Law: hashing happens in one thread of its own, one after another; of those who wait there are never
more than a few, so that a flood of sign-ins costs neither the event loop nor memory.
"""

import asyncio
import re
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from callrouter.console.people.said import Refused, _

T = TypeVar("T")

SHORTEST = 10
LONGEST = 256
MOST_WAITING = 20

# RFC 9106's second choice, with one lane: the machine's other cores are for calls.
_USUAL = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

_COMMON = Path(__file__).with_name("common_passwords.txt")
_ROWS = ("1234567890", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_RUNS = tuple(
    run for row in (*_ROWS, "abcdefghijklmnopqrstuvwxyz") for run in (row * 2, row[::-1] * 2)
)
_LONGEST_PATTERN = 4


class Busy(Exception):
    """Too many passwords wait to be looked at."""


def demand_good(password: str, name: str, full_name: str = "") -> None:
    """Raises Refused where a password is one of the first that are guessed.

    There are no rules about its signs, and it never expires.
    """
    if len(password) < SHORTEST:
        raise Refused(
            _("The password is too short: take at least %(least)s characters."), least=SHORTEST
        )
    if len(password) > LONGEST:
        raise Refused(_("The password is too long: %(most)s characters at most."), most=LONGEST)
    folded = normal(password).casefold()
    own = {name.casefold(), *full_name.casefold().split(), "callrouter"}
    if _core(folded) in {*own, *map(_core, own)} - {""} or folded in own:
        raise Refused(_("The password is the name with a little added: take another."))
    if _is_pattern(folded) or folded in _common() or _core(folded) in _common():
        raise Refused(_("The password is among the first that are guessed: take another."))


def normal(password: str) -> str:
    """The same characters are the same password, however a keyboard puts them together."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Hashes and verifies, one password at a time."""

    def __init__(self, hasher: PasswordHasher = _USUAL) -> None:
        self._hasher = hasher
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")
        self._waiting = 0
        self._counting = threading.Lock()
        self._nobodys: str | None = None

    async def hashed(self, password: str) -> str:
        """What to store of it. Raises Busy."""
        return await self._run(self._hash, password)

    async def right(self, password: str, stored: str | None) -> bool:
        """Whether it is the one whose hash is stored. Takes as long where none is. Raises Busy."""
        return await self._run(self._verify, password, stored)

    def outdated(self, stored: str) -> bool:
        """Whether it was hashed with less effort than we take now."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Ends the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *arguments: str | None) -> T:
        with self._counting:
            if self._waiting >= MOST_WAITING:
                raise Busy
            self._waiting += 1
        future = self._thread.submit(work, *arguments)
        # Who asked may be gone meanwhile; where his password is being hashed, it counts.
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _: object) -> None:
        with self._counting:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_bytes(password))

    def _verify(self, password: str, stored: str | None) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(b"nobody's")
        try:
            return self._hasher.verify(stored or self._nobodys, _bytes(password)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def _bytes(password: str) -> bytes:
    return normal(password).encode(errors="surrogatepass")


def _core(folded: str) -> str:
    """Without the digits and signs that people put before and behind a word."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)


def _is_pattern(folded: str) -> bool:
    """`aaaaaaaaaa`, `abcabcabcabc`, `qwertyuiop12`, `1234567890`, `abcdefghij`."""
    for size in range(1, _LONGEST_PATTERN + 1):
        if (folded[:size] * len(folded))[: len(folded)] == folded:
            return True
    return _outside_runs(folded) < _LONGEST_PATTERN


def _outside_runs(folded: str) -> int:
    """How many characters are no part of a run of four or more along a row of keys."""
    at = outside = 0
    while at < len(folded):
        end = at + 1
        while end < len(folded) and any(folded[at : end + 1] in row for row in _RUNS):
            end += 1
        run = end - at if end - at >= _LONGEST_PATTERN else 0
        outside += 0 if run else 1
        at += run or 1
    return outside


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))
