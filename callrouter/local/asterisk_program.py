"""Which Asterisk to run: a fit one that is installed, or Debian's, fetched and run in place."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from callrouter.ari.version import is_fit
from callrouter.local.apt import Say
from callrouter.local.errors import LocalError
from callrouter.local.packages import unpacked

PACKAGES = (
    "asterisk",
    "asterisk-modules",
    "asterisk-core-sounds-en-wav",
    "asterisk-moh-opsound-wav",
)
_ENGLISH = "en_US_f_Allison"


@dataclass(frozen=True, slots=True)
class AsteriskProgram:
    """How to run Asterisk. `modules` and `data` are None where the program knows them itself."""

    command: tuple[str, ...]
    version: str
    modules: Path | None = None
    data: Path | None = None


def find_asterisk(state_dir: Path, *, say: Say, mirror: str | None = None) -> AsteriskProgram:
    """An installed Asterisk if it is new enough, else Debian's, fetched at the first start.

    Raises LocalError when it cannot be fetched, or does not run on this machine.
    """
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    if installed := shutil.which("asterisk", path=places):
        version = _version((installed,))
        if version and is_fit(version):
            return AsteriskProgram((installed,), version)
        say(f"{installed} is {version or 'not usable'}, which is too old: fetching another one")
    root = unpacked(
        "asterisk",
        PACKAGES,
        state_dir=state_dir,
        say=say,
        mirror=mirror,
        finish=lambda folder, _: link_sounds(folder),
    )
    return _unpacked_program(root)


def link_sounds(root: Path) -> None:
    """What a package script does on a Debian system: `sounds/en` is the English voice."""
    sounds = root / "usr/share/asterisk/sounds"
    if (sounds / _ENGLISH).is_dir() and not (sounds / "en").exists():
        (sounds / "en").symlink_to(_ENGLISH)


def in_place(root: Path, program: str) -> tuple[str, ...]:
    """The command that runs a program of unpacked packages with their own loader and libraries."""
    libraries = next(root.glob("usr/lib/*-linux-gnu*"), None)
    loader = next(libraries.glob("ld-linux*.so.*"), None) if libraries else None
    if libraries is None or loader is None:
        raise LocalError(f"{root} is not whole. Remove it; the next start fetches it again.")
    return (str(loader), "--library-path", str(libraries), str(root / program))


def _unpacked_program(root: Path) -> AsteriskProgram:
    command = in_place(root, "usr/sbin/asterisk")
    version = _version(command)
    if not version or not is_fit(version):
        raise LocalError(
            f"The fetched Asterisk ({version or root}) does not run here or is too old. "
            f"Remove {root} to fetch it again."
        )
    modules = Path(command[2]) / "asterisk" / "modules"
    return AsteriskProgram(command, version, modules, root / "usr/share/asterisk")


def _version(command: tuple[str, ...]) -> str | None:
    try:
        asked = subprocess.run(
            [*command, "-V"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"Asterisk (?:certified/)?(\S+)", asked.stdout)
    return found[1] if found and asked.returncode == 0 else None
