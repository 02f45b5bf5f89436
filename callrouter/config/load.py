"""A configuration file → the routing table with warnings, or all that is wrong at once."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from callrouter.config.document import MOST_ROWS, Document
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError, Fault, Loc, Problem, by_line
from callrouter.config.references import findings, sound_files
from callrouter.config.shape import SourceFile, plain_values
from callrouter.config.table import DEFAULT_TIMEZONE, build_table
from callrouter.config.yaml_source import MAX_BYTES, read_tree
from callrouter.routing.lint import lint
from callrouter.routing.model import RoutingTable

__all__ = ["ConfigError", "LoadedConfig", "Problem", "load_file", "read_config"]


_EXPECTED = {
    "model_type": ("fields are expected here", "write `name: value` lines, indented below"),
    "dict_type": ("names with their fields are expected here", "write `name: {…}` lines below"),
    "too_long": (f"there are more than {MOST_ROWS} rows", "join rows that touch"),
    "tuple_type": ("a list is expected here", "write [one, two], or lines that begin with -"),
}


def load_file(path: Path) -> LoadedConfig:
    """Read and check the configuration at `path`; its messages are not rendered yet.

    Raises ConfigError with every problem found, and nothing else whatever the file contains.
    """
    return read_config(path)[0]


def read_config(path: Path) -> tuple[LoadedConfig, SourceFile]:
    """As `load_file`, with the source that knows the line of every value."""
    root, problems = read_tree(_read(path), str(path))
    source = SourceFile(str(path), root)
    values, misnamed = plain_values(source, Document)
    files = sound_files(values, path.parent)
    wrong = [
        *problems,
        *misnamed,
        *(source.problem(*finding) for finding in findings(values, path.parent)),
    ]
    document = None
    try:
        document = Document.model_validate(values)
    except ValidationError as error:
        wrong += _in_plain_words(source, error.errors(include_url=False))
    if document is None or wrong:
        raise ConfigError(by_line(wrong), files)
    try:
        table = build_table(document, path.parent)
    except OSError as error:
        gone = Problem("error", str(path), 0, "", f"a sound file cannot be read ({error})")
        raise ConfigError((gone,), files) from None
    found = by_line(_found(source, document, table))
    if any(problem.level == "error" for problem in found):
        raise ConfigError(found, files)
    return LoadedConfig(table, found, files), source


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


def _found(source: SourceFile, document: Document, table: RoutingTable) -> Iterator[Problem]:
    if document.timezone is None:
        without = [
            each.name for each in table.settings.values() if each.timezone == DEFAULT_TIMEZONE
        ]
        if without:
            message = f"no time zone is given, so times are {DEFAULT_TIMEZONE}"
            yield source.problem((), message, "write `timezone: Europe/Belgrade`", warning=True)
    for finding in lint(table, datetime.now(UTC).date()):
        warning = finding.level == "warning"
        yield source.problem(finding.path, finding.message, finding.remedy, warning=warning)


def _in_plain_words(source: SourceFile, errors: Iterable[ErrorDetails]) -> Iterator[Problem]:
    """The validator's findings in our words, each at its place."""
    for error in errors:
        loc: Loc = error["loc"][:-1] if error["loc"][-1:] == ("[key]",) else error["loc"]
        fault = error.get("ctx", {}).get("error")
        if isinstance(fault, Fault):
            yield source.problem(loc, fault.message, fault.remedy)
        elif error["type"] == "missing":
            name = loc[-1]
            remedy = f"write `{name}: …`; a value that begins with # needs quotes"
            yield source.problem(loc[:-1], f"{name} is missing", remedy)
        elif error["type"] in _EXPECTED:
            yield source.problem(loc, *_EXPECTED[error["type"]])
        else:
            yield source.problem(loc, "this is not what belongs here")
