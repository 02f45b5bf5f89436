"""The browser for the tests: an installed one that is fit, else an unpacked one that runs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from callrouter.local.chromium_program import find_chromium, use_loader
from callrouter.local.errors import LocalError

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9/debian"


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{text}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "says", "version"),
    [
        ("chromium", "Chromium 156.0.8078.79 built on Debian GNU/Linux 12", "156.0.8078.79"),
        ("google-chrome", "Google Chrome 141.0.1 ", "141.0.1"),
    ],
)
def test_a_fit_browser_on_the_path_is_used(
    tmp_path: Path, name: str, says: str, version: str
) -> None:
    there = program(tmp_path / "bin", name, says)
    found = find_chromium(tmp_path / "state", say=print, path=str(tmp_path / "bin"))
    assert (found.path, found.version, dict(found.environment)) == (there, version, {})
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("says", ["Chromium 99.0.4844.51", "cannot open display"])
def test_one_that_is_not_fit_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], says: str
) -> None:
    folder = tmp_path / "bin"
    program(folder, "chromium", says)
    with pytest.raises(LocalError, match="from which chromium is fetched once"):
        find_chromium(tmp_path, say=print, mirror=NOWHERE, path=str(folder))
    assert "looking further" in capsys.readouterr().out
    newer = program(folder, "google-chrome", "Google Chrome 150.1")
    assert find_chromium(tmp_path, say=print, mirror=NOWHERE, path=str(folder)).path == newer


def test_a_program_is_run_by_the_loader_it_is_given(tmp_path: Path) -> None:
    copied = tmp_path / "cat"
    shutil.copy("/bin/cat", copied)
    (loader,) = _loaders(copied)
    own = tmp_path / "ld-linux of a name much longer than what was there before.so"
    shutil.copy(loader, own)
    use_loader(copied, own)
    assert _loaders(copied) == {str(own)}


def test_a_script_has_no_loader_to_change(tmp_path: Path) -> None:
    script = program(tmp_path, "script", "x")
    with pytest.raises(LocalError, match="no program of 64 bits"):
        use_loader(script, tmp_path / "ld.so")


def _loaders(cat: Path) -> set[str]:
    """The loaders that are in the memory of a copy of `cat`."""
    maps = subprocess.run([cat, "/proc/self/maps"], capture_output=True, text=True, check=True)
    files = {line[line.index("/") :] for line in maps.stdout.splitlines() if "/" in line}
    return {file for file in files if Path(file).name.startswith("ld-linux")}
