"""Debian packages without root: what happens when something is missing or was broken off."""

import os
import sys
from pathlib import Path

import pytest

from callrouter.ari.version import is_fit
from callrouter.local import tools
from callrouter.local.apt import Apt
from callrouter.local.asterisk_program import find_asterisk, in_place, link_sounds
from callrouter.local.errors import LocalError
from callrouter.local.packages import unpacked

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("version", "fit"),
    [
        ("22.10.1+dfsg+~cs6.17", True),
        ("22.11.0", True),
        ("22.10.0", False),
        ("20.20.1", True),
        ("20.11.1~dfsg", False),
        ("21.12.0", False),
        ("23.4.1", True),
        ("23.4.0", False),
        ("24.0.0", True),
        ("18.10.0", False),
        ("GIT-master", False),
    ],
)
def test_versions_with_the_corrections_we_need(version: str, fit: bool) -> None:
    assert is_fit(version) is fit


def program(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "asterisk").write_text(f"#!/bin/sh\necho '{text}'\n")
    (folder / "asterisk").chmod(0o755)


def test_a_fit_asterisk_on_the_path_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "Asterisk 22.12.3")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    found = find_asterisk(tmp_path / "state", say=print)
    assert found.command == (str(tmp_path / "bin" / "asterisk"),)
    assert (found.version, found.modules, found.data) == ("22.12.3", None, None)
    assert not (tmp_path / "state").exists()


def test_one_that_is_too_old_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path / "bin", "Asterisk 18.10.0~dfsg")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    with pytest.raises(LocalError):
        find_asterisk(tmp_path, say=print, mirror="http://127.0.0.1:9/debian")
    assert "18.10.0~dfsg, which is too old" in capsys.readouterr().out


def test_without_a_network_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError) as offline:
        unpacked(
            "x", ["asterisk"], state_dir=tmp_path, say=print, mirror="http://127.0.0.1:9/debian"
        )
    assert "127.0.0.1:9" in str(offline.value)
    assert "CALLROUTER_LOCAL_DEBIAN_MIRROR" in str(offline.value)
    assert not list((tmp_path / "debian").glob("x-*"))


def test_without_apt_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callrouter.local.apt.shutil.which", lambda name, path: None)
    with pytest.raises(LocalError, match=r"has no gpgv.*docker compose up"):
        unpacked("x", ["asterisk"], state_dir=tmp_path, say=print)


def test_what_was_half_unpacked_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = tmp_path / "debian" / "x.unfinished"
    half.mkdir(parents=True)
    (half / "half").touch()
    monkeypatch.setattr(Apt, "download", lambda *_: [])
    root = unpacked("x", ["p"], state_dir=tmp_path, say=print, finish=lambda *_: None)
    assert list(root.iterdir()) == []
    monkeypatch.setattr(Apt, "download", lambda *_: pytest.fail("fetched twice"))
    assert unpacked("x", ["p"], state_dir=tmp_path, say=print) == root


def test_a_broken_package_is_fetched_again_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.deb"
    broken.write_text("no package")
    monkeypatch.setattr(Apt, "download", lambda *_: [broken])
    with pytest.raises(LocalError, match=r"broken\.deb could not be unpacked"):
        unpacked("x", ["p"], state_dir=tmp_path, say=print)
    assert not broken.exists()
    assert not list((tmp_path / "debian").glob("x-*"))


def test_a_folder_without_a_loader_is_not_whole(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="is not whole"):
        in_place(tmp_path, "usr/sbin/asterisk")


def test_the_english_voice_is_linked(tmp_path: Path) -> None:
    voice = tmp_path / "usr/share/asterisk/sounds/en_US_f_Allison"
    voice.mkdir(parents=True)
    link_sounds(tmp_path)
    link_sounds(tmp_path)
    assert (voice.parent / "en").readlink() == Path("en_US_f_Allison")


def test_abort_ends_a_tool_and_lets_none_begin() -> None:
    tools.allow()
    try:
        with tools.started([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
            tools.abort()
            assert process.wait(10) != 0
        with pytest.raises(LocalError):
            tools.run(["true"])
    finally:
        tools.allow()
    assert tools.run(["/bin/echo", "yes"]) == (0, "yes\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's files keep such rights")
def test_no_program_runs_as_another_than_who_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
    )
    (tree / "su").touch()
    (tree / "su").chmod(0o4755)
    tools.run(["dpkg-deb", "--build", tree, tmp_path / "p.deb"])
    monkeypatch.setattr(Apt, "download", lambda *_: [tmp_path / "p.deb"])
    root = unpacked("x", ["p"], state_dir=tmp_path, say=print)
    assert (root / "su").stat().st_mode & 0o7777 == 0o755
