"""What the console and its workbench say to each other: a head in JSON and bytes, with lengths.

Pure. Both ends are ours; the bytes may be anybody's.
"""

import struct
from datetime import datetime
from typing import Any

import msgspec

from callrouter.routing.model import Override

LENGTHS = struct.Struct("!II")


class Start(msgspec.Struct, frozen=True):
    """What a workbench is told first: where sounds and prompts are, and the database's address."""

    folder: str
    prompts: str
    database_url: str


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to be done with the bytes that follow.

    `stored` is the key of what is stored now; `overrides` are the live ones, the winning one
    first; `now` is aware. `args` are the job's own.
    """

    kind: str
    now: datetime
    stored: str = ""
    overrides: tuple[Override, ...] = ()
    args: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it went, as an HTTP status; the bytes that follow are the answer in `media`.

    A status from 400 on is a problem: `detail` says what to do, `more` are its other members.
    """

    status: int = 200
    media: str = "application/json"
    detail: str = ""
    more: dict[str, Any] = {}


def framed(head: msgspec.Struct, body: bytes = b"") -> bytes:
    """One message."""
    start = msgspec.json.encode(head)
    return LENGTHS.pack(len(start), len(body)) + start + body
