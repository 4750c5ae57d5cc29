"""How much processor time this process and a private PostgreSQL used, to the microsecond."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from artrator.db.embedded import EmbeddedPostgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Processor seconds so far, or between two moments."""

    ours_s: float
    postgres_s: float

    def __sub__(self, earlier: Spent) -> Spent:
        """Give what was used since."""
        return Spent(ours_s=self.ours_s - earlier.ours_s, postgres_s=self.postgres_s - earlier.postgres_s)


def spent(server: EmbeddedPostgres) -> Spent:
    """Read the clocks of this process and of every process of the server."""
    return Spent(ours_s=time.process_time(), postgres_s=sum(_ran_s(pid) for pid in _processes(server)))


def _processes(server: EmbeddedPostgres) -> Iterator[int]:
    main = int((server.data / "postmaster.pid").read_text().split()[0])
    yield main
    # the main thread's children are all of them: PostgreSQL has no threads
    yield from (int(child) for child in Path(f"/proc/{main}/task/{main}/children").read_text().split())


def _ran_s(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0
