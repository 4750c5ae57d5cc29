"""What the kernel says of processes, for tests that look at children from outside."""

from __future__ import annotations

from pathlib import Path

PROCESSES = Path("/proc")
NAME_CHARACTERS = 15
"""Of a process, as the kernel keeps it."""


def children_of(ancestor: int, role: str) -> list[int]:
    """List the sandboxed children of a process, its own and its zygote's: those of the role "worker" or "examinee"."""
    zygotes = _having(ancestor, "zygote")
    return sorted(pid for parent in (ancestor, *zygotes) for pid in _having(parent, role))


def is_alive(pid: int) -> bool:
    """Tell whether a process exists and has not ended; one that nobody has waited for has ended."""
    try:
        return PROCESSES.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def _having(parent: int, role: str) -> list[int]:
    name = f"artrator-{role}"[:NAME_CHARACTERS]
    return [int(each.name) for each in PROCESSES.iterdir() if each.name.isdigit() and _is(each, parent, name)]


def _is(process: Path, parent: int, name: str) -> bool:
    try:
        fields = process.joinpath("stat").read_text().rpartition(")")[2].split()
        return int(fields[1]) == parent and process.joinpath("comm").read_text().strip() == name
    except OSError:
        return False
