"""Who answers for a lost worker: rules without processes, so that the innocent are never failed for the guilty."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from artrator.engine.wire.board import Activity, Execution
from artrator.kernel.ids import Digest


class Cause(Enum):
    """Why a worker is gone.

    ENDED: it crashed or was killed by somebody else. HUNG: it no longer answered, so we killed it.
    BROKE_PROTOCOL: it sent what no worker sends. RETIRED: another took its place and it took too long to finish.
    """

    ENDED = auto()
    HUNG = auto()
    BROKE_PROTOCOL = auto()
    RETIRED = auto()


class Verdict(Enum):
    """What becomes of a digest's requests on a lost worker: failed; run again alone; run again."""

    GUILTY = auto()
    SUSPECT = auto()
    INNOCENT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """How a worker was lost.

    exit_code: as of `subprocess`, negative for a signal. executing: what its threads were at.
    in_flight: the digests that had requests on it. alone: it was given one run at a time, so nobody else can have done it.
    """

    cause: Cause
    exit_code: int
    executing: frozenset[Digest]
    in_flight: frozenset[Digest]
    alone: bool = False

    @property
    def how(self) -> str:
        """Name the signal that ended the worker, or its exit status."""
        return name_exit(self.exit_code)

    @property
    def was_killed_from_outside(self) -> bool:
        """Tell whether it ended in a way that no code of its own makes: an operator or the kernel did it."""
        return self.cause is Cause.ENDED and self.exit_code in (-signal.SIGKILL, -signal.SIGTERM)


def name_exit(exit_code: int) -> str:
    """Name how a process ended: a signal, or its exit status."""
    if exit_code >= 0:
        return f"exit status {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"


def judge(loss: Loss, digest: Digest) -> Verdict:
    """Say what a digest that had requests on a lost worker has to do with the loss."""
    if loss.cause is Cause.RETIRED:
        return Verdict.INNOCENT
    suspects = (loss.executing & loss.in_flight) or loss.in_flight
    if digest not in suspects:
        return Verdict.INNOCENT
    if loss.alone:
        return Verdict.GUILTY
    if len(suspects) > 1 or loss.was_killed_from_outside:
        return Verdict.SUSPECT
    return Verdict.GUILTY


def find_unwanted(executions: Iterable[Execution], oldest_request_s: Mapping[Digest, float]) -> Execution | None:
    """Find work that nobody waits for: every request of its bundle is newer than it, or there is none.

    Loading is wanted by newer requests too.
    oldest_request_s: when the oldest request in flight of each digest came, on the clock of the executions.
    """
    for execution in executions:
        oldest_s = oldest_request_s.get(execution.digest)
        if oldest_s is None:
            return execution
        if execution.activity is Activity.RUNS and execution.since_s < oldest_s:
            return execution
    return None
