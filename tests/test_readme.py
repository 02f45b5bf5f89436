"""What the README says is so: its examples work, its variables exist and have those defaults."""

import re
import shlex
from pathlib import Path

import pytest

from callrouter.cli import COMMANDS, main
from callrouter.local.settings import LocalSettings
from callrouter.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_its_configuration_can_be_used_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = _blocks("yaml")
    file = tmp_path / "example.yaml"
    file.write_text(example)
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out.endswith("1 group; 0 errors, 0 warnings\n")


def test_its_commands_are_understood(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    lines = [line for block in _blocks("sh") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if "callrouter " in line]
    assert [command[0] for command in commands] == ["check", "simulate", "simulate"]
    for command in commands:
        assert main(command) == 0
    assert "rings Amina Haddad and Bojan" in capsys.readouterr().out
    assert set(re.findall(r"`callrouter ([a-z-]+)", README)) <= set(COMMANDS)


def _table(prefix: str) -> dict[str, str]:
    """Variable without prefix → the default that is written behind it."""
    rows = re.findall(rf"^\| `{prefix}([A-Z_]+)`(.*?) \| .* \| ?(.*?) ?\|$", README, re.MULTILINE)
    defaults: dict[str, str] = {}
    for first, more, written in rows:
        names = [first, *re.findall(r"`_([A-Z_]+)`", more)]
        values = written.split(", ") if len(names) > 1 else [written]
        defaults |= dict(zip(names, values, strict=True))
    return defaults


def test_every_variable_is_there_with_its_default() -> None:
    router, local = _table("CALLROUTER_(?!LOCAL_)"), _table("CALLROUTER_LOCAL_")
    assert {name.lower() for name in router} == set(Settings.model_fields)
    assert {name.lower() for name in local} == set(LocalSettings.model_fields)
    for table, fields in ((router, Settings.model_fields), (local, LocalSettings.model_fields)):
        for name, written in table.items():
            default = fields[name.lower()].default
            if isinstance(default, float):
                assert written == f"{default:g}"
            elif isinstance(default, str | int | Path):
                assert written.strip("`") == str(default), name
