"""Signed distances of plane shapes, so that one drawing is sharp at every size.

Coordinates are those of the canvas, 0..1 to the right and down; a distance is negative inside.
"""

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def box(u: Field, v: Field, centre: tuple[float, float], half: tuple[float, float], angle: float = 0.0) -> Field:
    """Measure to a rectangle with half sides `half`, turned by `angle` radians."""
    x, y = turned(u, v, centre, angle)
    return np.maximum(np.abs(x) - half[0], np.abs(y) - half[1])


def disc(u: Field, v: Field, centre: tuple[float, float], radius: float) -> Field:
    """Measure to a disc."""
    return np.hypot(u - centre[0], v - centre[1]) - radius


def segment(u: Field, v: Field, start: tuple[float, float], end: tuple[float, float]) -> Field:
    """Measure to a line between two points; subtract half a width for a bar with round ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = ((u - start[0]) * dx + (v - start[1]) * dy) / max(dx * dx + dy * dy, 1e-9)
    along = np.clip(along, 0, 1)
    return np.hypot(u - start[0] - along * dx, v - start[1] - along * dy)


def blob(
    u: Field, v: Field, centre: tuple[float, float], radius: float, waves: list[tuple[int, float, float]]
) -> Field:
    """Measure, nearly, to a closed shape whose radius swings by (times round, share of the radius, phase)."""
    x, y = u - centre[0], v - centre[1]
    turn = np.arctan2(y, x)
    edge = np.full_like(u, radius)
    slope = np.zeros_like(u)
    for times, share, phase in waves:
        edge += radius * share * np.cos(times * turn + phase)
        slope += radius * share * times * np.sin(times * turn + phase)
    reach = np.hypot(x, y)
    return (reach - edge) / np.sqrt(1 + (slope / np.maximum(reach, 0.02)) ** 2)


def leaf(u: Field, v: Field, centre: tuple[float, float], half: tuple[float, float], angle: float) -> Field:
    """Measure, nearly, to a leaf: pointed at both ends of its long side `half[0]`, widest in the middle."""
    x, y = turned(u, v, centre, angle)
    length, width = half
    radius = (length * length + width * width) / (2 * width)
    return np.hypot(x, np.abs(y) + radius - width) - radius


def periodic(phase: Field, share: float = 0.5) -> Field:
    """Measure to stripes that fill `share` of every whole step of `phase`, however the steps bend."""
    down, right = np.gradient(phase)
    steepness = np.hypot(down, right) * phase.shape[0]
    return (np.abs(phase - np.floor(phase) - 0.5) - share / 2) / np.maximum(steepness, 1e-3)


def turned(u: Field, v: Field, centre: tuple[float, float], angle: float) -> tuple[Field, Field]:
    """Move the origin to `centre` and turn the axes by `angle` radians."""
    x, y = u - centre[0], v - centre[1]
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cos + y * sin, y * cos - x * sin
