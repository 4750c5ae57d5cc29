"""Large pictures in tiles that overlap and fade into each other, so that what a graph needs for one stays bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from artrator.engine.execution.call import Floats

OVERLAP = 4
"""The overlap is one of so many parts of a tile."""


@dataclass(frozen=True, slots=True)
class Span:
    """A tile's stretch of one side: where it begins, and how much of it fades in and out over its neighbours."""

    start: int
    length: int
    fades_in: int
    fades_out: int

    @property
    def end(self) -> int:
        """Give where it ends."""
        return self.start + self.length

    def weights(self, scale: int) -> Floats:
        """Give how much it counts at each place, (length * scale,); those of all spans of a side add up to 1."""
        weights = np.ones(self.length * scale, np.float32)
        for count, ramp in ((self.fades_in * scale, weights), (self.fades_out * scale, weights[::-1])):
            ramp[:count] *= (np.arange(count, dtype=np.float32) + np.float32(0.5)) / np.float32(max(count, 1))
        return weights


def spans_of(length: int, most: int) -> tuple[Span, ...]:
    """Cut a side into spans of equal length, none longer than `most`, each over a part of its neighbours."""
    if length <= most:
        return (Span(0, length, 0, 0),)
    overlap = most // OVERLAP
    count = -(-(length - overlap) // (most - overlap))
    each = -(-(length + (count - 1) * overlap) // count)
    starts = [index * (length - each) // (count - 1) for index in range(count)]
    over = [one + each - two for one, two in pairwise(starts)]
    return tuple(Span(start, each, *fades) for start, *fades in zip(starts, [0, *over], [*over, 0], strict=True))


def tiles_of(height: int, width: int, most: int) -> Sequence[tuple[Span, Span]]:
    """Cut a picture into tiles: spans of its rows and of its columns."""
    return [(rows, columns) for rows in spans_of(height, most) for columns in spans_of(width, most)]
