"""Compiling in a child process: the same result as in this one, whatever becomes of the child."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from callrouter.config.compile import compile_config
from callrouter.config.compile_process import compile_file
from callrouter.config.load import ConfigError
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
    loaded = await compile_config(file, prompts)
    greeting = loaded.table.settings["office"].greeting_message
    assert greeting is not None
    assert greeting.media is not None
    names = {Path(greeting.media).name + suffix for suffix in (".wav", ".wav16")}
    assert names <= set(os.listdir(prompts))
    assert 0.3 < greeting.seconds < 3
    assert loaded == compile_file(file, prompts)


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
