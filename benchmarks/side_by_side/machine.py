"""What processes cost: CPU time and memory, with all their children, from /proc."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds since the start, resident memory in kB, open files."""

    cpu: float
    memory: int
    files: int

    def __sub__(self, before: "Cost") -> "Cost":
        return Cost(self.cpu - before.cpu, self.memory - before.memory, self.files - before.files)


def cost_of(pid: int | None) -> Cost:
    """Of a process and all that descend from it, the ended ones' CPU time included."""
    if pid is None:
        return Cost(0.0, 0, 0)
    cpu, memory, files = 0.0, 0, 0
    for each in [pid, *_descendants(pid)]:
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            memory += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * _PAGE_KB
            files += len(os.listdir(f"/proc/{each}/fd"))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        cpu += sum(map(int, fields[11:15])) / _TICK  # user, system, and those of ended children
    return Cost(cpu, memory, files)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry))
    found, open_ = [], [pid]
    while open_:
        below = children.get(open_.pop(), [])
        found += below
        open_ += below
    return found


def machine_facts() -> dict[str, str | float]:
    """What figures of this machine can be compared with."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        os.uname().machine,
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    return {
        "cpu": cpu,
        "cores": os.cpu_count() or 0,
        "memory_mb": memory,
        "kernel": os.uname().release,
        "python": sys.version,
        "load_before": round(os.getloadavg()[0], 2),
    }
