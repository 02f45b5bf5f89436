"""The pages' scripts that touch no page, run by node as the browser runs them."""

import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from callrouter import console

TESTS = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_script(path: Path) -> None:
    node, _ = compute_driver_executable()
    ran = subprocess.run(
        [node, "--no-warnings", "--test", "--test-reporter=spec", path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_there_are_scripts_to_test() -> None:
    assert len(TESTS) >= 2


def test_every_script_can_be_read(tmp_path: Path) -> None:
    node, _ = compute_driver_executable()
    wrong = []
    for script in sorted((Path(console.__file__).parent / "static/js").glob("*.js")):
        module = tmp_path / f"{script.stem}.mjs"
        module.write_text(script.read_text())
        read = subprocess.run(
            [node, "--check", module], capture_output=True, text=True, check=False, timeout=30
        )
        if read.returncode:
            wrong.append(read.stderr)
    assert not wrong, "\n".join(wrong)
