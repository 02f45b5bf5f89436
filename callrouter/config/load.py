"""A configuration → the routing table with warnings, or all that is wrong at once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from callrouter.config.combinations import combination_findings
from callrouter.config.configured import ConfigSource
from callrouter.config.document import Document
from callrouter.config.holidays import expand_calendars, usual_years
from callrouter.config.loaded import LoadedConfig
from callrouter.config.plain import Finding
from callrouter.config.problems import ConfigError, Fault, Loc, Problem, by_line
from callrouter.config.references import findings, sound_files
from callrouter.config.shape import SourceFile, plain_values
from callrouter.config.source import Reading, read_source
from callrouter.config.table import DEFAULT_TIMEZONE, build_table
from callrouter.routing.lint import lint
from callrouter.routing.model import RoutingTable

__all__ = ["ConfigError", "LoadedConfig", "Problem", "load_file", "read_config"]


_EXPECTED = {
    "model_type": ("fields are expected here", "write `name: value` lines, indented below"),
    "dict_type": ("names with their fields are expected here", "write `name: {…}` lines below"),
    "tuple_type": ("a list is expected here", "write [one, two], or lines that begin with -"),
}
_LEVELS = ("skills with their levels are expected here", "write {arabic: 3}")
_PLAIN_NAMES = {
    "skills": _LEVELS,
    "required_skills": _LEVELS,
    "preferred_skills": _LEVELS,
    "pause_reasons": ("digits with their reasons are expected here", 'write {"1": lunch}'),
}


def load_file(config: ConfigSource, years: range | None = None) -> LoadedConfig:
    """Read and check a configuration; its messages are not rendered yet.

    `years` are those whose holidays are known, else last year and the ten to come. Raises
    ConfigError with every problem found, and nothing else whatever it contains.
    """
    return read_config(config, years)[0]


def read_config(
    config: ConfigSource, years: range | None = None
) -> tuple[LoadedConfig, SourceFile]:
    """As `load_file`, with the source that knows the place of every value."""
    found = examined(read_source(config), years)
    if found.loaded is None:
        raise ConfigError(found.problems, found.files)
    return found.loaded, found.source


@dataclass(frozen=True, slots=True)
class Examined:
    """All that was found in a configuration; `loaded` is None where it cannot be used.

    `values` are what was written, plain and under the fields' names, perhaps wrong; `document` is
    what they mean, None where a value means nothing.
    """

    source: SourceFile
    values: Any
    document: Document | None
    loaded: LoadedConfig | None
    problems: tuple[Problem, ...]
    files: tuple[Path, ...]


def examined(reading: Reading, years: range | None = None) -> Examined:
    """Everything that can be said of it, whatever it contains."""
    source, folder, problems, text = reading
    values, misnamed = plain_values(source, Document)
    files = sound_files(values, folder)
    told = [*findings(values, folder), *combination_findings(values)]
    wrong = [*problems, *misnamed]
    document = expanded = None
    try:
        document = Document.model_validate(values)
    except ValidationError as error:
        wrong += _in_plain_words(source, error.errors(include_url=False))
    else:
        timezone = document.timezone or DEFAULT_TIMEZONE
        years = years or usual_years(datetime.now(UTC).date())
        expanded = expand_calendars(document, folder, years, timezone)
        told += expanded.findings
        files = (*files, *expanded.files)
    wrong += [_problem(source, each) for each in told if not each.warning]
    if document is None or expanded is None or wrong:
        return Examined(source, values, document, None, by_line(wrong), files)
    try:
        table = build_table(document, folder, expanded.calendars)
    except OSError as error:
        gone = Problem("error", source.name, 0, "", f"a file cannot be read ({error})")
        return Examined(source, values, document, None, (gone,), files)
    warnings = (_problem(source, each) for each in told)
    found = by_line([*warnings, *_found(source, document, table)])
    written = json.dumps(values, ensure_ascii=False)
    loaded = LoadedConfig(table, found, files, written, text)
    return Examined(source, values, document, loaded, found, files)


def _problem(source: SourceFile, finding: Finding) -> Problem:
    return source.problem(finding.loc, finding.message, finding.remedy, warning=finding.warning)


def _found(source: SourceFile, document: Document, table: RoutingTable) -> Iterator[Problem]:
    if document.timezone is None:
        without = [
            each.name for each in table.settings.values() if each.timezone == DEFAULT_TIMEZONE
        ]
        if without:
            message = f"no time zone is given, so times are {DEFAULT_TIMEZONE}"
            yield source.problem((), message, "write `timezone: Europe/Belgrade`", warning=True)
    for finding in lint(table, datetime.now(UTC).date()):
        warning = not finding.error
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
        elif error["type"] == "too_long":
            most = error.get("ctx", {}).get("max_length")
            rows = loc[-1:] == ("call_handling_schedule",)
            yield source.problem(
                loc,
                f"there are more than {most} {'rows' if rows else 'entries'}",
                "join rows that touch" if rows else "shorten the list",
            )
        elif error["type"] == "dict_type" and str(loc[-1]) in _PLAIN_NAMES:
            yield source.problem(loc, *_PLAIN_NAMES[str(loc[-1])])
        elif error["type"] in _EXPECTED:
            yield source.problem(loc, *_EXPECTED[error["type"]])
        else:
            yield source.problem(loc, "this is not what belongs here")
