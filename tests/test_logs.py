"""The log: a call's id on its lines, nothing that obeys a caller, no secret, no disk that hurts."""

import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from callrouter.logs import CALL, JsonLines, PlainLines, lost_lines, set_up_logging
from callrouter.settings import Settings

CALL_ID = UUID("75ce7dae-0000-4000-8000-000000000001")
log = logging.getLogger("callrouter.test")


def said(form: logging.Formatter, message: str, *args: object, error: bool = False) -> str:
    info = None
    if error:
        try:
            raise ValueError("secret-one\nin two lines")
        except ValueError:
            info = sys.exc_info()
    return form.format(logging.LogRecord("x", logging.INFO, "", 0, message, args, info))


def test_json_lines_have_time_level_logger_and_message() -> None:
    line = json.loads(said(JsonLines(), "ready: %s", "abc"))
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "info", "logger": "x", "message": "ready: abc"}


async def test_a_line_from_a_calls_task_carries_its_id_also_from_what_it_starts() -> None:
    async def deeper() -> str:
        return said(JsonLines(), "POST /channels/1/answer: 500")

    async def call() -> str:
        CALL.set(CALL_ID)
        async with asyncio.TaskGroup() as group:
            return await group.create_task(deeper())

    async with asyncio.TaskGroup() as group:
        line = await group.create_task(call())
    assert json.loads(line)["call"] == str(CALL_ID)
    assert "call" not in json.loads(said(JsonLines(), "x"))


def test_a_line_about_a_call_carries_its_id_whoever_says_it() -> None:
    line = json.loads(said(JsonLines(), "call %s: record refused", CALL_ID))
    assert line["call"] == str(CALL_ID)
    token = CALL.set(CALL_ID)
    try:
        assert f"x: call {CALL_ID}: no answer" in said(PlainLines(), "no answer")
        assert said(PlainLines(), "call %s: no answer", CALL_ID).count(str(CALL_ID)) == 1
    finally:
        CALL.reset(token)


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()], ids=["json", "text"])
def test_nothing_in_a_line_obeys_a_caller(form: logging.Formatter) -> None:
    hostile = "Bob\x1b[2J\r\n2026-11-22 ERROR callrouter: faked\u2028\u202e\x00"
    text = said(form, "from %s", hostile)
    for sign in ("\x1b", "\r", "\u2028", "\u202e", "\x00"):
        assert sign not in text
    if isinstance(form, JsonLines):
        assert "\n" not in text
        assert json.loads(text)["message"] == f"from {hostile}"
    else:
        assert all(line.startswith("    ") for line in text.split("\n")[1:])


@pytest.mark.parametrize("kind", [JsonLines, PlainLines], ids=["json", "text"])
@pytest.mark.parametrize("secret", ["secret-one", 'p/ss w"rd', "pass%word"])
def test_a_secret_is_never_in_it_however_it_came_there(
    kind: type[JsonLines] | type[PlainLines], secret: str
) -> None:
    settings = Settings.model_validate(
        {"database_url": f"postgresql://u:{_in_address(secret)}@db/x", "ari_password": "ari-secret"}
    )
    form = kind(("secret-one", *settings.secrets()))
    text = said(form, "at %s with %s: %r", f"//u:{_in_address(secret)}@db", secret, secret)
    text += said(form, "%s", "ari-secret", error=True)
    for hidden in (secret, _in_address(secret), "ari-secret", "secret-one"):
        assert hidden not in text
        assert json.dumps(hidden)[1:-1] not in text


def _in_address(secret: str) -> str:
    return secret.replace("%", "%25").replace("/", "%2F").replace(" ", "%20").replace('"', "%22")


def test_without_secrets_nothing_is_hidden() -> None:
    assert Settings.model_validate({}).secrets() == ()
    short = Settings.model_validate({"ari_password": "ab"})
    assert "table" in said(PlainLines(short.secrets()), "table")


def test_what_cannot_be_written_is_counted_and_said_when_it_can_again(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        set_up_logging("info", "text", descriptor=file.fileno())
        log.info("first")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        full = path.stat().st_size + 10  # in the middle of a line
        resource.setrlimit(resource.RLIMIT_FSIZE, (full, hard))
        try:
            log.info("second")
            log.info("third")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert lost_lines() == 2
        log.info("fourth")
        log.info("fifth")
    lines = path.read_text().splitlines()
    assert len(lines[1]) == 10
    assert "2 lines could not be written" in lines[2]
    assert [line.rpartition(": ")[2] for line in (lines[0], *lines[3:])] == [
        "first",
        "fourth",
        "fifth",
    ]
    assert lost_lines() == 2


def test_a_line_that_cannot_be_made_ends_nothing(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        set_up_logging("info", "json", descriptor=file.fileno())
        log.info("%d", "no number")
        log.info("on it goes \udcff")
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert json.loads(line)["message"] == "on it goes \udcff"
    assert lost_lines() == 1


def test_a_reader_of_the_log_who_leaves_ends_nothing() -> None:
    program = (
        "import logging, sys; from callrouter.logs import set_up_logging\n"
        "set_up_logging('info', 'text'); sys.stdin.read(1); logging.info('x'); print('goes on')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ,
    )
    assert process.stderr is not None
    process.stderr.close()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"x")
    process.stdin.close()
    assert process.stdout.read() == b"goes on\n"
    process.stdout.close()
    assert process.wait(20) == 0
