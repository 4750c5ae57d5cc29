"""How much memory a child really holds, read from outside, as its own word is not worth much."""

from __future__ import annotations

import os
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
