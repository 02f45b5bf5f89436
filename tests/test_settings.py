"""The router's environment: what cannot be meant is refused by name, with what would do."""

import pytest

from callrouter.cli import main
from callrouter.settings import Settings


@pytest.mark.parametrize(
    ("variable", "written", "says"),
    [
        ("LOG_LEVEL", "verbose", "'debug', 'info', 'warning' or 'error'"),
        ("DRAIN_SECONDS", "-1", "greater than or equal to 0"),
        ("ASTERISK_SERVERS", "[]", "at least 1 item"),
        ("ASTERISK_SERVERS", "http://127.0.0.1:8088", "write a JSON list"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_line(
    variable: str,
    written: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"CALLROUTER_{variable}", written)
    assert main(["run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"callrouter: CALLROUTER_{variable}: ")
    assert says in line


@pytest.mark.parametrize("written", ["nonsense", "[]"])
def test_commands_that_need_none_of_it_say_so_in_a_line_or_go_on(
    written: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLROUTER_ASTERISK_SERVERS", written)
    assert main(["check", "callrouter.yaml"]) == 0
    assert main(["calls"]) == 1
    assert capsys.readouterr().err.startswith("callrouter: CALLROUTER_ASTERISK_SERVERS: ")


def test_a_log_level_may_be_written_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLROUTER_LOG_LEVEL", "DEBUG")
    assert Settings().log_level == "debug"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8088",
        "http://127.9.9.9:8088",
        "http://localhost:8088",
        "http://[::1]:8088",
        "https://pbx.example.org:8089",
    ],
)
def test_ari_on_this_machine_or_encrypted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLROUTER_ASTERISK_SERVERS", f'[{{"url": "{url}"}}]')
    assert Settings().asterisk_servers[0].url == url


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.5:8088", "http://pbx:8088", "http://0.0.0.0:8088", "HTTP://[fe80::1]:8088"],
)
def test_ari_in_the_open_only_where_somebody_says_so(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = f'[{{"url": "http://127.0.0.1:8088"}}, {{"url": "{url}", "password": "s3cret"}}]'
    monkeypatch.setenv("CALLROUTER_ASTERISK_SERVERS", servers)
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("callrouter: CALLROUTER_ASTERISK_SERVERS: ")
    assert "CALLROUTER_ALLOW_PLAIN_ARI" in said
    assert "s3cret" not in said
    monkeypatch.setenv("CALLROUTER_ALLOW_PLAIN_ARI", "true")
    assert Settings().asterisk_servers[1].url == url
