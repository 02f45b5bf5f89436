"""A small company's configuration, and ways to break it."""

from pathlib import Path

from callrouter.config.load import ConfigError, LoadedConfig, load_file

COMPANY = """\
timezone: Europe/Belgrade
language: en
agents:
  amina: {name: Amina Haddad, extension: "1001", skills: {sales: 5}}
  bojan: {extension: 1002}
agent_groups:
  sales: {members: [amina, bojan]}
incoming_call_settings:
  office:
    numbers: ["+381111234567", 700]
    greeting_message: Welcome.
    agent_busy_message: All are busy.
    agent_unavailable_message: Nobody is here.
    call_handling_schedule:
      - {day_of_week: Monday, from_time: 09:00, to_time: 17:00, agent_group: sales}
"""


def load(folder: Path, text: str | bytes) -> LoadedConfig:
    """The configuration with this content."""
    file = folder / "callrouter.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_file(file)


def complaints(folder: Path, text: str | bytes) -> list[str]:
    """What load_file says about this content, without the folder's name; empty if it is usable."""
    try:
        load(folder, text)
    except ConfigError as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    return []


def with_change(old: str, new: str) -> str:
    """The company's file after one edit."""
    assert COMPANY.count(old) == 1, f"{old!r} must stand in the file once"
    return COMPANY.replace(old, new)
