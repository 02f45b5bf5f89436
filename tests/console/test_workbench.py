"""The processes that read configurations: bounded, killed when stuck, gone with the console."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest

from callrouter.concurrency import all_of
from callrouter.console import workbench
from callrouter.console.bench.frames import Start
from callrouter.console.problems import ApiProblem
from callrouter.console.workbench import Asking, StoredNow, Workbench
from tests.console.test_configuration import office

pytestmark = pytest.mark.slow

DRAFT = json.dumps({"document": office()}).encode()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Workbench]:
    bench = Workbench(Start(str(tmp_path), str(tmp_path / "prompts"), ""))
    yield bench
    await bench.close()


def process_of(bench: Workbench) -> int:
    process = bench._quick._process
    assert process is not None
    return process.pid


async def usable(bench: Workbench) -> bool:
    return bool(json.loads((await bench.ask("check", DRAFT)).content)["usable"])


async def test_one_process_does_one_job_after_another(bench: Workbench) -> None:
    assert await all_of([usable(bench) for _ in range(3)]) == [True] * 3
    first = process_of(bench)
    assert await usable(bench)
    assert process_of(bench) == first


async def test_a_job_that_takes_too_long_costs_only_itself(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await usable(bench)
    stuck = process_of(bench)
    with monkeypatch.context() as patched:
        patched.setitem(workbench._SECONDS, "check", 0.0)
        with pytest.raises(ApiProblem) as refused:
            await bench.ask("check", DRAFT)
    assert refused.value.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert await usable(bench)
    assert process_of(bench) != stuck


async def test_a_process_that_dies_is_replaced(bench: Workbench) -> None:
    assert await usable(bench)
    process = bench._quick._process
    assert process is not None
    process.kill()
    await process.wait()
    assert await usable(bench)


async def test_what_waits_is_bounded(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbench, "MOST_WAITING", 1)
    works = [bench.ask("check", DRAFT) for _ in range(3)]
    answers = await all_of(works, expected=ApiProblem)
    refused = [each for each in answers if isinstance(each, ApiProblem)]
    assert [(each.status, each.headers) for each in refused] == [
        (HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "5"})
    ] * 2


async def test_what_is_stored_is_told_once_and_again_to_a_new_process(
    bench: Workbench, tmp_path: Path
) -> None:
    file = tmp_path / "callrouter.yaml"
    file.write_text(json.loads((await bench.ask("check", DRAFT)).content)["yaml"])
    stored = StoredNow("file 1", path=str(file))
    for _ in range(2):
        answer = json.loads((await bench.ask("prompts", b"{}", Asking(stored))).content)
        assert len(answer["prompts"]) == 2
    bench._quick.end()
    answer = json.loads((await bench.ask("prompts", b"{}", Asking(stored))).content)
    assert len(answer["prompts"]) == 2


CONSOLE = """
import asyncio, json, sys
from callrouter.console.bench.frames import Start
from callrouter.console.workbench import Workbench

async def main():
    bench = Workbench(Start(sys.argv[1], sys.argv[1] + "/prompts", ""))
    await bench.ask("check", json.dumps({"document": {}}).encode())
    print(bench._quick._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_it_ends_with_the_console_however_that_ends(tmp_path: Path) -> None:
    console = subprocess.Popen(
        [sys.executable, "-c", CONSOLE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert console.stdout is not None
        bench = int(console.stdout.readline())
        os.kill(console.pid, signal.SIGKILL)
    finally:
        console.kill()
        console.communicate()
    for _ in range(1000):
        if not _runs(bench):
            return
        time.sleep(0.01)
    pytest.fail("the workbench outlived the console")


def _runs(process: int) -> bool:
    """Whether it is there, and not only waits to be reaped."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def test_what_a_killed_process_left_behind_is_removed_and_nothing_else(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def folders() -> set[Path]:
        return set(tmp_path.glob("callrouter-prompts-*"))

    assert await usable(bench)
    (first,) = folders()
    file = tmp_path / "callrouter.yaml"
    file.write_text(json.loads((await bench.ask("check", DRAFT)).content)["yaml"])
    await bench.ask("sounds", b"", Asking(StoredNow("file 1", path=str(file))))
    assert first in folders()  # it is in use
    (second,) = folders() - {first}
    bench._quick.end()
    assert await usable(bench)
    assert first not in folders()
    assert second in folders()
