"""A steady load of real SIP calls, by SIPp: callers of several tempers, and the agents' phones.

Every call has a number of its own as its caller's. By it what the caller met is joined with what
Asterisk and callrouter say of the call.
"""

import asyncio
import random
import re
import signal
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.asterisk import sipp_xml
from tests.chaos import company
from tests.chaos.company import AT_ONCE, BRIEF, BUSY, GREETED, IN_TURN, NOBODY

LONGEST_SECONDS = 7200


@dataclass(frozen=True, slots=True)
class Temper:
    """A caller who gives up after `patience` seconds unanswered, hangs up `hold` after the answer.

    `share` of all callers are such, and dial these numbers. Who `waits` would never leave before
    an agent had him or a message was over: if he does, he was forgotten.
    """

    digit: str
    share: int
    patience: float
    hold: float
    numbers: tuple[str, ...]
    waits: bool = False


TEMPERS = (
    Temper("0", 3, 40, 3, (AT_ONCE, IN_TURN)),
    Temper("1", 2, 40, 10, (AT_ONCE, IN_TURN)),
    Temper("2", 3, 40, 40, (NOBODY, BRIEF, BUSY), waits=True),
    Temper("3", 1, 1.2, 1.2, (GREETED, AT_ONCE, IN_TURN, NOBODY)),
    Temper("4", 2, 4, 7, (GREETED, IN_TURN, NOBODY)),
    Temper("5", 1, 40, 14, (GREETED,)),
)


@dataclass(slots=True)
class CallerSaw:
    """One caller's own account, times in seconds since the epoch.

    `how` is how it ended: `leaves` or `cancels` (he), `other` (the other side), `refused`; empty
    where SIPp calls it failed. `talks` are those of phones with him, by the phones: from their
    answer until they were free again, None where they never were.
    """

    caller: str
    created: float
    connected: float | None = None
    over: float | None = None
    how: str = ""
    talks: list[tuple[float, float | None]] = field(default_factory=list)


def temper_of(caller: str) -> Temper:
    return next(each for each in TEMPERS if each.digit == caller[3])


def _log(what: str, who: str = "[field1][call_number]") -> str:
    return f'\n  <nop><action><log message="{what} {who} [timestamp]"/></action></nop>'


def _request(method: str, cseq: int, body: str, *, to: str, branch: str, retrans: bool) -> str:
    return sipp_xml._REQUEST.format(
        method=method,
        cseq=f"{cseq} {method}",
        body=body,
        to_tag=to,
        caller="<sip:[field1][call_number]@[local_ip]>",
        branch=branch,
        retrans=' retrans="500"' if retrans else "",
    ).replace("[service]", "[field0]")


def caller(temper: Temper) -> str:
    """The scenario of such a caller: one for whatever may happen to him."""
    first, tag = "z9hG4bK-first-[pid]-[call_number]", "[peer_tag_param]"
    refusals = "".join(
        f'\n  <recv response="{status}" optional="true" next="5"/>'
        for status in (404, 480, 486, 487, 500, 502, 503, 603)
    )

    def ack(branch: str) -> str:
        return _request("ACK", 1, sipp_xml._NO_BODY, to=tag, branch=branch, retrans=False)

    patience, hold = int(temper.patience * 1000), int(temper.hold * 1000)
    steps = _log("created")
    steps += _request("INVITE", 1, sipp_xml._BODY, to="", branch=first, retrans=True)
    waiting = '\n  <recv response="100" optional="true"/>' + sipp_xml._PROVISIONAL + refusals
    waiting += '\n  <recv response="200"/>'
    # SIPp waits by the clock of the message that would come first, and that may be any of them.
    steps += waiting.replace("<recv ", f'<recv timeout="{patience}" ontimeout="2" ')
    steps += ack("[branch]") + _log("connected")
    steps += f'\n  <recv request="BYE" timeout="{hold}" ontimeout="3"/>'
    steps += sipp_xml._OK_IN_DIALOG + _log("other")
    steps += '\n  <nop next="9"/>\n  <label id="3"/>' + _log("leaves")
    steps += _request("BYE", 2, sipp_xml._NO_BODY, to=tag, branch="[branch]", retrans=True)
    steps += '\n  <recv response="200"/>\n  <nop next="9"/>\n  <label id="2"/>' + _log("cancels")
    steps += _request("CANCEL", 1, sipp_xml._NO_BODY, to="", branch=first, retrans=True)
    steps += '\n  <recv response="200"/>\n  <recv response="487"/>' + ack(first)
    steps += '\n  <nop next="9"/>\n  <label id="5"/>' + ack(first) + _log("refused")
    steps += '\n  <label id="9"/>'
    return sipp_xml._DOCUMENT.substitute(name="caller", steps=steps)


def phone(kind: str) -> str:
    """The phones of a kind, which say when they were rung, answered, and were free again."""
    who = "[$remote] [$local]"
    rung = f'<log message="rung {who} [timestamp]"/>\n    </action>'
    scenario = sipp_xml.phone(company.PHONES[kind]).replace("</action>", rung, 1)
    answering = '\n  <label id="2"/>'
    scenario = scenario.replace(answering, answering + _log("answers", who), 1)
    return scenario.replace("\n</scenario>", _log("free", who) + "\n</scenario>")


class Phones:
    """One SIPp process for each kind of phone."""

    def __init__(self, command: Sequence[str], folder: Path, ports: Sequence[int]) -> None:
        self._command = command
        self._folder = folder
        self.ports = dict(zip(company.PHONES, ports, strict=True))
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        for kind, port in self.ports.items():
            (self._folder / f"{kind}.xml").write_text(phone(kind))
            options = ("-sf", f"{kind}.xml", "-p", str(port), "-mp", str(port + 2))
            self._running.append(await sipp(self._command, self._folder, kind, *options))

    async def stop(self) -> None:
        for process in self._running:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def said(self) -> str:
        logs = (self._folder / f"{kind}.log" for kind in self.ports)
        return "".join(each.read_text(errors="replace") for each in logs if each.exists())


class Callers:
    """New callers at a steady rate until they are told to stop. Their numbers begin with `stage`,
    three digits that no account has."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        sip_port: int,
        ports: Sequence[int],
        stage: str,
    ) -> None:
        self._command, self._folder, self._stage = command, folder, stage
        self._sip_port, self._ports = sip_port, ports
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self, rate: float, chance: random.Random) -> None:
        """`rate` calls a second, all tempers together."""
        shares = sum(each.share for each in TEMPERS)
        for temper, port in zip(TEMPERS, self._ports, strict=True):
            name = f"callers{self._stage}{temper.digit}"
            begins = self._stage + temper.digit
            rows = [f"{chance.choice(temper.numbers)};{begins};\n" for _ in range(997)]
            (self._folder / f"{name}.csv").write_text("SEQUENTIAL\n" + "".join(rows))
            (self._folder / f"{name}.xml").write_text(caller(temper))
            every = int(1000 * shares / (rate * temper.share))
            process = await sipp(
                self._command,
                self._folder,
                name,
                f"127.0.0.1:{self._sip_port}",
                *("-sf", f"{name}.xml", "-inf", f"{name}.csv", "-p", str(port)),
                *("-mp", str(port + 2), "-r", "1", "-rp", str(every), "-l", "1000"),
            )
            self._running.append(process)

    async def stop(self) -> None:
        """No new callers; returns when the last has hung up."""
        for process in self._running:
            if process.returncode is None:
                process.send_signal(signal.SIGUSR1)
        try:
            async with asyncio.timeout(90):
                for process in self._running:
                    await process.wait()
        finally:
            for process in self._running:
                if process.returncode is None:
                    process.kill()
                await process.wait()

    def saw(self, phones: str) -> dict[str, CallerSaw]:
        """What each met; `phones` is what the phones said meanwhile."""
        logs = [self._folder / f"callers{self._stage}{each.digit}.log" for each in TEMPERS]
        said = "".join(each.read_text(errors="replace") for each in logs if each.exists())
        seen = callers_in(said)
        for number, talk in talks_in(phones):
            if number in seen:
                seen[number].talks.append(talk)
        return seen


_LINE = re.compile(r"^(\w+) (\d+) .*?(\d{9,}\.\d+)\s*$", re.MULTILINE)


def callers_in(log: str) -> dict[str, CallerSaw]:
    """Each caller by his number, from SIPp's log."""
    seen: dict[str, CallerSaw] = {}
    for what, caller_number, at in _LINE.findall(log):
        if what == "created":
            seen[caller_number] = CallerSaw(caller_number, float(at))
        elif what == "connected":
            seen[caller_number].connected = float(at)
        else:
            seen[caller_number].over, seen[caller_number].how = float(at), what
    return seen


_PHONE_LINE = re.compile(
    r"^(rung|answers|free) .*?sip:(\d+)@.*?sip:(\d+)@.*?(\d{9,}\.\d+)\s*$", re.MULTILINE
)


def talks_in(log: str) -> Iterator[tuple[str, tuple[float, float | None]]]:
    """Each caller with a talk that a phone says it had with him."""
    begun: dict[tuple[str, str], float] = {}
    for what, number, account, at in _PHONE_LINE.findall(log):
        if what == "answers":
            begun[account, number] = float(at)
        elif what == "free" and (since := begun.pop((account, number), None)) is not None:
            yield number, (since, float(at))
    for (_, number), since in begun.items():
        yield number, (since, None)


def rings_in(log: str) -> dict[str, list[tuple[float, float, str]]]:
    """For each account when its phones were rung and free again, and who called, by time.

    What did not end (a phone that waits for a message that never came) is left out.
    """
    begun: dict[tuple[str, str], float] = {}
    rings: dict[str, list[tuple[float, float, str]]] = {}
    for what, caller_number, account, at in _PHONE_LINE.findall(log):
        if what == "rung":
            begun[account, caller_number] = float(at)
        elif what == "free" and (since := begun.pop((account, caller_number), None)) is not None:
            rings.setdefault(account, []).append((since, float(at), caller_number))
    return {account: sorted(each) for account, each in rings.items()}


def under_way(seen: Iterable[CallerSaw], at: float) -> int:
    """How many calls there were at that moment."""
    return sum(each.created <= at and (each.over is None or each.over > at) for each in seen)


async def sipp(
    command: Sequence[str], folder: Path, name: str, *options: str
) -> asyncio.subprocess.Process:
    """SIPp as `name`, which ends by itself at the latest after two hours."""
    return await asyncio.create_subprocess_exec(
        *command,
        *options,
        *("-trace_logs", "-log_file", f"{name}.log", "-timeout", str(LONGEST_SECONDS)),
        *("-i", "127.0.0.1", "-nostdin", "-recv_timeout", "60000"),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
