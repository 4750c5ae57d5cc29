"""What the kernel says of processes, for tests that look at children from outside."""

from __future__ import annotations

from pathlib import Path

PROCESSES = Path("/proc")


def children_of(parent: int, module: str) -> list[int]:
    """List the children of a process that run a module of ours."""
    return sorted(int(each.name) for each in PROCESSES.iterdir() if each.name.isdigit() and _runs(each, parent, module))


def is_alive(pid: int) -> bool:
    """Tell whether a process exists and has not ended; one that nobody has waited for has ended."""
    try:
        return PROCESSES.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def _runs(process: Path, parent: int, module: str) -> bool:
    try:
        fields = process.joinpath("stat").read_text().rpartition(")")[2].split()
        return int(fields[1]) == parent and module.encode() in process.joinpath("cmdline").read_bytes()
    except (OSError, ValueError):
        return False
