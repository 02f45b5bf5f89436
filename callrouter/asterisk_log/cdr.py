"""Asterisk's own call records (`Master.csv`): what channels did that no router saw, or not whole.

Asterisk writes a row when a channel is gone, in whole seconds; it drops rows that are too long for
it, and none is written when it is killed. So what is not found here is not known, and what is
not understood (a torn line, a name that somebody made up) is left out. Functions that read files
block and belong into a thread.
"""

import csv
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from callrouter.asterisk_log.files import lines_of
from callrouter.asterisk_log.places import CDR

KEPT_FILES = 3
"""So many full files are kept beside the one that grows."""

FILE_BYTES = 32 * 1024 * 1024
"""About a hundred thousand rows: then a file is full."""

INCOMING = "incoming"
"""What the dialplan tells callrouter of a caller."""

T = TypeVar("T")

_COLUMNS = (17, 18)  # the last one, userfield, is only there where it is switched on
_CALLER_NUMBER, _NUMBER, _CALLER = 1, 2, 4
_DESTINATION_CHANNEL, _ANSWER, _END, _UNIQUE_ID = 6, 10, 11, 16
_APPLICATION, _ARGUMENTS, _START = 7, 8, 9


@dataclass(frozen=True, slots=True)
class ChannelEnd:
    """What the rows of one channel say, in UTC and whole seconds, rounded down.

    `answered_at` is None where it never was. `talk_ended_at` is when its last talk with another
    channel ended, None where there was none, and `talked_to` the phone of that one. Which of the
    two left first, no row tells: the row of who stays behind ends with the talk as well.
    """

    ended_at: datetime
    answered_at: datetime | None = None
    talk_ended_at: datetime | None = None
    talked_to: str = ""


@dataclass(frozen=True, slots=True)
class AtTheDoor:
    """A channel whose last step was into callrouter; moments as in `ChannelEnd`.

    What the caller and his phone said of themselves is as they wrote it.
    """

    channel_id: str
    number: str
    caller_number: str
    caller_name: str
    began_at: datetime
    ended_at: datetime
    answered_at: datetime | None = None


def at_the_door_in(lines: Iterable[bytes], app: str, since: datetime) -> dict[str, AtTheDoor]:
    """The channels, by their ids, that were in Stasis application `app` when they ended."""
    found = {}
    for fields in filter(None, map(_fields, _perhaps_since(lines, since))):
        began_at, ended_at = _moment(fields[_START]), _moment(fields[_END])
        entered = fields[_APPLICATION] == "Stasis" and fields[_ARGUMENTS] == f"{app},{INCOMING}"
        if entered and began_at and ended_at and ended_at >= since:
            channel = fields[_UNIQUE_ID]
            name = fields[_CALLER].rpartition(" <")[0].strip('"')
            found[channel] = AtTheDoor(
                channel,
                fields[_NUMBER],
                fields[_CALLER_NUMBER],
                name,
                began_at,
                ended_at,
                _moment(fields[_ANSWER]),
            )
    return found


def _perhaps_since(lines: Iterable[bytes], since: datetime) -> Iterator[bytes]:
    """Without those that ended before: they are nearly all, and to read them takes far longer."""
    moment = f'"{since.astimezone(UTC):%Y-%m-%d %H:%M:%S}'.encode()
    for line in lines:
        # Counted from the right, where no name can be: the end and what stands beside it.
        if any(part[:1] == b'"' and part >= moment for part in line.rsplit(b",", 7)[1:3]):
            yield line


def at_the_door(log_dir: Path, app: str, since: datetime) -> dict[str, AtTheDoor]:
    """The same from Asterisk's log folder, bounded as `ends_of`, which see."""
    return {
        channel: each
        for path in _written_since(log_dir, since)
        for channel, each in _read(path, lambda lines: at_the_door_in(lines, app, since)).items()
    }


def ends_in(lines: Iterable[bytes], channels: Collection[str]) -> dict[str, ChannelEnd]:
    """The ends of these channels (by their ids), as far as the lines know of them."""
    wanted = {channel.encode() for channel in channels}
    found: dict[str, ChannelEnd] = {}
    for line in lines:
        near_the_end = line.rsplit(b'"', 5)
        if not wanted.isdisjoint(near_the_end[1:]):
            for channel, end in _row(line):
                if channel in channels:
                    found[channel] = _joined(found.get(channel), end)
    return found


def ends_of(log_dir: Path, channels: Collection[str], since: datetime) -> dict[str, ChannelEnd]:
    """The same from Asterisk's log folder; only what was written after `since` is looked at.

    Bounded: it reads at most the files that are kept. Raises OSError where they cannot be read.
    """
    found: dict[str, ChannelEnd] = {}
    for path in _written_since(log_dir, since):
        for channel, end in _read(path, lambda lines: ends_in(lines, channels)).items():
            found[channel] = _joined(found.get(channel), end)
    return found


def _written_since(log_dir: Path, since: datetime) -> Iterator[Path]:
    for path in reversed(_files(log_dir / CDR)):
        with suppress(FileNotFoundError):  # none yet, or renamed meanwhile
            if path.stat().st_mtime >= since.timestamp():
                yield path


def _read(path: Path, rows: Callable[[Iterable[bytes]], dict[str, T]]) -> dict[str, T]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 2 * FILE_BYTES))
            return rows(lines_of(file))
    except FileNotFoundError:
        return {}


def rotate(log_dir: Path) -> None:
    """Put a full file aside and drop the oldest. Raises OSError where that is not allowed."""
    growing, *full = _files(log_dir / CDR)
    try:
        if growing.stat().st_size < FILE_BYTES:
            return
    except FileNotFoundError:
        return
    for older, newer in zip(reversed(full), reversed([growing, *full[:-1]]), strict=True):
        if newer.exists():
            newer.replace(older)


def _files(growing: Path) -> list[Path]:
    """The one that grows, then the full ones, the newest first."""
    names = (f"{growing.name}.{number}" for number in range(1, KEPT_FILES + 1))
    return [growing, *map(growing.with_name, names)]


def _fields(line: bytes) -> list[str] | None:
    try:
        (fields,) = csv.reader([line.decode("utf-8", "replace")], strict=True)
    except (csv.Error, ValueError):
        return None
    return fields if len(fields) in _COLUMNS else None


def _row(line: bytes) -> Iterator[tuple[str, ChannelEnd]]:
    fields = _fields(line)
    if fields is None:
        return
    ended_at, answered_at = _moment(fields[_END]), _moment(fields[_ANSWER])
    if ended_at is not None:
        other = fields[_DESTINATION_CHANNEL] if answered_at is not None else ""
        phone = other.rpartition("-")[0]
        end = ChannelEnd(ended_at, answered_at, ended_at if other else None, phone)
        yield fields[_UNIQUE_ID], end


def _moment(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _joined(before: ChannelEnd | None, end: ChannelEnd) -> ChannelEnd:
    if before is None:
        return end
    answers = [each for each in (before.answered_at, end.answered_at) if each is not None]
    talks = [(at, each.talked_to) for each in (before, end) if (at := each.talk_ended_at)]
    ended_at, talked_to = max(talks, default=(None, ""))
    return ChannelEnd(
        max(before.ended_at, end.ended_at), min(answers, default=None), ended_at, talked_to
    )
