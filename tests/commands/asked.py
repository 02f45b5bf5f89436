"""The command `simulate` as it is typed, and the company that it is asked about."""

import json
from pathlib import Path
from typing import Any

import pytest

from callrouter.cli import main
from tests.config.companies import COMPANY

NIGHTS = """\
  nights:
    numbers: [800]
    call_routing: Simultaneous
    greeting_message: {sound: hello.wav}
    ring_seconds: 30
    max_ring_seconds: 20
    call_handling_schedule:
      - {day_of_week: Sunday, from_time: 22:00, to_time: 06:00, agent_group: sales}
      - {day_of_week: Tuesday, from_time: 22:00, to_time: 06:00, agent_group: nobody}
      - {day_of_week: Wednesday, from_time: 09:00, to_time: 17:00, agent_group: solo}
  long:
    numbers: [900]
    ring_seconds: 30
    max_ring_seconds: 45
    greeting_message: "Hello,\\nplease   wait."
    call_handling_schedule:
      - {day_of_week: Monday, from_time: 09:00, to_time: 17:00, agent_group: sales}
"""


def company_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration where `simulate` looks for it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALLROUTER_CONFIG", raising=False)
    groups = "agent_groups:\n  nobody: {members: []}\n  solo: {members: [bojan]}\n"
    path = tmp_path / "callrouter.yaml"
    path.write_text(COMPANY.replace("agent_groups:\n", groups) + NIGHTS)
    (tmp_path / "hello.wav").write_bytes(b"RIFF")
    return path


class Asked:
    """One run of the command and what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        try:
            self.code = main(["simulate", *arguments])
        except SystemExit as stopped:  # argparse
            self.code = int(stopped.code or 0)
        printed = capsys.readouterr()
        self.out, self.err = printed.out, printed.err

    @property
    def json(self) -> dict[str, Any]:
        assert (self.code, self.err) == (0, "")
        answer: dict[str, Any] = json.loads(self.out)
        return answer
