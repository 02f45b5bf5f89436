"""Which Chromium the browser tests drive: a fit one that is installed, or Debian's, run in place.

Law: standard library only; the first step of `make test` fetches it before anything is installed.
"""

import os
import re
import shutil
import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from callrouter.local.apt import Say
from callrouter.local.asterisk_program import in_place
from callrouter.local.errors import LocalError
from callrouter.local.packages import unpacked

PACKAGES = (
    "chromium-headless-shell",
    "fonts-dejavu-core",
    "fonts-noto-core",  # Latin, Cyrillic, Arabic as most people see them
)
# The shell first: the same engine in half the processes, as it has no window.
_INSTALLED = (
    *("chromium-headless-shell", "chromium"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
_OLDEST = 130  # what the pages need of CSS and dialogs, as two years of browsers have it
_FOLDER = Path("usr/lib/chromium")
_PROGRAMS = ("chromium-headless-shell", "chrome_crashpad_handler")

# ELF of 64 bits, little-endian: where the header says its table is, and one entry of it.
_ELF = b"\x7fELF\x02\x01"
_TABLE_AT = 0x20
_ENTRY_SIZE_AND_COUNT_AT = 0x36
_INTERPRETER = 3


@dataclass(frozen=True, slots=True)
class ChromiumProgram:
    """How to run Chromium: `environment` is what it needs beside the usual one."""

    path: Path
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)


def find_chromium(
    state_dir: Path, *, say: Say, mirror: str | None = None, path: str | None = None
) -> ChromiumProgram:
    """A Chromium on `path` (else PATH) if it is new enough, else Debian's, fetched once.

    Raises LocalError when it cannot be fetched, or does not run on this machine.
    """
    for name in _INSTALLED:
        installed = shutil.which(name, path=path)
        version = _version(Path(installed), {}) if installed else None
        if installed and version and int(version.partition(".")[0]) >= _OLDEST:
            return ChromiumProgram(Path(installed), version)
        if installed:
            say(f"{installed} is {version or 'not usable'}, which is too old: looking further")
    root = unpacked(
        "chromium", PACKAGES, state_dir=state_dir, say=say, mirror=mirror, finish=_make_runnable
    )
    program = root / _FOLDER / _PROGRAMS[0]
    libraries = Path(in_place(root, "")[2])
    environment = {
        "LD_LIBRARY_PATH": f"{libraries}:{libraries / 'pulseaudio'}",
        "FONTCONFIG_FILE": str(root / "fonts.conf"),
    }
    version = _version(program, environment)
    if not version:
        raise LocalError(
            f"The fetched Chromium ({program}) does not run here. "
            f"Install Chromium {_OLDEST} or later, or remove {root} to fetch it again."
        )
    return ChromiumProgram(program, version, environment)


def _make_runnable(folder: Path, root: Path) -> None:
    """Let what is unpacked in `folder` run once it stands at `root`."""
    loader = root / Path(in_place(folder, "")[0]).relative_to(folder)
    for program in _PROGRAMS:
        use_loader(folder / _FOLDER / program, loader)
    (folder / "fonts.conf").write_text(_font_configuration(folder, root))


def use_loader(program: Path, loader: Path) -> None:
    """Make an ELF program ask for `loader`, an absolute path, instead of the machine's own.

    Chromium starts itself again by /proc/self/exe, so it has to be that file, and cannot be run
    as an argument of the loader. The new name is appended, and the header points to it.
    Raises LocalError where the file is no such program.
    """
    name = os.fsencode(loader) + b"\0"
    with program.open("r+b") as file:
        head = file.read(0x4000)
        if not head.startswith(_ELF):
            raise LocalError(f"{program} is no program of 64 bits.")
        (table,) = struct.unpack_from("<Q", head, _TABLE_AT)
        size, count = struct.unpack_from("<HH", head, _ENTRY_SIZE_AND_COUNT_AT)
        for entry in range(table, table + size * count, size):
            if struct.unpack_from("<I", head, entry) == (_INTERPRETER,):
                end = file.seek(0, os.SEEK_END)
                file.write(name)
                file.seek(entry + 8)  # p_offset
                file.write(struct.pack("<Q", end))
                file.seek(entry + 32)  # p_filesz, p_memsz
                file.write(struct.pack("<QQ", len(name), len(name)))
                return
    raise LocalError(f"{program} asks for no loader.")


def _font_configuration(folder: Path, root: Path) -> str:
    """Only the fetched fonts; Debian's rules are links that are right in a system's own root."""
    rules = [
        root / os.readlink(link).lstrip("/")
        for link in sorted((folder / "etc/fonts/conf.d").glob("*.conf"))
        if link.is_symlink() and (folder / os.readlink(link).lstrip("/")).is_file()
    ]
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
        "<fontconfig>",
        f"<dir>{escape(str(root / 'usr/share/fonts'))}</dir>",
        f"<cachedir>{escape(str(root / 'var/cache/fontconfig'))}</cachedir>",
        *(f"<include>{escape(str(rule))}</include>" for rule in rules),
        "</fontconfig>",
    ]
    return "\n".join(lines) + "\n"


def _version(program: Path, environment: Mapping[str, str]) -> str | None:
    try:
        asked = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env={**os.environ, **environment},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"(?:Chromium|Chrome) (\d+\S*)", asked.stdout)
    return found[1] if found and asked.returncode == 0 else None
