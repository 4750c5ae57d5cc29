"""Rings about a centre, alone or in rows, after the painters of targets and discs."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix
from artrator.recipes.art.shapes import Field, box, disc


def targets(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Paint one great target, a split one, or a square of small ones each on its own ground."""
    kind = int(rng.integers(3))
    if kind == 2:
        return _rows(canvas, mix, rng)
    count = int(rng.integers(3, 7))
    canvas.cover(mix.ground, marks=0.05)
    centre = (0.5, 0.5) if rng.random() < 0.6 else (rng.uniform(0.38, 0.62), rng.uniform(0.38, 0.62))
    reach = rng.uniform(0.36, 0.46)
    _rings(canvas, mix, rng, (*centre, reach), count)
    if kind == 0:
        return "one target", counted(count, "ring")
    angle = float(rng.choice([0, np.pi / 2, np.pi / 4]))
    over = box(canvas.u, canvas.v, (centre[0] + np.cos(angle), centre[1] + np.sin(angle)), (1.0, 2.0), angle)
    half = canvas.inside(over) * canvas.inside(disc(canvas.u, canvas.v, centre, reach))
    _rings(canvas, mix, rng, (*centre, reach), count, within=half)
    return "one split disc", counted(count, "ring")


def _rows(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    side = int(rng.integers(2, 4))
    canvas.cover(mix.ground)
    for row in range(side):
        for column in range(side):
            centre, half = ((column + 0.5) / side, (row + 0.5) / side), 0.5 / side
            back, *_ = mix.pick(rng, 1)
            canvas.fill(canvas.inside(box(canvas.u, canvas.v, centre, (half, half))), back, marks=0.06)
            _rings(canvas, mix, rng, (*centre, half * rng.uniform(0.82, 0.95)), 3)
    return counted(side * side, "target"), "in rows"


def _rings(
    canvas: Canvas,
    mix: Mix,
    rng: np.random.Generator,
    circle: tuple[float, float, float],
    count: int,
    *,
    within: Field | float = 1.0,
) -> None:
    """Lay discs on one another, the largest first; circle: its centre and reach."""
    x, y, reach = circle
    colours = [*mix.pick(rng, count - 1), mix.light] if rng.random() < 0.5 else mix.pick(rng, count)
    order = rng.permutation(count)
    away = disc(canvas.u, canvas.v, (x, y), 0.0)
    for i in range(count):
        inside = canvas.inside(away - reach * (count - i) / count)
        canvas.fill(inside * within, colours[order[i]], marks=0.05)
