"""Many copies of the scenarios' company in one configuration, so that scenarios run side by side.

Copy 17 has the numbers 17700, 17701 …, the agents amina17 … and the extensions 171001 …; outside
numbers and the trunk are the same for all.
"""

import json
from pathlib import Path
from typing import Any

import yaml

FIRST_COPY = 10

SCENARIOS_FILE = Path(__file__).parent.parent / "data" / "scenarios.yaml"

_NAMED = ("agents", "agent_groups", "incoming_call_settings")
_REFERENCES = ("agent_group", "incoming_call_settings", "agent", "members")
_NUMBERS = ("numbers", "extension")


def write_companies(copies: int, path: Path) -> None:
    """Write a configuration with that many companies to `path` (JSON is YAML)."""
    document = yaml.load(SCENARIOS_FILE.read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    companies: dict[str, Any] = {section: {} for section in _NAMED}
    companies |= {name: value for name, value in document.items() if name not in _NAMED}
    for n in range(FIRST_COPY, FIRST_COPY + copies):
        for section in _NAMED:
            copied = {f"{name}{n}": _copy(each, n) for name, each in document[section].items()}
            companies[section] |= copied
    path.write_text(json.dumps(companies, indent=1))


def _copy(value: Any, n: int, field: str = "") -> Any:
    """The same with the names and numbers of copy `n`."""
    match value:
        case dict():
            return {name: _copy(each, n, name) for name, each in value.items()}
        case list():
            return [_copy(each, n, field) for each in value]
        case _ if field in _REFERENCES:
            return f"{value}{n}"
        case _ if field in _NUMBERS:
            return f"{n}{value}"
        case _ if field in ("phone", "phones"):
            return value.replace("PJSIP/", f"PJSIP/{n}")
    return value
