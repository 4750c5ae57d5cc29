"""Resource limits: a memory bomb becomes an error of its own run, a runaway loop ends, and nothing is written to disk."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from artrator.engine.sandbox.kernel_calls import is_linux

OPEN_FILES = 256
FIRST_TO_GO = "1000"
"""The kernel's out-of-memory killer takes a worker before it takes the server or the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a confined process may use.

    memory_bytes: writable private memory on top of what it holds already; files that are mapped come on top, as much again.
    cpu_s: processor seconds of all its threads together, counted from its start; None for a worker that lives on.
    file_bytes: the length that a file may get which it may write to.
    """

    memory_bytes: int
    cpu_s: int | None = None
    file_bytes: int = 0


def apply_limits(limits: Limits, *, caps_addresses: bool = True) -> None:
    """Lower this process's limits for good. Raises: OSError, ValueError where the system refuses.

    caps_addresses: what is mapped without being writable and private counts, too.
    """
    memory = _memory_now()
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    if is_linux():
        _lower(resource.RLIMIT_MEMLOCK, 0)
        _lower(resource.RLIMIT_MSGQUEUE, 0)
        _lower(resource.RLIMIT_DATA, memory.private_bytes + limits.memory_bytes)
        if caps_addresses:
            _lower(resource.RLIMIT_AS, memory.address_bytes + 2 * limits.memory_bytes)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    else:
        # macOS counts threads apart from processes, so this forbids fork alone
        _lower(resource.RLIMIT_NPROC, 0)
    if limits.cpu_s is not None:
        # at the soft limit comes SIGXCPU, which tells it apart from every other kill
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))


@dataclass(frozen=True, slots=True)
class _Memory:
    address_bytes: int
    private_bytes: int


def _memory_now() -> _Memory:
    """Read what the imports took, which no model answers for."""
    try:
        address, _, _, _, _, private, _ = Path("/proc/self/statm").read_text().split()
    except OSError:
        return _Memory(0, 0)
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    return _Memory(int(address) * page_bytes, int(private) * page_bytes)


def _lower(which: int, limit: int) -> None:
    """Set both the soft and the hard limit, never above what stands."""
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(which, (limit, limit))
