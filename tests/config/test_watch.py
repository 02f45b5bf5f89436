"""Changes of real files on a real clock."""
# ruff: noqa: ASYNC240 - a test may wait for its own little files

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callrouter.config.watch import changes

POLL, SETTLE = 0.02, 0.05


def watched(path: Path, *also: Path) -> AsyncIterator[None]:
    return changes(path, lambda: also, POLL, SETTLE)


async def noticed(seen: AsyncIterator[None], within: float = 1.0) -> int:
    """How many changes are seen in a moment: one would come within `within` seconds."""
    count = 0
    try:
        async with asyncio.timeout(within):
            await anext(seen)
        count += 1
        async with asyncio.timeout(0.25):
            await anext(seen)
        count += 1
    except TimeoutError:
        pass
    return count


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "callrouter.yaml"
    path.write_text("one")
    return path


async def test_a_file_that_is_left_alone_has_not_changed(file: Path) -> None:
    assert await noticed(watched(file), within=0.2) == 0


async def test_a_file_that_is_written_has_changed_once(file: Path) -> None:
    seen = watched(file)
    file.write_text("two words")
    assert await noticed(seen) == 1


async def test_a_change_before_the_first_look_is_not_lost(file: Path) -> None:
    seen = watched(file)
    file.write_text("two words")
    await asyncio.sleep(0.1)
    assert await noticed(seen) == 1


async def test_a_file_replaced_by_rename_has_changed_once(file: Path) -> None:
    seen = watched(file)
    new = file.with_suffix(".new")
    new.write_text("two")
    os.utime(new, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    new.rename(file)
    assert await noticed(seen) == 1


async def test_a_symlink_that_is_swapped_has_changed_once(file: Path, tmp_path: Path) -> None:
    other, link, new_link = tmp_path / "other", tmp_path / "link", tmp_path / "new-link"
    other.write_text("two")
    link.symlink_to(file)
    seen = watched(link)
    new_link.symlink_to(other)
    new_link.rename(link)
    assert await noticed(seen) == 1


async def test_a_file_deleted_and_written_again_at_once_has_changed_once(file: Path) -> None:
    seen = watched(file)
    file.unlink()
    await asyncio.sleep(POLL)
    file.write_text("two words")
    assert await noticed(seen) == 1


async def test_a_file_that_stays_away_and_comes_back_has_changed_twice(file: Path) -> None:
    seen = watched(file)
    file.unlink()
    assert await noticed(seen) == 1
    seen = watched(file)
    file.write_text("one")
    assert await noticed(seen) == 1


async def test_a_file_is_not_read_while_it_is_being_written(file: Path) -> None:
    seen = watched(file)
    written = asyncio.Event()

    async def write_slowly() -> None:
        with file.open("w") as slow:
            for _ in range(10):
                slow.write("more\n")
                slow.flush()
                await asyncio.sleep(0.02)
        written.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(write_slowly())
        await anext(seen)
        assert written.is_set()


async def test_a_sound_file_that_is_added_or_changed_or_missing_counts(
    file: Path, tmp_path: Path
) -> None:
    sound = tmp_path / "hello.wav"
    seen = watched(file, sound)
    sound.write_bytes(b"RIFF")
    assert await noticed(seen) == 1


async def test_files_named_later_are_watched_from_then_on(file: Path, tmp_path: Path) -> None:
    sound, named = tmp_path / "hello.wav", list[Path]()
    sound.write_bytes(b"RIFF")
    seen = changes(file, lambda: named, POLL, SETTLE)
    named.append(sound)
    looking = asyncio.timeout(5)
    async with looking, asyncio.TaskGroup() as group:

        async def change_later() -> None:
            await asyncio.sleep(5 * POLL)
            sound.write_bytes(b"RIFF and more")

        group.create_task(change_later())
        await anext(seen)
