"""Thrown lines and spatter over the whole canvas, after the drip painters."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, distance


def drips(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Throw each colour in a few long arcs that thicken where the hand slows, then spatter."""
    colours = [c for c in [*mix.pick(rng, 5), mix.dark, mix.light] if distance(c, mix.ground) > 0.25] or [mix.dark]
    count = min(len(colours), int(rng.integers(3, 6)))
    dense = rng.random() < 0.5
    canvas.cover(mix.ground, marks=0.08)
    for colour in colours[:count]:
        lines = []
        for _ in range(int(rng.integers(4, 7)) + 4 * dense):
            lines += _throw(rng)
        for x, y, size in rng.random((int(rng.integers(20, 46)), 3)):
            lines.append(([(x, y)], 0.005 + 0.022 * size**4))
        canvas.fill(canvas.strokes(lines), colour, marks=0.05, body=1.6)
    return counted(count, "thrown colour"), "dense" if dense else "open"


def _throw(rng: np.random.Generator) -> list[tuple[list[tuple[float, float]], float]]:
    """Swing one curve across the canvas, cut in short pieces of slowly changing width."""
    steps = 60
    heading = rng.uniform(0, 6.3) + np.cumsum(np.cumsum(rng.normal(0, 0.03, steps)) + rng.normal(0, 0.05))
    line = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1), 0) * rng.uniform(0.014, 0.03)
    line += rng.uniform(-0.05, 1.05, 2) - line[steps // 2]
    width = rng.uniform(0.004, 0.011) * (1.2 + np.sin(np.linspace(0, rng.uniform(4, 12), steps) + rng.uniform(0, 6)))
    pieces = []
    for i in range(0, steps - 3, 3):
        piece = [(float(x), float(y)) for x, y in line[i : i + 4]]
        pieces.append((piece, max(0.003, float(width[i]))))
    return pieces
