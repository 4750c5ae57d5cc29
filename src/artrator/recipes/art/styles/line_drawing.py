"""One unbroken line over a few flat patches of colour, after the draughtsmen of a single stroke."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, lightness
from artrator.recipes.art.shapes import blob


def line_drawing(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Lay one to three patches, then draw a looping line or a stem with leaves across them."""
    dark = lightness(mix.ground) < 0.2
    ground, ink = (mix.ground, mix.light) if dark else (mix.light, mix.dark)
    canvas.cover(ground, marks=0.025)
    patches = int(rng.integers(1, 4))
    for colour in mix.pick(rng, patches, apart_from=ground):
        centre = (rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.75))
        bent = [(2, rng.uniform(0.05, 0.22), rng.uniform(0, 6.3)), (3, rng.uniform(0.02, 0.12), rng.uniform(0, 6.3))]
        patch = blob(canvas.u, canvas.v, centre, rng.uniform(0.13, 0.25), bent)
        canvas.fill(0.94 * canvas.inside(patch), colour, marks=0.05)
    width = rng.uniform(0.009, 0.015)
    if rng.random() < 0.5:
        lines, subject = [(_loop(rng), width)], "one looping line"
    else:
        lines, subject = [(points, width) for points in _plant(rng)], "a stem with leaves"
    canvas.fill(canvas.strokes(lines), ink, brush="flat", body=1.5)
    return subject, counted(patches, "patch").replace("patchs", "patches")


def _loop(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Add four turning circles; the sum wanders and comes home."""
    turn = np.linspace(0, 2 * np.pi, 260)
    line = np.zeros((2, len(turn)))
    for times in (1, 2, 3, 4):
        size = rng.uniform(0.5, 1.0) / times**0.9
        for axis in (0, 1):
            line[axis] += size * np.cos(times * turn + rng.uniform(0, 6.3))
    low, high = line.min(1, keepdims=True), line.max(1, keepdims=True)
    line = 0.13 + 0.74 * (line - low) / (high - low)
    return [(float(x), float(y)) for x, y in line.T]


def _plant(rng: np.random.Generator) -> list[list[tuple[float, float]]]:
    """Grow a curved stem upwards and hang outlined leaves on it, left and right in turn."""
    bend, lean = rng.uniform(-0.16, 0.16), rng.uniform(-0.1, 0.1)
    height = np.linspace(0, 1, 40)
    stem = np.stack([0.5 + bend * np.sin(np.pi * height) + lean * (height - 0.5), 0.92 - 0.8 * height], 1)
    lines = [[(float(x), float(y)) for x, y in stem]]
    leaves = int(rng.integers(5, 9))
    for i in range(leaves):
        foot = stem[int(6 + 31 * i / leaves)]
        angle = -np.pi / 2 + (1 if i % 2 else -1) * rng.uniform(0.7, 1.15)
        length, fat = rng.uniform(0.2, 0.32) * (1 - 0.4 * i / leaves), rng.uniform(0.2, 0.34)
        t = np.linspace(0, 2 * np.pi, 50)
        along, across = (1 - np.cos(t)) / 2 * length, np.sin(t) * length * fat * np.sin(t / 2) ** 0.5
        x = foot[0] + along * np.cos(angle) - across * np.sin(angle)
        y = foot[1] + along * np.sin(angle) + across * np.cos(angle)
        lines.append([(float(a), float(b)) for a, b in zip(x, y, strict=True)])
    return lines
