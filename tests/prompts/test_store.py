"""Prompts on disk: complete or not there."""

import os
import threading
from pathlib import Path

import pytest

from callrouter.prompts.playable import Playable
from callrouter.prompts.sound import from_wav
from callrouter.prompts.store import PromptStore, key_of
from tests.prompts.waves import tone, wav

SOUND = from_wav(wav(tone(8_000, 0.2), 8_000))


@pytest.fixture
def store(tmp_path: Path) -> PromptStore:
    return PromptStore(tmp_path / "prompts")


def test_what_is_put_is_found(store: PromptStore, tmp_path: Path) -> None:
    assert store.find("a" * 40) is None
    put = store.put("a" * 40, SOUND)
    assert store.find("a" * 40) == put
    assert put.media == str(tmp_path / "prompts" / ("a" * 40))
    assert put.seconds == pytest.approx(0.2)
    assert Path(put.media + ".wav").read_bytes() == SOUND.files[".wav"]
    assert Path(put.media + ".wav16").read_bytes() == SOUND.files[".wav16"]


def test_asterisk_may_read_it_as_another_user(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        put = PromptStore(tmp_path / "prompts").put("k", SOUND)
    finally:
        os.umask(before)
    assert (tmp_path / "prompts").stat().st_mode & 0o777 == 0o755
    assert Path(put.media + ".wav").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("suffix", [".wav", ".wav16", ".json"])
@pytest.mark.parametrize("damage", ["deleted", "emptied", "cut off", "zeroed"])
def test_a_damaged_prompt_is_not_found_and_can_be_put_again(
    store: PromptStore, suffix: str, damage: str
) -> None:
    path = Path(store.put("k", SOUND).media + suffix)
    good = path.read_bytes()
    if damage == "deleted":
        path.unlink()
    else:
        broken = {"emptied": b"", "cut off": good[:-7], "zeroed": bytes(len(good))}
        path.write_bytes(broken[damage])
    assert store.find("k") is None
    store.put("k", SOUND)
    assert store.find("k") is not None


def test_nothing_is_left_beside_it_when_the_disk_is_full(
    store: PromptStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        store.put("k", SOUND)
    assert os.listdir(tmp_path / "prompts") == []
    assert store.find("k") is None


def test_many_writers_and_readers_at_once_see_all_or_nothing(store: PromptStore) -> None:
    wrong: list[object] = []

    def put_and_find() -> None:
        for _ in range(20):
            store.put("k", SOUND)
            found = store.find("k")
            if found is None or Path(found.media + ".wav").read_bytes() != SOUND.files[".wav"]:
                wrong.append(found)

    threads = [threading.Thread(target=put_and_find) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_only_prompts_that_nobody_wants_and_used_lately_are_removed(
    store: PromptStore, tmp_path: Path
) -> None:
    put = {name: store.put(name, SOUND) for name in ("wanted", "unwanted", "used")}
    (tmp_path / "prompts" / "left.part").touch()
    for path in (tmp_path / "prompts").iterdir():
        os.utime(path, (0, 0))
    store.find("used")
    assert store.prune([put["wanted"].media]) == 4
    assert {path.stem for path in (tmp_path / "prompts").iterdir()} == {"wanted", "used"}


def test_a_key_tells_its_parts_apart() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a") == key_of(b"a")
    assert len(key_of("a")) == 40


def test_a_sound_of_no_length_is_still_both_files(store: PromptStore) -> None:
    assert store.put("k", Playable({".wav": b"", ".wav16": b""}, 0)) == store.find("k")
