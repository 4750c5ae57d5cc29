"""Ridge behind ridge under a low sun, after the early abstract landscapes."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, distance
from artrator.recipes.art.shapes import disc


def hills(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Paint a sky, a sun or moon, and three to six ridges that darken or lighten towards us."""
    count = int(rng.integers(3, 7))
    ranks = mix.by_light()
    if rng.random() < 0.7:
        ranks.reverse()
    sky = mix.ground if rng.random() < 0.6 else mix.light
    canvas.cover(sky, brush="across", marks=0.06)
    sun = max(mix.pick(rng, 3), key=lambda colour: distance(colour, sky))
    spot, size = (rng.uniform(0.22, 0.78), rng.uniform(0.18, 0.36)), rng.uniform(0.07, 0.15)
    canvas.fill(canvas.inside(disc(canvas.u, canvas.v, spot, size)), sun, marks=0.05)
    heights = np.linspace(rng.uniform(0.34, 0.5), rng.uniform(0.8, 0.9), count)
    for i, height in enumerate(heights):
        ridge = np.full_like(canvas.u, height)
        for bumps, rise in ((rng.uniform(0.5, 1.1), 0.07), (rng.uniform(1.2, 2.4), 0.035)):
            ridge = ridge + rise * rng.uniform(0.4, 1.2) * np.sin(2 * np.pi * bumps * canvas.u + rng.uniform(0, 6.3))
        colour = ranks[round(i * (len(ranks) - 1) / max(1, count - 1))]
        canvas.fill(canvas.inside(ridge - canvas.v), colour, brush="across", marks=0.06)
    return counted(count, "ridge"), "a low sun" if spot[1] > 0.27 else "a high sun"
