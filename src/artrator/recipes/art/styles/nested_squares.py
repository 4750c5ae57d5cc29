"""Squares in squares whose colours answer one another, after the Homage to the Square."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, distance
from artrator.recipes.art.shapes import box


def nested_squares(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Set three to five squares in one another, sinking, centred or leaning."""
    count = int(rng.integers(3, 6))
    colours = [c for c in mix.by_light(with_ground=True) if distance(c, mix.light) > 0.08]
    start = int(rng.integers(0, max(1, len(colours) - count + 1)))
    colours = (colours * 2)[start : start + count] if rng.random() < 0.6 else [mix.ground, *mix.pick(rng, count - 1)]
    if rng.random() < 0.5:
        colours.reverse()
    pull, place = [((0.0, 0.55), "sinking"), ((0.0, 0.0), "centred"), ((0.4, 0.4), "leaning to a corner")][
        int(rng.integers(3))
    ]
    inner = rng.uniform(0.16, 0.24)
    canvas.cover(colours[0], brush="across", marks=0.04)
    for i, colour in enumerate(colours[1:], 1):
        half = 0.5 + (inner - 0.5) * i / (count - 1)
        centre = (0.5 + pull[0] * (0.5 - half), 0.5 + pull[1] * (0.5 - half))
        inside = canvas.inside(box(canvas.u, canvas.v, centre, (half, half)))
        canvas.fill(inside, colour, brush="across" if i % 2 else "down", marks=0.04)
    return counted(count, "square"), place
