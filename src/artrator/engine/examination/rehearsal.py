"""What came of a rehearsal, as the server and the child that rehearses both know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artrator.engine.examination.output_statistics import OutputStatistics
from artrator.engine.fleet import OutputValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What came of running a bundle.

    load_s: from files to sessions. latencies_s: of every run, the first one included.
    peak_memory_bytes: resident, on top of what the process held before it loaded the bundle.
    output_statistics: of every output of every graph that was called, over all runs.
    deterministic: the same inputs gave the same bits each time. batchable: rows do not depend on their neighbours.
    sample: what the first run answers.
    """

    load_s: float
    latencies_s: tuple[float, ...]
    peak_memory_bytes: int
    output_statistics: tuple[OutputStatistics, ...]
    deterministic: bool
    batchable: bool
    sample: Mapping[str, OutputValue]
