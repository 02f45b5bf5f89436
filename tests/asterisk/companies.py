"""Many copies of the scenarios' company in one configuration, so that scenarios run side by side.

Copy 17 has the numbers 17700, 17701 …, the agents amina17 … and the extensions 171001 ….
"""

import json
from pathlib import Path
from typing import Any

import yaml

FIRST_COPY = 10

SCENARIOS_FILE = Path(__file__).parent.parent / "data" / "scenarios.yaml"


def write_companies(copies: int, path: Path) -> None:
    """Write a configuration with that many companies to `path` (JSON is YAML)."""
    document = yaml.load(SCENARIOS_FILE.read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    companies: dict[str, Any] = {
        "timezone": document["timezone"],
        "language": document["language"],
        "agents": {},
        "agent_groups": {},
        "incoming_call_settings": {},
    }
    for n in range(FIRST_COPY, FIRST_COPY + copies):
        for agent, fields in document["agents"].items():
            extension = f"{n}{fields['extension']}"
            companies["agents"][f"{agent}{n}"] = fields | {"extension": extension}
        for group, fields in document["agent_groups"].items():
            members = [f"{member}{n}" for member in fields["members"]]
            companies["agent_groups"][f"{group}{n}"] = {"members": members}
        for name, fields in document["incoming_call_settings"].items():
            rows = [
                row | {"agent_group": f"{row['agent_group']}{n}"}
                for row in fields.get("call_handling_schedule", [])
            ]
            companies["incoming_call_settings"][f"{name}{n}"] = fields | {
                "numbers": [f"{n}{number}" for number in fields["numbers"]],
                "call_handling_schedule": rows,
            }
    path.write_text(json.dumps(companies, indent=1))
