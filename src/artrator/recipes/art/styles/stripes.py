"""Stripes from edge to edge, even or in the rhythm of a barcode, after the stripe painters."""

from itertools import pairwise

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.palettes import Mix
from artrator.recipes.art.shapes import turned


def stripes(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Paint ten to twenty-four stripes, upright, level or aslant."""
    count = int(rng.integers(9, 23))
    angle, way = [(0.0, "upright"), (np.pi / 2, "level"), (np.pi / 4, "aslant"), (-np.pi / 4, "aslant")][
        int(rng.choice(4, p=[0.5, 0.26, 0.12, 0.12]))
    ]
    even = rng.random() < 0.4
    shares = np.ones(count) if even else rng.gamma(1.4, 1.0, count) + 0.25
    reach = 1.0 if way != "aslant" else 1.45
    cuts = (np.concatenate([[0.0], np.cumsum(shares) / shares.sum()]) - 0.5) * reach
    across, _ = turned(canvas.u, canvas.v, (0.5, 0.5), angle)
    canvas.cover(mix.ground)
    paints = [*mix.pick(rng, 5), mix.ground, mix.light]
    last = -1
    for start, end in pairwise(cuts):
        choice = int(rng.choice([i for i in range(len(paints)) if i != last]))
        last = choice
        edge = np.maximum(start - across, across - end)
        brush = "cloud" if way == "aslant" else "down" if way == "level" else "across"
        canvas.fill(canvas.inside(edge), paints[choice], brush=brush, marks=0.04)
    return f"{way} stripes", "even" if even else "broad and narrow"
