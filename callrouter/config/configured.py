"""What a configuration is read from: apart from the reading, which the router does not import."""

from dataclasses import dataclass
from pathlib import Path

DATABASE = "database"


@dataclass(frozen=True, slots=True)
class StoredConfiguration:
    """The configuration tables as JSON text; sounds are looked for from `folder`."""

    rows: str
    folder: Path


@dataclass(frozen=True, slots=True)
class DraftDocument:
    """A document at hand, as the plain values in JSON that a version keeps, under a `name`."""

    name: str
    document: str
    folder: Path


ConfigSource = Path | StoredConfiguration | DraftDocument


def name_of(config: ConfigSource) -> str:
    """What messages call it."""
    match config:
        case Path():
            return str(config)
        case StoredConfiguration():
            return DATABASE
        case DraftDocument():
            return config.name


def folder_of(config: ConfigSource) -> Path:
    """From where its sounds and other files are looked for."""
    return config.parent if isinstance(config, Path) else config.folder
