"""`callrouter check` as an admin runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from callrouter.cli import main
from tests.config.companies import COMPANY, with_change


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "callrouter.yaml"
    path.write_text(COMPANY)
    return path


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Exit code and printed lines of `callrouter check …`."""
    code = main(["check", *arguments])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, printed.out.splitlines()


def test_a_good_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, "callrouter.yaml") == (
        0,
        ["callrouter.yaml: 2 numbers, 2 agents, 1 group; 0 errors, 0 warnings"],
    )
    assert [path.name for path in file.parent.iterdir()] == ["callrouter.yaml"]


def test_a_file_with_warnings_is_usable(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(with_change("[amina, bojan]", "[amina]"))
    assert check(capsys, "callrouter.yaml", "--no-render") == (
        0,
        [
            "callrouter.yaml:5: warning: agents.bojan: this agent is in no group and gets no "
            "calls; add the agent to a group, or remove the agent",
            "callrouter.yaml: 2 numbers, 2 agents, 1 group; 0 errors, 1 warning",
        ],
    )


def test_a_number_that_nobody_can_answer_is_an_error(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(with_change("[amina, bojan]", "[]"))
    code, lines = check(capsys, "callrouter.yaml", "--no-render")
    assert code == 1
    assert lines[-2:] == [
        "callrouter.yaml:9: incoming_call_settings.office: nobody can ever answer a call on "
        "+381111234567 and 700: sales has no members; see that somebody can be rung",
        "callrouter.yaml: 2 numbers, 2 agents, 1 group; 1 error, 3 warnings",
    ]


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_strict_also_fails_for_warnings(
    file: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert check(capsys, "callrouter.yaml", "--no-render", "--strict", *more)[0] == 0
    file.write_text(with_change("[amina, bojan]", "[amina]"))
    assert check(capsys, "callrouter.yaml", "--no-render", *more)[0] == 0
    assert check(capsys, "callrouter.yaml", "--no-render", "--strict", *more)[0] == 1


def test_an_outside_number_that_cannot_be_dialled_is_an_error(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(COMPANY + '    follow_on: {outside_number: "+38164123456"}\n')
    code, lines = check(capsys, "callrouter.yaml", "--no-render")
    assert code == 1
    assert lines == [
        "callrouter.yaml:16: incoming_call_settings.office.follow_on.outside_number: "
        "there is no outside_line to dial a number on; "
        'write `outside_line: {trunk: …, allowed: ["+38164123456"]}`',
        "callrouter.yaml: 1 error, 0 warnings",
    ]


def test_errors_come_in_the_order_of_lines(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = with_change("17:00", "26:00").replace("Belgrade", "Belgrad").replace("1002", "x")
    file.write_text(text)
    code, lines = check(capsys, "callrouter.yaml")
    assert code == 1
    assert [line.split(":")[1] for line in lines] == ["1", "5", "15", " 3 errors, 0 warnings"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            lambda path: path.unlink(), "there is no such file; check the path", id="missing"
        ),
        pytest.param(
            lambda path: (path.unlink(), path.mkdir()),
            "this is a directory; give the path of the YAML file in it",
            id="a directory",
        ),
        pytest.param(lambda path: path.write_text(""), "the file is empty", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\xff\x00"), "is not UTF-8", id="binary"),
    ],
)
def test_what_is_no_file_is_one_clear_error(
    file: Path,
    capsys: pytest.CaptureFixture[str],
    make: object,
    expected: str,
) -> None:
    assert callable(make)
    make(file)
    code, lines = check(capsys, str(file))
    assert code == 1
    assert expected in lines[0]
    assert lines[1:] == [f"{file}: 1 error, 0 warnings"]


def test_without_a_file_it_is_the_routers_own(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out.startswith("callrouter.yaml: ")
    monkeypatch.setenv("CALLROUTER_CONFIG", str(file.parent / "other.yaml"))
    assert main(["check"]) == 1
    assert "other.yaml: there is no such file" in capsys.readouterr().out


def test_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(with_change("[amina, bojan]", "[amina]"))
    assert main(["check", "callrouter.yaml", "--json"]) == 0
    usable = json.loads(capsys.readouterr().out)
    assert set(usable) == {"file", "version", "errors", "warnings"}
    assert (usable["file"], len(usable["version"]), usable["errors"]) == ("callrouter.yaml", 12, [])
    assert [(each["line"], each["field"]) for each in usable["warnings"]] == [(5, "agents.bojan")]
    file.write_text(with_change("17:00", "26:00"))
    assert main(["check", "callrouter.yaml", "--json"]) == 1
    broken = json.loads(capsys.readouterr().out)
    assert broken["version"] is None
    (error,) = broken["errors"]
    assert set(error) == {"level", "line", "field", "message", "remedy", "text"}
    assert error["level"] == "error"
    assert error["text"].startswith("callrouter.yaml:15: incoming_call_settings.office.")


def test_a_message_that_cannot_be_spoken_is_an_error_unless_nothing_is_rendered(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(with_change("Welcome.", "{text: Qapla', language: tlh}"))
    assert check(capsys, "callrouter.yaml", "--no-render")[0] == 0
    code, lines = check(capsys, "callrouter.yaml")
    assert code == 1
    assert lines[0].startswith(
        "callrouter.yaml:11: incoming_call_settings.office.greeting_message: "
        "the speech engine does not speak 'tlh'; write a code such as"
    )


def test_prompts_go_to_the_routers_own_store_where_there_is_one(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = file.parent / "prompts"
    prompts.mkdir()
    monkeypatch.setenv("CALLROUTER_PROMPTS_DIR", str(prompts))
    assert check(capsys, "callrouter.yaml")[0] == 0
    assert len(list(prompts.glob("*.wav16"))) == 3


def test_an_environment_that_is_wrong_is_not_the_files_fault(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLROUTER_DRAIN_SECONDS", "soon")
    assert check(capsys, "callrouter.yaml")[0] == 0


def test_a_terminal_that_knows_only_ascii_shows_everything(file: Path) -> None:
    file.write_text(with_change("agent_group: sales", "agent_group: продаја"))
    found = subprocess.run(
        [sys.executable, "-m", "callrouter", "check", str(file), "--no-render"],
        env={"PYTHONIOENCODING": "ascii"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (1, "")
    assert r"\u043f\u0440\u043e\u0434\u0430\u0458\u0430" in found.stdout
