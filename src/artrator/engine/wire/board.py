"""A few shared bytes in which a child notes what each of its threads executes, so that a crash has a name afterwards."""

from __future__ import annotations

import mmap
import os
import re
import struct
import tempfile
import time
from dataclasses import dataclass
from enum import IntEnum

from artrator.kernel.ids import Digest

SLOTS = 512
SLOT = struct.Struct("<Qd64s")
"""What is done, since when on the machine's monotonic clock, of which bundle."""
BOARD_BYTES = SLOTS * SLOT.size
_DIGEST = re.compile(rb"[0-9a-f]{64}")


class Activity(IntEnum):
    """What a thread does for a bundle."""

    IDLE = 0
    LOADS = 1
    RUNS = 2


@dataclass(frozen=True, slots=True)
class Execution:
    """What one thread executes, and since when (seconds of `time.monotonic`)."""

    digest: Digest
    activity: Activity
    since_s: float


class Board:
    """The shared bytes, from either side. Each slot is written by one thread alone, so that nothing need be locked."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._bytes = mmap.mmap(descriptor, BOARD_BYTES)

    @classmethod
    def make(cls) -> Board:
        """Make an empty board whose descriptor a child may inherit."""
        descriptor = _anonymous_file()
        os.ftruncate(descriptor, BOARD_BYTES)
        return cls(descriptor)

    def close(self) -> None:
        """Give back the memory and the descriptor."""
        self._bytes.close()
        os.close(self.descriptor)

    def note(self, slot: int, activity: Activity, digest: Digest) -> None:
        """Note that a thread begins work for a bundle."""
        SLOT.pack_into(self._bytes, (slot % SLOTS) * SLOT.size, activity, time.monotonic(), digest.encode())

    def clear(self, slot: int) -> None:
        """Note that a thread has ended its work."""
        SLOT.pack_into(self._bytes, (slot % SLOTS) * SLOT.size, Activity.IDLE, 0.0, b"")

    def read(self) -> tuple[Execution, ...]:
        """Tell what all threads execute; what makes no sense is left out."""
        executions: list[Execution] = []
        for activity, since_s, digest in SLOT.iter_unpack(self._bytes[:]):
            if activity in (Activity.LOADS, Activity.RUNS) and _DIGEST.fullmatch(digest):
                executions.append(Execution(Digest(digest.decode()), Activity(activity), since_s))
        return tuple(executions)


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("artrator-board", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
