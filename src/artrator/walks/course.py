"""Which frames come next, and what each of them begins from: the pure rules of spacing and sharing on one walk's rows."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from artrator.walks.path import Path
from artrator.walks.walk import Frame, Walk


class Course:
    """Keeps what is rendered and what is under way."""

    def __init__(self, walk: Walk, frames: Sequence[Frame]) -> None:
        path = Path(len(walk.keyframes), walk.ending)
        self._places = sorted(frame.place for frame in frames)
        self._left = [place for place in path.uniform(walk.frames, walk.easing) if place not in self._places]

    def next_places(self, limit: int) -> list[float]:
        taken, self._left = self._left[:limit], self._left[limit:]
        return taken

    def landed(self, place: float) -> float | None:
        """Note a frame; give the place of the one before it."""
        at = bisect_left(self._places, place)
        before = self._places[at - 1] if at else None
        insort(self._places, place)
        return before
