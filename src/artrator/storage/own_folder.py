"""A local folder that one process at a time owns, so that caches outlive a process without two sharing one."""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from artrator.kernel.errors import Unavailable

MAX_PROCESSES = 256


@contextmanager
def own_folder(parent: Path) -> Generator[Path]:
    """Give the first numbered folder below `parent` that no living process owns; the system frees it on any death."""
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(MAX_PROCESSES):
        with (parent / f"{number}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            folder = parent / str(number)
            folder.mkdir(exist_ok=True)
            yield folder
            return
    raise Unavailable("too_many_processes", f"{MAX_PROCESSES} processes already use {parent}.")
