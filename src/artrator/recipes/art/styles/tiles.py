"""Quarter circles on square tiles, turned by chance, after the geometric and systems painters."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import number
from artrator.recipes.art.palettes import Mix, distance
from artrator.recipes.art.shapes import box, disc


def tiles(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Lay three to five tiles a side; each shows a quarter, a half or a whole disc, or an arch."""
    side = int(rng.integers(3, 6))
    cell = 1 / side
    canvas.cover(mix.ground, marks=0.05)
    paints = [*mix.pick(rng, 4), mix.ground, mix.light]
    arches = rng.random() < 0.5
    for row in range(side):
        for column in range(side):
            back, front = (paints[i] for i in rng.permutation(len(paints))[:2])
            if distance(back, front) < 0.22:
                front = mix.dark
            square = canvas.inside(
                box(canvas.u, canvas.v, ((column + 0.5) * cell, (row + 0.5) * cell), (cell / 2,) * 2)
            )
            canvas.fill(square, back, marks=0.05)
            corner = ((column + rng.integers(2)) * cell, (row + rng.integers(2)) * cell)
            kind = rng.random()
            if kind < 0.15:
                corner, reach = ((column + 0.5) * cell, (row + 0.5) * cell), 0.42 * cell
            else:
                reach = cell * (1.0 if kind < 0.8 else 0.5)
            away = disc(canvas.u, canvas.v, corner, reach)
            canvas.fill(square * canvas.inside(away), front, marks=0.05)
            if arches and kind > 0.15:
                canvas.fill(square * canvas.inside(away + reach / 2), back, marks=0.05)
    return f"{number(side)} by {number(side)}", "arches" if arches else "quarter discs"
