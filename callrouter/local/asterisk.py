"""A real Asterisk as a child process, with every file it writes in one folder of ours."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp

from callrouter.asterisk_conf.directory import ARI_USER, write_conf
from callrouter.asterisk_conf.secrets import AsteriskSecrets
from callrouter.asterisk_conf.site import AsteriskSite
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.child import Child, start_child
from callrouter.local.errors import LocalError
from callrouter.local.ports import require_free
from callrouter.local.sockets import folder_for_socket
from callrouter.routing.model import RoutingTable

_START_SECONDS = 30.0
_SLOW_LOOKUP_SECONDS = 1.0


class AsteriskServer:
    """One Asterisk. `site.directories` are filled in here; its SIP and HTTP ports must be free."""

    def __init__(
        self, program: AsteriskProgram, home: Path, *, site: AsteriskSite, log: Path | None = None
    ) -> None:
        self.program = program
        self.home = home.resolve()
        self.log = log or self.home / "log" / "asterisk.log"
        self.secrets = AsteriskSecrets(self.home / "phone-secrets.json")
        self.ari_user = ARI_USER
        self.ari_password = self.secrets.ari()
        self._site = site
        self._child: Child | None = None
        self._run_dir: Path | None = None
        self._run_dir_is_temporary = False

    @property
    def log_dir(self) -> Path:
        """Where it writes about itself."""
        return self.home / "log"

    @property
    def conf_dir(self) -> Path:
        return self.home / "etc"

    @property
    def site(self) -> AsteriskSite:
        return self._site

    @property
    def ari_url(self) -> str:
        """The HTTP server's address, without `/ari`."""
        return f"http://{self._site.http_bind}:{self._site.http_port}"

    @property
    def child(self) -> Child:
        """The process; only after `start`."""
        if self._child is None:
            raise LocalError("Asterisk has not been started.")
        return self._child

    async def start(self, table: RoutingTable) -> None:
        """Write the configuration with the phones of `table`, start, return when ARI answers.

        Raises LocalError: a port in use, or Asterisk's own last words.
        """
        self._check_ports()
        self._run_dir, self._run_dir_is_temporary = folder_for_socket(
            self.home / "run", "asterisk.ctl"
        )
        self._site = replace(self._site, directories=self._directories(self._run_dir))
        if self._site.on_loopback:
            # A phone on this machine that has ended without a word is not there any more.
            (self.home / "lib" / "astdb.sqlite3").unlink(missing_ok=True)
        write_conf(self.conf_dir, table, self._site, self.secrets, self.ari_password)
        self._child = start_child(
            "Asterisk",
            [*self.program.command, "-f", "-C", self.conf_dir / "asterisk.conf"],
            log=self.log,
            environment=self._environment(),
            folder=self.home,
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._until_ari_answers(self._child)
        except TimeoutError:
            last_lines = self._child.last_lines()
            await self.stop()
            raise LocalError(
                f"Asterisk's ARI did not answer within {_START_SECONDS:.0f} s on {self.ari_url}. "
                f"Its log: {self.log}\n{last_lines}"
            ) from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it; calls in progress are cut. Twice is safe."""
        if self._child is not None:
            await self._child.stop(seconds=10.0)
        if self._run_dir is not None and self._run_dir_is_temporary:
            shutil.rmtree(self._run_dir, ignore_errors=True)

    def console(self, command: str) -> str:
        """What `asterisk -rx COMMAND` says."""
        asked = subprocess.run(
            [*self.program.command, "-C", str(self.conf_dir / "asterisk.conf"), "-rx", command],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
            env=self._environment(),
            check=False,
        )
        return asked.stdout

    def _check_ports(self) -> None:
        site = self._site
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            require_free(
                site.sip_bind,
                site.sip_port,
                kind,
                purpose="SIP",
                setting="CALLROUTER_LOCAL_SIP_PORT",
            )
        require_free(
            site.http_bind,
            site.http_port,
            socket.SOCK_STREAM,
            purpose="Asterisk's HTTP",
            setting="CALLROUTER_LOCAL_ARI_PORT",
        )

    def _directories(self, run_dir: Path) -> dict[str, str]:
        """Every folder Asterisk writes to, made; and where the unpacked one reads from."""
        names = {
            "astetcdir": "etc",
            "astvarlibdir": "lib",
            "astdbdir": "lib",
            "astkeydir": "lib",
            "astspooldir": "spool",
            "astlogdir": "log",
            "astcachedir": "cache",
        }
        folders = {name: self.home / folder for name, folder in names.items()}
        for folder in (*folders.values(), self.home / "lib/keys", self.home / "log/cdr-csv"):
            folder.mkdir(parents=True, exist_ok=True)
        folders["astrundir"] = run_dir
        if self.program.modules and self.program.data:
            folders["astmoddir"] = self.program.modules
            folders["astdatadir"] = self.program.data
        return {name: str(folder) for name, folder in folders.items()}

    def _environment(self) -> dict[str, str]:
        """An unknown name of this machine must not hold Asterisk up for 20 s at its start."""
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.home),
            "LC_ALL": "C",
            "TERM": "dumb",
            "RES_OPTIONS": "timeout:1 attempts:1",
        }

    async def _until_ari_answers(self, child: Child) -> None:
        headers = {"Authorization": aiohttp.encode_basic_auth(self.ari_user, self.ari_password)}
        address = f"{self.ari_url}/ari/asterisk/info?only=system"
        async with aiohttp.ClientSession(headers=headers) as session:
            while True:
                if child.exit_code is not None:
                    raise LocalError(
                        f"Asterisk ended while it started (exit code {child.exit_code}). "
                        f"Its log: {self.log}\n{child.last_lines()}"
                    )
                try:
                    async with session.get(address) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)


def warning_about_own_name(look_up: Callable[[str], object] = socket.gethostbyname) -> str | None:
    """A warning if this machine does not know its own name, which makes every call slow."""
    name = socket.gethostname()
    begun = time.monotonic()
    try:
        look_up(name)
        if time.monotonic() - begun < _SLOW_LOOKUP_SECONDS:
            return None
    except OSError:
        pass
    return (
        f"This machine cannot look up its own name {name!r}; Asterisk does, and is held up for "
        f"seconds each time. Remedy, as root: echo '127.0.0.1 {name}' >> /etc/hosts"
    )
