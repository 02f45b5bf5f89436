"""Calls at a rate, by SIPp, and what each took: one process of callers, two of phones.

Callers dial in turn, are connected, hold, hang up. Every call has a number of its own as its
caller's, by which the phone's log is matched with the caller's.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.asterisk import sipp_xml

HOLD_SECONDS = 1.0
_GRACE_SECONDS = 25

_DOCUMENT = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="{name}">
{steps}
</scenario>
"""
_BODY = sipp_xml._BODY
_NO_BODY = sipp_xml._NO_BODY


def _request(method: str, cseq: int, body: str, *, to: str = "", retrans: bool = True) -> str:
    return f"""
  <send{' retrans="500"' if retrans else ""}><![CDATA[
      {method} sip:[field0]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:9[call_number]@[local_ip]>;tag=[pid]SIPpTag[call_number]
      To: <sip:[field0]@[remote_ip]:[remote_port]>{to}
      Call-ID: [call_id]
      CSeq: {cseq} {method}
      Contact: <sip:9[call_number]@[local_ip]:[local_port]>
      Max-Forwards: 70{body}
  ]]></send>"""


def _log(kind: str, who: str) -> str:
    return f'<log message="{kind} {who} [timestamp]"/>'


def callers(hold: float) -> str:
    """Who dials, is connected, holds for so many seconds, hangs up."""
    return _CALLER.replace("HOLD", str(int(hold * 1000)))


_CALLER = _DOCUMENT.format(
    name="callers",
    steps=f"\n  <nop><action>{_log('dials', '9[call_number]')}</action></nop>"
    + _request("INVITE", 1, _BODY)
    + '\n  <recv response="100" optional="true"/>'
    + 3 * '\n  <recv response="180" optional="true"/>\n  <recv response="183" optional="true"/>'
    + f'\n  <recv response="200"><action>{_log("connected", "9[call_number]")}</action></recv>'
    + _request("ACK", 1, _NO_BODY, to="[peer_tag_param]", retrans=False)
    + '\n  <pause milliseconds="HOLD"/>'
    + _request("BYE", 2, _NO_BODY, to="[peer_tag_param]")
    + '\n  <recv response="200"/>',
)

_RUNG = """
  <recv request="INVITE">
    <action>
      <ereg regexp="sip:([0-9]+)@" search_in="hdr" header="From:" assign_to="all,caller"/>
      <ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
      {log}
    </action>
  </recv>
  <Reference variables="all,cseq"/>"""


def _answer(status: str, body: str, *, reliably: bool = False) -> str:
    return sipp_xml._response(status, body=body, reliably=reliably)


ANSWERING = _DOCUMENT.format(
    name="phones",
    steps=_RUNG.format(log=_log("rung", "[$caller]"))
    + _answer("180 Ringing", _NO_BODY)
    + f"\n  <nop><action>{_log('answers', '[$caller]')}</action></nop>"
    + _answer("200 OK", _BODY, reliably=True)
    + '\n  <recv request="ACK"/>\n  <recv request="BYE" timeout="60000"/>'
    + sipp_xml._OK_IN_DIALOG,
)

SILENT = _DOCUMENT.format(
    name="silent phones",
    steps=_RUNG.format(log='<log message="[$caller]"/>')
    + _answer("180 Ringing", _NO_BODY)
    + '\n  <recv request="CANCEL" timeout="60000"/>'
    + sipp_xml._CANCELLED,
)


@dataclass(frozen=True, slots=True)
class Load:
    """What one run at one rate showed.

    `failed` are calls that did not go through, `repeated` messages sent again for want of an
    answer; `setup` is the caller's INVITE to the phone's, `through` the phone's answer to the
    caller's, both in milliseconds.
    """

    rate: int
    calls: int
    failed: int
    repeated: int
    setup: list[float] = field(default_factory=list)
    through: list[float] = field(default_factory=list)

    def clean(self, most_ms: float) -> bool:
        """Nothing failed, nothing was repeated, and 99 of 100 were set up in time."""
        return not self.failed and not self.repeated and percentile(self.setup, 99) <= most_ms


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed; infinite where there are none."""
    if not values:
        return float("inf")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Phones:
    """Two SIPp processes that answer, or only ring, for as long as they are wanted."""

    def __init__(self, command: Sequence[str], folder: Path, ports: tuple[int, int]) -> None:
        self._command = command
        self._folder = folder
        self.ports = ports
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        for name, scenario, port in (
            ("answering", ANSWERING, self.ports[0]),
            ("silent", SILENT, self.ports[1]),
        ):
            (self._folder / f"{name}.xml").write_text(scenario)
            self._running.append(
                await _sipp(
                    self._command,
                    self._folder,
                    *("-sf", f"{name}.xml", "-p", str(port), "-mp", str(port + 2)),
                    *("-trace_logs", "-log_file", f"{name}.log", "-timeout", "900"),
                )
            )

    async def stop(self) -> None:
        for process in self._running:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def said(self) -> str:
        return (self._folder / "answering.log").read_text(errors="replace")


async def run_load(
    command: Sequence[str],
    folder: Path,
    sip_port: int,
    port: int,
    numbers: Sequence[str],
    rate: int,
    seconds: float,
    phones: Phones,
    hold: float = HOLD_SECONDS,
) -> Load:
    """So many calls a second for so long, each `hold` seconds; returns when the last has ended."""
    calls = int(rate * seconds)
    (folder / "numbers.csv").write_text("SEQUENTIAL\n" + "".join(f"{each};\n" for each in numbers))
    (folder / "callers.xml").write_text(callers(hold))
    heard_before = len(phones.said())
    name = f"callers{rate}-{port}"
    process = await _sipp(
        command,
        folder,
        f"127.0.0.1:{sip_port}",
        *("-sf", "callers.xml", "-inf", "numbers.csv", "-p", str(port), "-mp", str(port + 2)),
        *("-r", str(rate), "-rp", "1000", "-m", str(calls), "-l", str(int(rate * (30 + hold)))),
        *(
            "-timeout",
            str(int(seconds + hold) + _GRACE_SECONDS),
            "-trace_logs",
            "-log_file",
            f"{name}.log",
        ),
        *("-trace_stat", "-stf", f"{name}.csv", "-fd", "1"),
    )
    await process.wait()
    await asyncio.sleep(0.5)
    mine = _times((folder / f"{name}.log").read_text(errors="replace"))
    theirs = _times(phones.said()[heard_before:])
    good, repeated = _counts(folder / f"{name}.csv")
    setup = _between(mine["dials"], theirs["rung"])
    # Who was greeted was connected before: nothing to see there.
    through = [each for each in _between(theirs["answers"], mine["connected"]) if each >= 0]
    return Load(rate, calls, calls - good, repeated, setup, through)


def _between(first: dict[str, float], second: dict[str, float]) -> list[float]:
    return [(second[key] - at) * 1000 for key, at in first.items() if key in second]


def _times(log: str) -> dict[str, dict[str, float]]:
    """When each call did what, in seconds since the epoch; the first time counts."""
    found: dict[str, dict[str, float]] = {}
    for kind in ("dials", "connected", "rung", "answers"):
        found[kind] = {}
    for kind, caller, epoch in re.findall(
        r"^(dials|connected|rung|answers) (9\d+) .*?(\d{9,}\.\d+)\s*$", log, re.MULTILINE
    ):
        found[kind].setdefault(caller, float(epoch))
    return found


def _counts(statistics: Path) -> tuple[int, int]:
    """Successful calls and retransmissions, from SIPp's last line of statistics."""
    head, *rows = statistics.read_text().splitlines()
    values = dict(zip(head.split(";"), rows[-1].split(";"), strict=False))
    return int(values["SuccessfulCall(C)"]), int(values["Retransmissions(C)"])


async def _sipp(command: Sequence[str], folder: Path, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        *options,
        *("-i", "127.0.0.1", "-nostdin", "-recv_timeout", "20000"),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
