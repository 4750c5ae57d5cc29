"""Black lines and flat planes at right angles, after De Stijl."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, lightness
from artrator.recipes.art.shapes import box

Plane = tuple[float, float, float, float]  # left, top, right, bottom


def grid(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Cut the canvas in planes, colour some, and draw the cuts as heavy lines."""
    dark_ground = lightness(mix.ground) < 0.25
    ground, ink = (mix.ground, mix.light) if dark_ground else (mix.light, mix.dark)
    width = rng.uniform(0.009, 0.017)
    planes = _cut((-0.05, -0.05, 1.05, 1.05), rng, int(rng.integers(2, 4)))
    canvas.cover(ground, brush="across", marks=0.02)
    planes = [planes[i] for i in rng.permutation(len(planes))]
    coloured = max(2, round(len(planes) * rng.uniform(0.3, 0.6)))
    for plane, colour in zip(planes, mix.pick(rng, coloured, apart_from=ground), strict=False):
        canvas.fill(canvas.inside(_edge(canvas, plane)), colour, brush="down", marks=0.035)
    lines = np.min([np.abs(_edge(canvas, plane)) for plane in planes], axis=0)
    canvas.fill(canvas.inside(lines - width), ink, brush="flat", body=1.3)
    density = "many small planes" if len(planes) > 9 else "few large planes"
    return density, counted(min(coloured, len(planes)), "coloured plane")


def _edge(canvas: Canvas, plane: Plane) -> np.ndarray:
    left, top, right, bottom = plane
    centre, half = ((left + right) / 2, (top + bottom) / 2), ((right - left) / 2, (bottom - top) / 2)
    return box(canvas.u, canvas.v, centre, half)


def _cut(plane: Plane, rng: np.random.Generator, depth: int) -> list[Plane]:
    left, top, right, bottom = plane
    wide, high = right - left, bottom - top
    if depth < 0 or max(wide, high) < 0.2 or (depth < 1 and rng.random() < 0.35):
        return [plane]
    share = float(rng.choice([0.28, 0.38, 0.5, 0.62, 0.72])) + rng.uniform(-0.04, 0.04)
    if wide * rng.uniform(0.8, 1.25) > high:
        cut = left + share * wide
        halves: tuple[Plane, Plane] = ((left, top, cut, bottom), (cut, top, right, bottom))
    else:
        cut = top + share * high
        halves = ((left, top, right, cut), (left, cut, right, bottom))
    return [piece for half in halves for piece in _cut(half, rng, depth - 1)]
