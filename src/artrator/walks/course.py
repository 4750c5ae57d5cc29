"""Which frames of a walk come next: the rules of spacing, taken up where the rows of its frames have left them."""

from __future__ import annotations

from collections.abc import Sequence

from artrator.walks.path import Path
from artrator.walks.spacing import Spacing
from artrator.walks.walk import Frame, Walk

EVENNESS_STEPS = 100
"""Evenness looks at every frame: of a long walk it is measured so often, not at each frame."""


class Course:
    """What is rendered of a walk, and what is to be."""

    def __init__(self, walk: Walk, frames: Sequence[Frame]) -> None:
        path = Path(len(walk.keyframes), walk.ending)
        self._spacing = Spacing(path, walk.frames, kind=walk.spacing, easing=walk.easing)
        self._every = max(1, walk.frames // EVENNESS_STEPS)
        self._evenness: float | None = walk.evenness
        for frame in sorted(frames, key=lambda each: each.sequence):
            self._spacing.rendered(frame.place, frame.distance_left, frame.distance_right)

    def next_places(self, limit: int) -> Sequence[float]:
        """Give places to render now, each once; none while others must land first."""
        return self._spacing.next_places(limit)

    def neighbours(self, place: float) -> tuple[float | None, float | None]:
        """Give the nearest rendered frames on the left and on the right of a place."""
        return self._spacing.neighbours(place)

    def landed(self, place: float, distance_left: float | None, distance_right: float | None) -> None:
        """Note a frame."""
        self._spacing.rendered(place, distance_left, distance_right)

    def evenness(self) -> float | None:
        """Tell how even the distances are, or were a few frames ago."""
        if self._spacing.is_done or self._spacing.count % self._every == 0:
            self._evenness = self._spacing.evenness()
        return self._evenness
