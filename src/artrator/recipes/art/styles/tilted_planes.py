"""Bars and planes that float aslant on a pale ground, after Suprematism."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, lightness
from artrator.recipes.art.shapes import box, disc


def tilted_planes(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Float one great plane, a few bars along its slant and across it, and perhaps a disc."""
    count = int(rng.integers(5, 11))
    ground = mix.ground if lightness(mix.ground) < 0.2 else mix.light
    canvas.cover(ground, marks=0.03)
    slant = rng.uniform(0.25, 0.9) * (1 if rng.random() < 0.5 else -1)
    colours = mix.pick(rng, count, apart_from=ground)
    if lightness(ground) > 0.5 and rng.random() < 0.5:
        colours[1] = mix.dark
    middle = (0.5 + rng.uniform(-0.08, 0.08), 0.45 + rng.uniform(-0.08, 0.08))
    great = (rng.uniform(0.16, 0.24), rng.uniform(0.13, 0.2))
    canvas.fill(canvas.inside(box(canvas.u, canvas.v, middle, great, slant)), colours[0], marks=0.05)
    for colour in colours[1:]:
        angle = slant + (np.pi / 2 if rng.random() < 0.35 else 0.0) + rng.normal(0, 0.04)
        half = (rng.uniform(0.07, 0.3), rng.uniform(0.008, 0.055))
        along, away = rng.normal(0, 0.17), rng.normal(0, 0.24)
        cos, sin = np.cos(slant), np.sin(slant)
        centre = (
            float(np.clip(middle[0] + along * cos - away * sin, 0.12, 0.88)),
            float(np.clip(middle[1] + along * sin + away * cos, 0.12, 0.88)),
        )
        canvas.fill(canvas.inside(box(canvas.u, canvas.v, centre, half, angle)), colour, marks=0.05)
    if rng.random() < 0.5:
        spot = (rng.uniform(0.15, 0.85), rng.uniform(0.15, 0.85))
        canvas.fill(canvas.inside(disc(canvas.u, canvas.v, spot, rng.uniform(0.05, 0.12))), colours[-1], marks=0.05)
        return counted(count, "plane"), "a disc"
    return counted(count, "plane"), "rising" if slant < 0 else "falling"
