"""How much memory a child really holds, read from outside, as its own word is not worth much."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """Read a process's resident memory without the pages of files, which the kernel takes back when it needs them.

    0 where the system does not say (macOS) or the process is gone.
    """
    try:
        _, resident, of_files, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    except (OSError, ValueError):
        return 0
    return (resident - of_files) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes(pid: int) -> int:
    """Read the most that a process has held resident, files included, since it began or since `restart_peak`.

    0 where the system does not say (macOS) or the process is gone.
    """
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def restart_peak() -> None:
    """Have this process's peak counted from now on, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
