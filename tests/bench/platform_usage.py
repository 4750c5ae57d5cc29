"""What the processes of a running platform use: the server, its sandboxed workers with what forks them, and PostgreSQL with its backends."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.engine.processes.process_table import children_of
from tests.journeys.running import RunningServer

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def processes(server: RunningServer) -> dict[str, list[int]]:
    """Find the processes by what they are."""
    postgres = server.postgres()
    workers = [*server.workers(), *children_of(server.pid, "zygote")]
    return {"server": [server.pid], "worker": workers, "postgresql": [postgres, *_children(postgres)]}


def cpu_s(server: RunningServer) -> dict[str, float]:
    """Give the processor seconds that each has used so far, its children that have ended included."""
    return {name: sum(process_cpu_s(pid) for pid in pids) for name, pids in processes(server).items()}


def resident_mib(server: RunningServer) -> dict[str, float]:
    """Give the memory of each; a page that several processes share counts once."""
    return {name: sum(share_mib(pid) for pid in pids) for name, pids in processes(server).items()}


def difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """Subtract by name."""
    return {name: after[name] - before[name] for name in after}


def _children(parent: int) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(_stat(int(process.name))[1]) == parent:
                yield int(process.name)
        except OSError:
            continue


def _stat(pid: int) -> list[str]:
    """Give the fields of a process after its name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def process_cpu_s(pid: int) -> float:
    """Give the processor seconds of a process and of its children that have ended."""
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS_PER_S


def share_mib(pid: int) -> float:
    """Give a process's memory; of a page that several share, its part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
