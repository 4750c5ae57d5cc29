"""How far one has come at each place of a way, from what was measured between some of them: a monotone curve, and back.

Source: Fritsch and Butland 1984, "A Method for Constructing Local Monotone Piecewise Cubic Interpolants".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

HALVINGS = 60
"""Of a stretch, to find a place in it: more than a double can tell apart."""


class Arc:
    """The curve through places, ascending, and what lies between each two of them, not negative."""

    def __init__(self, places: Sequence[float], distances: Sequence[float]) -> None:
        if len(places) != len(distances) + 1 or len(places) < 2:
            raise ValueError("a distance lies between two places")
        self._places = tuple(places)
        self._gone = (0.0, *accumulate(distances))
        self._slopes = _slopes(self._places, distances)

    @property
    def length(self) -> float:
        """Give all of it."""
        return self._gone[-1]

    def gone(self, place: float) -> float:
        """Tell how far one has come at a place."""
        index = min(max(bisect_right(self._places, place) - 1, 0), len(self._places) - 2)
        return self._within(index, place)

    def place(self, gone: float) -> float:
        """Find the place at which one has come so far."""
        index = min(max(bisect_right(self._gone, gone) - 1, 0), len(self._places) - 2)
        low, high = self._places[index], self._places[index + 1]
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._within(index, middle) < gone else (low, middle)
        return (low + high) / 2

    def _within(self, index: int, place: float) -> float:
        begin, end = self._places[index], self._places[index + 1]
        width, t = end - begin, (place - begin) / (end - begin)
        rest = 1 - t
        return (
            self._gone[index] * (1 + 2 * t) * rest**2
            + self._gone[index + 1] * t**2 * (3 - 2 * t)
            + width * (self._slopes[index] * t * rest**2 - self._slopes[index + 1] * t**2 * rest)
        )


def _slopes(places: Sequence[float], distances: Sequence[float]) -> list[float]:
    """Give the slope at each place: harmonic means of those beside it, which never overshoot."""
    widths = [end - begin for begin, end in pairwise(places)]
    steep = [distance / width for distance, width in zip(distances, widths, strict=True)]
    if len(steep) == 1:
        return [steep[0], steep[0]]
    between = [
        _harmonic(one, other, width, next_width)
        for (one, other), (width, next_width) in zip(pairwise(steep), pairwise(widths), strict=True)
    ]
    return [_at_end(steep[0], between[0]), *between, _at_end(steep[-1], between[-1])]


def _harmonic(one: float, other: float, width: float, next_width: float) -> float:
    if one <= 0 or other <= 0:
        return 0.0
    first, second = width + 2 * next_width, 2 * width + next_width
    return (first + second) / (first / one + second / other)


def _at_end(steep: float, beside: float) -> float:
    """Go on at an end as the slope beside it says, between none and the steepest that stays monotone."""
    return min(max(0.0, 1.5 * steep - 0.5 * beside), 3 * steep)
