"""Messages of a configuration and the sounds in its folder: what says what, and who uses it."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callrouter.config.plain import entries, items, mapping, messages
from callrouter.config.problems import Loc, field_path
from callrouter.console.bench.voice import seconds_of
from callrouter.prompts.templates import PLACEHOLDER

MOST_LISTED = 1_000
MOST_BYTES = 30_000_000
_SAFE_NAME = re.compile(r"[^\W_][\w .()-]{0,79}")


def safe_name(written: str) -> str | None:
    """The file's name with `.wav`; None where it is no plain name of a file in the folder."""
    name = written.strip()
    stem = name.rpartition(".")[0] if "." in name[1:] else name
    if not _SAFE_NAME.fullmatch(stem) or stem != stem.strip() or ".." in stem:
        return None
    return f"{stem}.wav"


def lies_at(folder: Path, written: str) -> Path | None:
    """The file that is meant, whether there is one or not; None where no file can be meant."""
    try:
        path = (folder / written).resolve()
        path.is_file()  # raises where the name is too long
    except (OSError, ValueError):
        return None
    return path


def listed_messages(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every message with its place, its language and the settings whose callers may hear it."""
    return [
        {
            "path": list(message.loc),
            "where": _where(message.loc),
            "text": _part(message.written, "text"),
            "sound": _part(message.written, "sound"),
            "language": _language(document, message.loc, message.written),
            "placeholder": PLACEHOLDER.search(_part(message.written, "text") or "") is not None,
            "used_by": list(_used_by(document, message.loc)),
        }
        for message in messages(document)
    ]


def _part(written: Any, name: str) -> str | None:
    if isinstance(written, str):
        return written if name == "text" else None
    value = mapping(written).get(name)
    return value if isinstance(value, str) else None


def _where(loc: Loc) -> str:
    return field_path(loc[1:] if loc[0] in ("incoming_call_settings", "holiday_calendars") else loc)


def _language(document: dict[str, Any], loc: Loc, written: Any) -> str | None:
    """As a caller hears it; a sound has none."""
    if _part(written, "sound") is not None:
        return None
    owner = mapping(mapping(document.get(str(loc[0]))).get(str(loc[1]))) if len(loc) > 1 else {}
    own = mapping(written).get("language")
    return str(own or owner.get("language") or document.get("language") or "en")


def _used_by(document: dict[str, Any], loc: Loc) -> Iterator[str]:
    for (_, name), settings in entries(document, "incoming_call_settings"):
        match loc:
            case ("incoming_call_settings", str() as owner, *_):
                uses = owner == name
            case ("holiday_calendars", str() as calendar, *_):
                uses = calendar in items(settings.get("holidays"))
            case _:
                uses = True
        if uses:
            yield str(name)


def uses_of(document: dict[str, Any], folder: Path, file: Path) -> list[list[str | int]]:
    """The places at which a message is this file."""
    return [
        list(message.loc)
        for message in messages(document)
        if (sound := _part(message.written, "sound")) is not None
        and lies_at(folder, sound) == file.resolve()
    ]


def listed_sounds(document: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The WAV files of the folder, by name, with who uses them; none where there is no folder."""
    try:
        files = sorted(
            each
            for each in folder.iterdir()
            if each.suffix.lower() == ".wav" and each.is_file() and not each.is_symlink()
        )
    except OSError:
        return []
    used: dict[Path | None, list[list[str | int]]] = {}
    for message in messages(document):
        if (sound := _part(message.written, "sound")) is not None:
            used.setdefault(lies_at(folder, sound), []).append(list(message.loc))
    return [sound_entry(each, used.get(each.resolve(), [])) for each in files[:MOST_LISTED]]


def sound_entry(file: Path, used_by: list[list[str | int]]) -> dict[str, Any]:
    """One sound; `seconds` is null where the file is none."""
    status = file.stat()
    content = file.read_bytes() if status.st_size <= MOST_BYTES else b""
    return {
        "name": file.name,
        "bytes": status.st_size,
        "seconds": seconds_of(content),
        "etag": sound_tag(content),
        "at": datetime.fromtimestamp(status.st_mtime, UTC).isoformat(),
        "used_by": used_by,
    }


def sound_tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
