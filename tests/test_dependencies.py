"""The lock of dependencies: exact, complete, from no other place, and nothing known to be bad."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCK = [
    line
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line.strip() and not line.startswith("#")
]
LOCKED = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in LOCK}
KNOWN_BAD = tomllib.loads((ROOT / "tests" / "known_bad_versions.toml").read_text())


def test_the_lock_has_exact_versions_and_no_addresses() -> None:
    for line in LOCK:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line), line


def test_the_lock_has_everything_that_we_ask_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    for written in (each for group in groups for each in group):
        wanted = Requirement(written)
        version = LOCKED.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is not in requirements.lock"
        assert wanted.specifier.contains(version, prereleases=True), written


@pytest.mark.parametrize("package", KNOWN_BAD)
def test_no_version_is_known_to_be_bad(package: str) -> None:
    version = LOCKED.get(canonicalize_name(package))
    for safe_from, why in KNOWN_BAD[package].items():
        if version is not None:
            assert Version(version) >= Version(safe_from), f"{package} {version}: {why}"


def test_the_list_is_of_what_we_use() -> None:
    """Else it grows old without anybody noticing."""
    unused = [name for name in KNOWN_BAD if canonicalize_name(name) not in LOCKED]
    assert unused == []
