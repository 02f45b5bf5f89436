"""Compiling in a child process: the same result as in this one, whatever becomes of the child."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callrouter.config.compile import compile_config, compiler_ahead
from callrouter.config.compile_process import compile_file
from callrouter.config.load import ConfigError
from callrouter.prompts.walk import prompts_in
from callrouter.routing.decide import Closed, decide_by
from callrouter.routing.model import Override, OverrideKind, Prompt, Target, TargetKind
from tests.config.companies import COMPANY, with_change

pytestmark = pytest.mark.slow


def write(folder: Path, text: str = COMPANY) -> Path:
    file = folder / "callrouter.yaml"
    file.write_text(text)
    return file


def children() -> set[str]:
    """The processes that this one has started and that still live."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def test_the_table_comes_back_with_its_prompts_rendered(tmp_path: Path) -> None:
    file, prompts = write(tmp_path), tmp_path / "prompts"
    now = datetime.now(UTC)
    loaded = await compile_config(file, prompts, now=now)
    greeting = loaded.table.settings["office"].greeting_message
    assert greeting is not None
    assert greeting.media is not None
    names = {Path(greeting.media).name + suffix for suffix in (".wav", ".wav16")}
    assert names <= set(os.listdir(prompts))
    assert 0.3 < greeting.seconds < 3
    assert loaded == compile_file(file, prompts, now=now)


async def test_a_child_that_was_started_ahead_compiles_the_same(tmp_path: Path) -> None:
    file, prompts, now = write(tmp_path), tmp_path / "prompts", datetime.now(UTC)
    async with compiler_ahead() as compiler:
        ahead = await compile_config(file, prompts, now=now, started=compiler)
    assert ahead == await compile_config(file, prompts, now=now)
    before = children()
    async with compiler_ahead():
        assert len(children() - before) == 1
    assert children() <= before, "who was asked for nothing is ended"


async def test_old_prompts_go_only_when_asked(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    await compile_config(write(tmp_path), prompts)
    before = set(os.listdir(prompts))
    for name in before:
        os.utime(prompts / name, (0, 0))
    file = write(tmp_path, with_change("Welcome.", "Good day."))
    await compile_config(file, prompts)
    assert before < set(os.listdir(prompts))
    loaded = await compile_config(file, prompts, prune=True)
    assert not before <= set(os.listdir(prompts))
    greeting = loaded.table.settings["office"].greeting_message
    assert greeting is not None
    assert f"{Path(greeting.media or '').name}.wav" in os.listdir(prompts)


async def test_what_is_wrong_comes_back_with_lines(tmp_path: Path) -> None:
    file = write(tmp_path, with_change("17:00", "26:00"))
    with pytest.raises(ConfigError) as caught:
        await compile_config(file, tmp_path / "prompts")
    (problem,) = caught.value.problems
    assert (problem.line, problem.field.rpartition(".")[2]) == (15, "to_time")


async def test_a_message_that_cannot_be_spoken_is_an_error_of_its_line(tmp_path: Path) -> None:
    text = with_change("Welcome.", "{text: Bonjour, language: tlh}").replace(
        "All are busy.", "'...'"
    )
    text = text.replace("Nobody is here.", "{sound: callrouter.yaml}")
    with pytest.raises(ConfigError) as caught:
        await compile_config(write(tmp_path, text), tmp_path / "prompts")
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (11, "the speech engine does not speak 'tlh'"),
        (12, "the text has nothing that can be spoken"),
        (13, "this is not a WAV file"),
    ]
    assert caught.value.files == (tmp_path / "callrouter.yaml",)


async def test_a_place_where_nothing_can_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="prompts cannot be written to"):
        await compile_config(write(tmp_path), tmp_path / "callrouter.yaml" / "prompts")


async def test_a_child_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    before = children()
    with pytest.raises(ConfigError, match=r"took longer than 0\.05 seconds"):
        await compile_config(write(tmp_path), tmp_path / "prompts", timeout=0.05)
    assert children() == before


async def test_a_cancelled_call_leaves_no_process(tmp_path: Path) -> None:
    before = children()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await compile_config(write(tmp_path), tmp_path / "prompts")
    assert children() == before


async def test_a_child_that_dies_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    before = children()

    async def kill_the_child() -> None:
        while not (child := children() - before):  # noqa: ASYNC110 - nobody tells us of it
            await asyncio.sleep(0.005)
        os.kill(int(child.pop()), signal.SIGKILL)

    async with asyncio.TaskGroup() as group:
        group.create_task(kill_the_child())
        with pytest.raises(ConfigError, match=r"broke off \(exit -9"):
            await compile_config(write(tmp_path), tmp_path / "prompts")


NIGHT = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # 18:30 in Belgrade
CLOSED = COMPANY.replace(
    "greeting_message:", "closed_message: We open {reopens_at}.\n    greeting_message:"
)


async def test_when_it_opens_again_is_said_in_sound(tmp_path: Path) -> None:
    loaded = await compile_config(write(tmp_path, CLOSED), tmp_path / "prompts", now=NIGHT)
    assert loaded.stale_at == NIGHT + timedelta(hours=24)
    office = loaded.table.settings["office"]
    assert office.closed_message is not None
    assert office.closed_message.media is None
    first, second = office.closings
    assert first.prompt.text == "We open on Monday the thirtieth of November at nine."
    assert (first.until_at, second.from_at) == (
        second.from_at,
        datetime(2026, 11, 23, 23, tzinfo=UTC),
    )
    assert second.prompt.text == "We open on Monday at nine."
    for closing in office.closings:
        assert f"{closing.prompt.media}".startswith(str(tmp_path / "prompts"))
        assert closing.prompt.seconds > 1


async def test_overrides_that_are_live_win_and_are_heard(tmp_path: Path) -> None:
    begin = NIGHT - timedelta(hours=12)
    hello = Prompt(text="Back {reopens_at}.", language="en")
    opened = Override(
        "2", OverrideKind.OPEN, begin, targets=(Target(TargetKind.AGENT, "gone"),), live=True
    )
    closed = Override(
        "1", OverrideKind.CLOSED, begin, begin + timedelta(hours=2), message=hello, live=True
    )
    plain = await compile_config(write(tmp_path), tmp_path / "prompts", now=begin)
    loaded = await compile_config(
        write(tmp_path), tmp_path / "prompts", overrides=(opened, closed), now=begin
    )
    office = loaded.table.settings["office"]
    assert office.overrides == (closed,)
    decision = decide_by(loaded.table, office, begin)
    assert isinstance(decision, Closed)
    assert decision.prompt is not None
    assert decision.prompt.text == "Back today at nine."
    assert decision.prompt.media is not None
    assert loaded.table.version == plain.table.version


async def test_an_override_whose_message_cannot_be_spoken_holds_without_it(tmp_path: Path) -> None:
    strange = Override(
        "1", OverrideKind.CLOSED, message=Prompt(text="nuqneH", language="tlh"), live=True
    )
    loaded = await compile_config(write(tmp_path), tmp_path / "prompts", overrides=(strange,))
    assert loaded.table.settings["office"].overrides == (replace(strange, message=None),)
    (warning,) = loaded.warnings
    assert "the speech engine does not speak 'tlh'" in warning.message


async def test_every_message_there_can_be_is_rendered(tmp_path: Path) -> None:
    text = CLOSED + (
        "    holidays: own\n"
        "    follow_on: {agent: amina, message: One.}\n"
        "    follow_on_closed: {agent: amina, message: Two.}\n"
        "    overrides: {closed: true, until: '2026-01-01 00:00', message: Three.}\n"
        "overrides: {closed: true, until: '2026-01-01 00:00', message: Four.}\n"
        "holiday_calendars: {own: {holidays: [{date: 12-25, message: Five.}, {date: 12-26}], "
        "message: Six.}}\n"
        'feature_codes: {pause: "*13"}\n'
    )
    loaded = await compile_config(write(tmp_path, text), tmp_path / "prompts", now=NIGHT)
    rendered = {
        prompt.text for prompt in prompts_in(loaded.table) if prompt.media and prompt.seconds
    }
    assert {"One.", "Two.", "Three.", "Four.", "Five.", "Six."} <= rendered
    assert {prompt.text for prompt in prompts_in(loaded.table) if not prompt.media} == {
        "We open {reopens_at}."
    }


async def test_a_message_that_could_not_be_spoken_later_is_refused_now(tmp_path: Path) -> None:
    text = CLOSED.replace("We open {reopens_at}.", "{text: '{reopens_at}', language: tlh}")
    text = text.replace("day_of_week: Monday", "days: daily").replace("09:00", "00:00")
    with pytest.raises(ConfigError, match="does not speak 'tlh'") as caught:
        await compile_config(write(tmp_path, text.replace("17:00", "24:00")), tmp_path / "prompts")
    assert caught.value.problems[0].line == 11


def test_the_router_imports_nothing_that_only_compiling_needs() -> None:
    wanted = {"yaml", "numpy", "soundfile", "holidays", "icalendar", "babel", "dateutil"}
    program = f"import sys, callrouter.app; print(*sorted({wanted!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert run.stdout.split() == []
