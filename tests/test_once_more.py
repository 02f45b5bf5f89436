"""Tests that failed beside others: what passes alone is excused, what fails alone is not."""

import json
from pathlib import Path

import pytest

from tests import once_more

TESTS = """
from pathlib import Path

def test_passes_alone():
    pass

def test_fails_alone():
    assert Path("nowhere").exists()
"""


@pytest.fixture
def failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The list of those that failed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_some.py").write_text(TESTS)
    failed = tmp_path / once_more._FAILED
    failed.parent.mkdir(parents=True)
    return failed


def names(*tests: str) -> str:
    return json.dumps({f"test_some.py::{test}": True for test in tests})


@pytest.mark.parametrize(
    ("tests", "code"),
    [
        (["test_passes_alone"], 0),
        (["test_fails_alone"], 1),
        (["test_passes_alone", "test_fails_alone"], 1),
        ([], 1),
        (["test_passes_alone"] + [f"test_{n}" for n in range(once_more.MOST)], 1),
    ],
)
def test_only_what_passes_alone_is_excused(failed: Path, tests: list[str], code: int) -> None:
    failed.write_text(names(*tests))
    assert once_more.main(1) == code


@pytest.mark.parametrize("ended_with", [0, 2, 3, 4, 5])
def test_only_failures_are_excused_and_nothing_else(failed: Path, ended_with: int) -> None:
    failed.write_text(names("test_passes_alone"))
    assert once_more.main(ended_with) == ended_with


def test_without_a_list_nothing_is_excused(failed: Path) -> None:
    assert once_more.main(1) == 1
