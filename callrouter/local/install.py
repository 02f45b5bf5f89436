"""Makes the virtual environment, and fetches Asterisk meanwhile: the first step of `make demo`.
For tests it fetches the browser too.

Law: standard library only, and only modules that keep to it; it runs before anything is installed.
`python3 -m callrouter.local.install VENV EXTRA[,EXTRA…] [--asterisk] [--chromium]`
"""

import functools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from callrouter.local.asterisk_program import find_asterisk
from callrouter.local.chromium_program import find_chromium
from callrouter.local.errors import LocalError
from callrouter.local.packages import unpacked
from callrouter.local.tools import abort

MINIMUM_PYTHON = (3, 11)
STOPPED = 130
_PROGRAMS: dict[str, Callable[..., object]] = {
    "--asterisk": find_asterisk,
    "--chromium": find_chromium,
}

say = functools.partial(print, flush=True)


def main() -> int:
    """Exit code 0 when the environment is whole."""
    venv, extras = Path(sys.argv[1]), sys.argv[2]
    if sys.version_info < MINIMUM_PYTHON:
        print(
            f"callrouter needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}. "
            "Another one: make PYTHON=/path/to/python3",
            file=sys.stderr,
        )
        return 1
    complaints: list[str] = []
    wanted = [find for option, find in _PROGRAMS.items() if option in sys.argv[3:]]
    fetching = threading.Thread(target=_fetch, args=[wanted, complaints], name="fetch programs")
    try:
        temporary = _temporary_folder()
        pip = _pip_of(venv)
        fetching.start()
        _install(pip, extras)
        fetching.join()
    except KeyboardInterrupt:
        abort()
        print("Stopped. Starting again goes on from here.", file=sys.stderr)
        return STOPPED
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"pip could not install callrouter (exit code {error.returncode}).", file=sys.stderr)
        return 1
    shutil.rmtree(temporary, ignore_errors=True)
    # They may still be missing: the stack and the tests try again, and do not start without.
    print("".join(complaints), end="", file=sys.stderr)
    return 0


def state_dir() -> Path:
    return Path(os.environ.get("CALLROUTER_LOCAL_STATE_DIR", ".state"))


def _temporary_folder() -> Path:
    """Where pip and what it starts keep their files: killed, they leave them behind."""
    folder = state_dir().resolve() / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise LocalError(
            f"{folder} cannot be made: {error.strerror}. "
            "Another folder: CALLROUTER_LOCAL_STATE_DIR."
        ) from None
    return folder


def _environment() -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(state_dir().resolve() / "tmp")}


def _fetch(wanted: Sequence[Callable[..., object]], complaints: list[str]) -> None:
    mirror = os.environ.get("CALLROUTER_LOCAL_DEBIAN_MIRROR")
    for find in wanted:
        try:
            find(state_dir(), say=say, mirror=mirror)
        except (LocalError, OSError) as error:
            complaints.append(f"{error}\n")


def _pip_of(venv: Path) -> list[str]:
    """The command that runs pip in `venv`, which is made if need be.

    Debian has `ensurepip` in a package of its own (python3-venv), which may be missing: then pip
    itself comes from Debian's package of it.
    """
    python = venv / "bin" / "python"
    if not _works([str(python), "-m", "pip", "--version"]):
        shutil.rmtree(venv, ignore_errors=True)
        make = [sys.executable, "-m", "venv", str(venv)]
        if not _works([sys.executable, "-c", "import ensurepip, venv"]) or not _works(make):
            shutil.rmtree(venv, ignore_errors=True)
            subprocess.run([*make, "--without-pip"], check=True, env=_environment())
            root = unpacked("pip", ["python3-pip-whl"], state_dir=state_dir(), say=say)
            wheel = next(root.glob("usr/share/python-wheels/pip-*.whl"))
            return [str(python), str(wheel / "pip")]
    return [str(python), "-m", "pip"]


def _install(pip: list[str], extras: str) -> None:
    say(f"Python packages: installing .[{extras}]")
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--constraint", "requirements.lock", "--editable", f".[{extras}]"]
    subprocess.run(command, check=True, env=_environment())
    _compile(Path(pip[0]))


def _compile(python: Path) -> None:
    """Compile to byte code, on all cores, what pip has not compiled on one.

    Also our own package: where Python is told to write no byte code (PYTHONDONTWRITEBYTECODE),
    every start would take seconds longer.
    """
    packages = python.parent.parent.glob("lib/python*/site-packages")
    folders = [*map(str, packages), "callrouter"]
    quietly = ["-m", "compileall", "-q", "-q", "-j", "0", *folders]
    # Some packages carry files for other versions of Python: what fails is compiled by nobody.
    subprocess.run([str(python), *quietly], check=False, env=_environment())


def _works(command: list[str]) -> bool:
    try:
        asked = subprocess.run(command, capture_output=True, check=False, env=_environment())
    except OSError:
        return False
    return asked.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
