"""apt-get as somebody who is not root, with a state, a cache and sources of its own.

Law: nothing of the machine's own apt is changed, and its hooks do not run; from it come only the
mirror's address, the proxy and Debian's keys. Signatures are always checked.
"""

import os
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from callrouter.local.errors import LocalError
from callrouter.local.tools import run, started

SUITE = "forky"
Say = Callable[[str], None]

_KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")
_NEEDED_BYTES_PER_FETCHED = 5
_MOST_MIRRORS = 4
_CLEARED = (
    "APT::Architectures",
    "APT::Default-Release",
    "APT::Update::Pre-Invoke",
    "APT::Update::Post-Invoke",
    "APT::Update::Post-Invoke-Success",
    "DPkg::Pre-Invoke",
    "DPkg::Post-Invoke",
    "DPkg::Pre-Install-Pkgs",
)


@dataclass(frozen=True, slots=True)
class Deb:
    """One package file as apt names it."""

    file: str
    size: int


class Apt:
    """apt with everything it writes under `folder`."""

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder = folder
        self._say = say
        self._archives = folder / "archives"
        self._configuration = folder / "apt.conf"
        if '"' in str(folder):
            raise LocalError(f'apt cannot work in {folder}: its name has a ".')
        program("gpgv")
        for each in ("lists/partial", "archives/partial", "none/partial", "cache"):
            (folder / each).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        self._configuration.write_text(self._private_configuration())

    def download(self, name: str, packages: Sequence[str], mirror: str | None) -> list[Path]:
        """Bring the packages and what they depend on; broken-off downloads are gone on with."""
        self._say(f"{name}: asking the Debian mirror")
        self._update(name, packages[0], mirror)
        debs = self._wanted(packages)
        missing = [deb for deb in debs if not (self._archives / deb.file).exists()]
        size = sum(deb.size for deb in missing)
        free = shutil.disk_usage(self._folder).free
        if free < size * _NEEDED_BYTES_PER_FETCHED:
            raise LocalError(
                f"{self._folder} has {free >> 20} MB left; "
                f"{name} needs {size * _NEEDED_BYTES_PER_FETCHED >> 20} MB."
            )
        self._say(f"{name}: fetching {len(missing)} Debian packages, {size / 1e6:.0f} MB")
        self._fetch(name, packages)
        return [self._archives / deb.file for deb in debs]

    def _update(self, name: str, package: str, mirror: str | None) -> None:
        """Choose the first mirror whose signed index has `package`."""
        complaints = []
        for site in [mirror] if mirror else self._mirrors():
            options = f"target=Packages signed-by={_keyring()}"
            (self._folder / "sources.list").write_text(f"deb [{options}] {site} {SUITE} main\n")
            code, output = self._run("apt-get", "update", "--error-on=any")
            if code == 0:
                _, policy = self._run("apt-cache", "policy", package)
                if re.search(r"Candidate: \d", policy):
                    return
                complaints.append(f"{site}: Debian {SUITE} has no package {package} there")
            else:
                complaints += _said(output)[:3]
        raise LocalError(
            f"Debian {SUITE} cannot be reached, from which {name} is fetched once:\n  "
            + "\n  ".join(complaints or ["this machine's apt knows no Debian mirror"])
            + "\nIs this machine online? Another mirror: CALLROUTER_LOCAL_DEBIAN_MIRROR."
        )

    def _mirrors(self) -> list[str]:
        """The Debian mirrors that this machine's own apt asks; the likeliest first."""
        asked = [program("apt-get"), "update", "--print-uris", "-o", "Debug::NoLocking=1"]
        _, output = run(asked, environment=_environment())
        found = re.findall(r"^'([^']+?)/dists/([^/']+)/(?:In)?Release'", output, re.MULTILINE)
        sites = {site: None for site, suite in found if "security" not in suite + site}
        likeliest_first = sorted(sites, key=lambda site: not site.rstrip("/").endswith("/debian"))
        return likeliest_first[:_MOST_MIRRORS]

    def _wanted(self, packages: Sequence[str]) -> list[Deb]:
        """Every package file needed, whether or not it is here already."""
        code, plan = self._run(
            "apt-get",
            "install",
            "--print-uris",
            "--yes",
            "-o",
            f"Dir::Cache::archives={self._folder / 'none'}",
            *packages,
        )
        debs = [
            Deb(file, int(size))
            for file, size in re.findall(r"^'[^']+' (\S+\.deb) (\d+) ", plan, re.MULTILINE)
        ]
        if code != 0 or not debs:
            raise LocalError(f"apt finds no way to install {' '.join(packages)}:\n{plan}")
        return debs

    def _fetch(self, name: str, packages: Sequence[str]) -> None:
        """Download with progress, which apt writes to a file descriptor of ours."""
        read_end, write_end = os.pipe()
        command = [program("apt-get"), "install", "--download-only", "--yes", "--quiet"]
        command += ["-o", f"APT::Status-Fd={write_end}", "-c", str(self._configuration), *packages]
        with started(command, environment=_environment(), pass_fds=(write_end,)) as process:
            os.close(write_end)
            output: list[str] = []
            with ThreadPoolExecutor(1) as reader, os.fdopen(read_end) as progress:
                reader.submit(lambda: output.extend(process.stdout or ()))
                next_shown = 25.0
                for line in progress:
                    done = re.match(r"dlstatus:\d+:([\d.]+):", line)
                    if done and float(done[1]) >= next_shown:
                        self._say(f"{name}: {float(done[1]):.0f} % fetched")
                        next_shown = float(done[1]) // 25 * 25 + 25
        if process.returncode != 0:
            raise LocalError(
                f"{name} could not be fetched; starting again goes on where it broke off.\n  "
                + "\n  ".join(_said("".join(output))[:5])
            )

    def _run(self, tool: str, *arguments: str) -> tuple[int, str]:
        command = [program(tool), "-c", str(self._configuration), *arguments]
        return run(command, environment=_environment())

    def _private_configuration(self) -> str:
        """Read after the machine's own, whose proxy we want and whose hooks and shortcuts not."""
        here = self._folder
        settings = {
            "Dir::State": here,
            "Dir::State::lists": here / "lists",
            "Dir::State::status": here / "status",
            "Dir::State::extended_states": here / "extended_states",
            "Dir::Cache": here / "cache",
            "Dir::Cache::archives": self._archives,
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Dir::Etc::sourcelist": here / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Sandbox::User": "",
            "APT::Install-Recommends": "false",
            "APT::Install-Suggests": "false",
            "APT::Get::AllowUnauthenticated": "false",
            "APT::Keep-Downloaded-Packages": "true",
            "Acquire::AllowInsecureRepositories": "false",
            "Acquire::AllowWeakRepositories": "false",
            "Acquire::Check-Valid-Until": "false",  # a mirror may be a dated snapshot
            "Acquire::Languages": "none",
            "Acquire::PDiffs": "false",
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "20",
            "Acquire::https::Timeout": "20",
            "Debug::NoLocking": "true",
        }
        lines = [f"#clear {name};" for name in _CLEARED]
        return "\n".join(lines + [f'{name} "{value}";' for name, value in settings.items()]) + "\n"


def _said(output: str) -> list[str]:
    """apt's errors and warnings."""
    return [line for line in output.splitlines() if line[:2] in ("E:", "W:")]


def _keyring() -> Path:
    for name in _KEYRINGS:
        if (keyring := Path("/usr/share/keyrings") / name).exists():
            return keyring
    raise LocalError(
        "Debian's signing keys are not on this machine: install the package "
        "debian-archive-keyring, or Asterisk 22.10.1 or later (for the tests also Chromium) itself."
    )


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def program(name: str) -> str:
    """The path of one of Debian's package tools."""
    if path := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin"):
        return path
    raise LocalError(
        f"What is not installed cannot be fetched: this machine has no {name}. Install Asterisk "
        "22.10.1 or later (for the tests also Chromium), or use Docker: docker compose up."
    )
