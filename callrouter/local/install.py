"""Makes the virtual environment, and fetches Asterisk meanwhile: the first step of `make demo`.

Law: standard library only, and only modules that keep to it; it runs before anything is installed.
`python3 -m callrouter.local.install VENV EXTRA[,EXTRA…] [--asterisk]`
"""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from callrouter.local.asterisk_program import find_asterisk
from callrouter.local.errors import LocalError
from callrouter.local.packages import unpacked

MINIMUM_PYTHON = (3, 11)


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
    # Not waited for: the stack itself waits for it, and says what is wrong if it failed.
    fetching = threading.Thread(target=_fetch_asterisk, name="fetch Asterisk")
    try:
        pip = _pip_of(venv)
        if "--asterisk" in sys.argv[3:]:
            fetching.start()
        _install(pip, extras)
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"pip could not install callrouter (exit code {error.returncode}).", file=sys.stderr)
        return 1
    return 0


def state_dir() -> Path:
    return Path(os.environ.get("CALLROUTER_LOCAL_STATE_DIR", ".state"))


def _fetch_asterisk() -> None:
    mirror = os.environ.get("CALLROUTER_LOCAL_DEBIAN_MIRROR")
    try:
        find_asterisk(state_dir(), say=print, mirror=mirror)
    except (LocalError, OSError) as error:
        print(error, file=sys.stderr)


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
            subprocess.run([*make, "--without-pip"], check=True)
            root = unpacked("pip", ["python3-pip-whl"], state_dir=state_dir(), say=print)
            wheel = next(root.glob("usr/share/python-wheels/pip-*.whl"))
            return [str(python), str(wheel / "pip")]
    return [str(python), "-m", "pip"]


def _install(pip: list[str], extras: str) -> None:
    print(f"Python packages: installing .[{extras}]", flush=True)
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--constraint", "requirements.lock", "--editable", f".[{extras}]"]
    subprocess.run(command, check=True)


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
