"""How each digit is written: the ways of a pen, as people differ in them.

A stroke is an open line through points, x to the right and y down, in a box of height 1; where a point comes twice the
pen turns a corner there, elsewhere the line bends smoothly.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Strokes = list[Points]


def _zero(rng: np.random.Generator) -> Strokes:
    width, square = rng.uniform(0.24, 0.38), rng.uniform(0.75, 1.0)
    start = -np.pi / 2 + rng.uniform(-0.5, 0.3)
    turn = start - np.linspace(0, 2 * np.pi, 17)
    x, y = np.cos(turn), np.sin(turn)
    return [_stroke(0.5 + width * np.sign(x) * np.abs(x) ** square, 0.5 + 0.5 * np.sign(y) * np.abs(y) ** square)]


def _one(rng: np.random.Generator) -> Strokes:
    kind = rng.random()
    stem = [(0.54, 0.0), (0.54, 0.0), (0.53, 0.5), (0.52, 1.0)]
    if kind < 0.3:
        return [np.array(stem[1:])]
    flag = rng.uniform(0.16, 0.32)
    strokes = [np.array([(0.54 - flag, rng.uniform(0.15, 0.3)), (0.54 - 0.45 * flag, 0.12), *stem])]
    if kind > 0.7:
        foot = rng.uniform(0.16, 0.26)
        strokes.append(np.array([(0.52 - foot, 1.0), (0.52 + foot, 1.0)]))
    return strokes


def _two(rng: np.random.Generator) -> Strokes:
    top, right = rng.uniform(0.1, 0.24), rng.uniform(0.78, 0.88)
    head = [(0.18, top + 0.08), (0.3, 0.06), (0.5, 0.0), (0.72, 0.06), (right, 0.26), (0.72, 0.5), (0.46, 0.74)]
    if rng.random() < 0.3:  # a loop at the lower left
        return [np.array([*head, (0.24, 0.95), (0.17, 0.88), (0.3, 0.85), (0.55, 0.95), (0.88, rng.uniform(0.9, 1.0))])]
    return [np.array([*head, (0.16, 1.0), (0.16, 1.0), (0.5, 0.99), (rng.uniform(0.78, 0.9), 1.0)])]


def _three(rng: np.random.Generator) -> Strokes:
    inward, low = rng.uniform(0.38, 0.5), rng.uniform(0.78, 0.88)
    bowl = [(0.68, 0.52), (low, 0.74), (0.7, 0.94), (0.46, 1.0), (0.25, 0.95), (0.16, rng.uniform(0.8, 0.88))]
    if rng.random() < 0.25:  # a flat top
        return [np.array([(0.2, 0.0), (0.78, 0.0), (0.78, 0.0), (inward + 0.04, 0.42), (inward + 0.04, 0.42), *bowl])]
    top = [(0.2, rng.uniform(0.1, 0.2)), (0.32, 0.03), (0.5, 0.0), (0.7, 0.06), (0.77, 0.23), (0.66, 0.41)]
    return [np.array([*top, (inward, 0.47), (inward, 0.47), *bowl])]


def _four(rng: np.random.Generator) -> Strokes:
    bar, stem = rng.uniform(0.6, 0.72), rng.uniform(0.62, 0.72)
    across = [(0.12, bar), (0.12, bar), (0.5, bar), (0.9, bar - rng.uniform(0, 0.03))]
    if rng.random() < 0.5:  # closed above
        return [np.array([(stem, 0.0), (0.4, 0.33), *across]), np.array([(stem, 0.0), (stem, 0.5), (stem, 1.0)])]
    left = np.array([(0.3, 0.0), (0.22, 0.33), (0.12, bar), *across[1:]])
    return [left, np.array([(stem, rng.uniform(0.02, 0.25)), (stem, 0.5), (stem - 0.02, 1.0)])]


def _five(rng: np.random.Generator) -> Strokes:
    neck, right = rng.uniform(0.4, 0.48), rng.uniform(0.78, 0.88)
    bowl = [(0.45, neck - 0.04), (0.7, 0.48), (right, 0.69), (0.7, 0.92), (0.44, 1.0), (0.17, rng.uniform(0.86, 0.95))]
    top = [(rng.uniform(0.74, 0.84), 0.0), (0.27, 0.0), (0.27, 0.0)]
    return [np.array([*top, (0.23, neck), (0.23, neck), *bowl])]


def _six(rng: np.random.Generator) -> Strokes:
    lean, top = rng.uniform(0.55, 0.78), rng.uniform(0.5, 0.6)
    body = [(0.38, 0.2), (0.22, 0.46), (0.18, 0.72), (0.3, 0.94), (0.5, 1.0), (0.72, 0.92), (0.8, 0.74)]
    return [np.array([(lean, 0.0), *body, (0.7, top), (0.5, top - 0.05), (0.29, top + 0.06), (0.19, 0.74)])]


def _seven(rng: np.random.Generator) -> Strokes:
    foot = rng.uniform(0.32, 0.48)
    bend = rng.uniform(-0.06, 0.04)
    stroke = [(0.16, 0.01), (0.5, 0.0), (0.82, 0.0), (0.82, 0.0), ((0.82 + foot) / 2 + bend, 0.5), (foot, 1.0)]
    strokes = [np.array(stroke)]
    if rng.random() < 0.35:
        middle = (0.82 + foot) / 2 + bend
        strokes.append(np.array([(middle - 0.2, 0.51), (middle + 0.2, 0.49)]))
    return strokes


def _eight(rng: np.random.Generator) -> Strokes:
    waist, top, low = rng.uniform(0.43, 0.5), rng.uniform(0.22, 0.28), rng.uniform(0.29, 0.37)
    turn = np.linspace(0, 2 * np.pi, 25) + np.pi / 2
    y = np.where(np.sin(turn) > 0, waist * (1 - np.sin(turn)), waist + (1 - waist) * -np.sin(turn))
    across = np.where(np.sin(turn) > 0, top, low) * np.sin(2 * turn) * -1.0
    return [_stroke(0.5 + across, y)]


def _nine(rng: np.random.Generator) -> Strokes:
    low = rng.uniform(0.42, 0.5)
    right = rng.uniform(0.76, 0.82)
    head = [(right, 0.26), (0.7, 0.07), (0.48, 0.0), (0.27, 0.08), (0.2, 0.27), (0.3, low), (0.52, low + 0.04)]
    close = [(0.7, low - 0.06), (right, 0.24)]
    if rng.random() < 0.5:  # a straight stem
        return [np.array([*head, *close, (right, 0.24), (right - 0.02, 0.6), (rng.uniform(0.62, 0.76), 1.0)])]
    return [np.array([*head, *close, (right, 0.5), (0.7, 0.82), (0.5, 0.99), (0.27, rng.uniform(0.9, 0.97))])]


def _stroke(x: NDArray[np.float64], y: NDArray[np.float64]) -> Points:
    return np.stack([x, y], 1)


WAYS: tuple[Callable[[np.random.Generator], Strokes], ...] = (
    _zero,
    _one,
    _two,
    _three,
    _four,
    _five,
    _six,
    _seven,
    _eight,
    _nine,
)
