"""Where a configuration is read from: a YAML file, or the rows of the database's tables.

Both become one tree of the values that were written; everything after that is the same code.
"""

import json
from pathlib import Path
from typing import NamedTuple

from callrouter.config.configured import (
    DATABASE,
    ConfigSource,
    DraftDocument,
    StoredConfiguration,
)
from callrouter.config.problems import ConfigError, Problem
from callrouter.config.rows import document_of, places_of, tree_of
from callrouter.config.shape import SourceFile
from callrouter.config.yaml_source import MAX_BYTES, read_tree


class Reading(NamedTuple):
    """What there is to be checked, and what was wrong already.

    `text` is the file as it was written, None where there is none.
    """

    source: SourceFile
    folder: Path
    problems: tuple[Problem, ...]
    text: str | None


def read_source(config: ConfigSource) -> Reading:
    """The tree of values. Raises ConfigError where there is none."""
    match config:
        case Path():
            raw = _read(config)
            root, problems = read_tree(raw, str(config))
            text = raw.decode("utf-8", "replace")
            return Reading(SourceFile(str(config), root), config.parent, problems, text)
        case StoredConfiguration():
            document, ids = document_of(config.rows)
            if not document:
                nothing = "the tables of the configuration are empty"
                remedy = "run `callrouter config import FILE`"
                raise ConfigError((Problem("error", DATABASE, 0, "", nothing, remedy),))
            source = SourceFile(DATABASE, tree_of(document), places_of(ids))
            return Reading(source, config.folder, (), None)
        case DraftDocument():
            source = SourceFile(config.name, tree_of(json.loads(config.document)))
            return Reading(source, config.folder, (), None)


def _read(path: Path) -> bytes:
    def unreadable(message: str, remedy: str) -> ConfigError:
        return ConfigError((Problem("error", str(path), 0, "", message, remedy),))

    try:
        if path.is_dir():
            raise unreadable("this is a directory", "give the path of the YAML file in it")
        if path.exists() and not path.is_file():
            raise unreadable("this is not a file", "give the path of a YAML file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise unreadable("there is no such file", "check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise unreadable(f"the file cannot be read ({reason})", "check its permissions") from None
