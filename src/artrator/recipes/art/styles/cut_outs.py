"""Seaweed, leaves and pebbles cut from painted paper, after the late cut-outs."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, distance
from artrator.recipes.art.shapes import Field, blob, box, leaf


def cut_outs(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Paste sheets of paper and on each a shape or two."""
    sheets = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)][int(rng.integers(5))]
    canvas.cover(mix.ground, marks=0.05)
    kind = int(rng.integers(3))
    spots = _paste(canvas, mix, rng, sheets)
    for spot, half, back in spots:
        reach = 0.86 * min(half)
        fronts = [c for c in [*mix.pick(rng, 5), mix.light] if distance(c, back) > 0.3] or [mix.dark]
        shape = (_seaweed, _branch, _pebbles)[kind](canvas, spot, reach, rng)
        canvas.fill(canvas.inside(shape), fronts[0], marks=0.05, body=1.4)
    return ("seaweed", "leaves on stems", "pebbles")[kind], counted(len(spots), "shape")


def _paste(
    canvas: Canvas, mix: Mix, rng: np.random.Generator, sheets: tuple[int, int]
) -> list[tuple[tuple[float, float], tuple[float, float], np.ndarray]]:
    """Paste the sheets; gives each one's centre, half sides and colour, and two spots where there is but one."""
    rows, columns = sheets
    colours = mix.pick(rng, rows * columns)
    spots = []
    margin = rng.uniform(0.0, 0.06)
    for i, colour in enumerate(colours):
        row, column = divmod(i, columns)
        half = ((0.5 - margin) / columns, (0.5 - margin) / rows)
        centre = (margin + (2 * column + 1) * half[0], margin + (2 * row + 1) * half[1])
        back = mix.ground if len(colours) == 1 else colour
        canvas.fill(canvas.inside(box(canvas.u, canvas.v, centre, half, rng.normal(0, 0.008))), back, marks=0.05)
        spots.append((centre, half, back))
    if len(spots) > 1:
        return spots
    return [
        ((0.5 + 0.21 * dx, 0.5 + 0.21 * dy), (0.27, 0.27), mix.ground)
        for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1), (0, 0))[: int(rng.integers(4, 6))]
    ]


def _seaweed(canvas: Canvas, centre: tuple[float, float], reach: float, rng: np.random.Generator) -> Field:
    arms, phase = int(rng.integers(5, 8)), rng.uniform(0, 6.3)
    bent = [(arms, 0.42, phase), (2, 0.14, rng.uniform(0, 6.3)), (2 * arms, 0.08, 2 * phase), (3, 0.08, 1.0)]
    return blob(canvas.u, canvas.v, centre, reach * 0.64, bent)


def _branch(canvas: Canvas, centre: tuple[float, float], reach: float, rng: np.random.Generator) -> Field:
    lean = rng.normal(-np.pi / 2, 0.4)
    along = np.array([np.cos(lean), np.sin(lean)])
    shape = leaf(canvas.u, canvas.v, centre, (reach, reach * 0.09), lean)
    for i in range(-2, 3):
        for side in (-1, 1):
            angle = lean + side * rng.uniform(0.75, 1.0)
            length = reach * (0.46 - 0.07 * abs(i)) * rng.uniform(0.85, 1.1)
            foot = np.array(centre) + along * reach * 0.34 * (i - 0.4)
            middle = foot + length * 0.92 * np.array([np.cos(angle), np.sin(angle)])
            lobe = leaf(canvas.u, canvas.v, (middle[0], middle[1]), (length, length * 0.36), angle)
            shape = np.minimum(shape, lobe)
    tip = np.array(centre) + along * reach * 0.8
    return np.minimum(shape, leaf(canvas.u, canvas.v, (tip[0], tip[1]), (reach * 0.3, reach * 0.13), lean))


def _pebbles(canvas: Canvas, centre: tuple[float, float], reach: float, rng: np.random.Generator) -> Field:
    bent = [(k, share * rng.uniform(0.4, 1.0), rng.uniform(0, 6.3)) for k, share in ((2, 0.3), (3, 0.17), (4, 0.06))]
    return blob(canvas.u, canvas.v, centre, reach * 0.72, bent)
