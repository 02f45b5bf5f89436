"""SIPp as phones and callers: one process each, on a port of its own, that ends by itself."""

import asyncio
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callrouter.local.ports import free_ports
from tests.asterisk import sipp_xml
from tests.fakes.phones import Behaviour

LONGEST_SECONDS = 60


@dataclass
class SippProcess:
    """A running SIPp; `log` holds every message it sent and received."""

    process: asyncio.subprocess.Process
    folder: Path
    name: str
    port: int

    async def wait(self) -> str:
        """Returns what went wrong; empty when the scenario was played to its end."""
        _, errors = await self.process.communicate()
        return errors.decode(errors="replace") if self.process.returncode else ""

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    @property
    def log(self) -> str:
        files = self.folder.glob(f"{self.name}_*_messages.log")
        return "".join(file.read_text(errors="replace") for file in files)

    def received(self, method: str, account: str = "") -> list[str]:
        """The messages of one method that it received, perhaps only those for one account."""
        messages = re.split(r"^-{40,}.*$", self.log, flags=re.MULTILINE)
        begins = f"\n{method} sip:{account}@" if account else f"\n{method} "
        return [m for m in messages if "message received" in m and begins in m]


class Sipp:
    """Starts SIPp processes against one Asterisk. Every one gets ports that no other had."""

    def __init__(self, command: Sequence[str], folder: Path, sip_port: int) -> None:
        self._command = command
        self._folder = folder
        self._sip_port = sip_port
        self._had: set[int] = set()
        self._names = itertools.count(1)
        self._registered: list[tuple[str, str, int]] = []
        self.running: list[SippProcess] = []

    async def phone(
        self, behaviour: Behaviour, *, calls: int = 1, port: int | None = None
    ) -> SippProcess:
        """A phone that waits for so many calls; it must be registered with its port."""
        return await self._start("phone", sipp_xml.phone(behaviour), calls=calls, port=port)

    async def caller(
        self,
        number: str,
        behaviour: sipp_xml.CallerBehaviour,
        name: str = sipp_xml.CALLER,
        *,
        calls: int = 1,
        rate: int = 1,
    ) -> SippProcess:
        """Somebody outside who calls `number` now; so many times, so many calls a second."""
        scenario = sipp_xml.caller(behaviour, name)
        options = ("-s", number, "-r", str(rate))
        return await self._start("caller", scenario, self._asterisk, *options, calls=calls)

    async def outgoing(self, account: str, password: str, number: str, talks: float) -> SippProcess:
        """An agent's phone that calls `number` now and talks for so long."""
        scenario = sipp_xml.outgoing(account, password, talks)
        options = (self._asterisk, "-s", number)
        return await self._start("outgoing", scenario, *options)

    async def register(
        self, accounts: Sequence[tuple[str, str, int]], *, expires: int = 300
    ) -> None:
        """Register (account, password, port of the phone), all of them; 0 seconds: unregister."""
        self._registered += accounts if expires else []
        rows = self._folder / f"accounts{next(self._names)}.csv"
        rows.write_text(
            "SEQUENTIAL\n"
            + "".join(
                f"{name};[authentication username={name} password={password}];{port};{expires}\n"
                for name, password, port in accounts
            )
        )
        options = ("-inf", rows.name, "-r", "100")
        for _ in range(3):  # on a busy machine it may be late, and registering twice does no harm
            registering = await self._start(
                "register", sipp_xml.REGISTER, self._asterisk, *options, calls=len(accounts)
            )
            error = await registering.wait()
            if not error:
                return
        raise AssertionError(error)

    async def stop_all(self) -> None:
        """End every process, and unregister every phone."""
        for each in self.running:
            await each.stop()
        if self._registered:
            await self.register(self._registered, expires=0)

    @property
    def _asterisk(self) -> str:
        return f"127.0.0.1:{self._sip_port}"

    def _new_port(self) -> int:
        (port,) = free_ports(1)
        while port in self._had:  # Asterisk may still send something to who had it
            (port,) = free_ports(1)
        self._had.add(port)
        return port

    async def _start(
        self, kind: str, scenario: str, *options: str, calls: int = 1, port: int | None = None
    ) -> SippProcess:
        name = f"{kind}{next(self._names)}"
        file = self._folder / f"{name}.xml"
        await asyncio.to_thread(file.write_text, scenario)
        port = port or self._new_port()
        process = await asyncio.create_subprocess_exec(
            *self._command,
            *options,
            *("-sf", file.name, "-i", "127.0.0.1", "-p", str(port), "-mp", str(self._new_port())),
            *("-m", str(calls), "-timeout", str(LONGEST_SECONDS + calls), "-timeout_error"),
            *("-nostdin", "-trace_err", "-trace_msg"),
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        started = SippProcess(process, self._folder, name, port)
        self.running.append(started)
        return started
