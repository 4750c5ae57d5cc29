"""Bands that swell and bend until the flat canvas moves, after Op Art."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.palettes import Mix, distance
from artrator.recipes.art.shapes import periodic, turned


def waves(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Bend stripes by a sine that grows and fades, or pull them towards a swelling."""
    count = int(rng.integers(7, 12))
    angle = float(rng.choice([0.0, np.pi / 2, 0.5, -0.5]))
    x, y = turned(canvas.u, canvas.v, (0.5, 0.5), angle)
    bends = rng.uniform(0.8, 1.9)
    swell = rng.random() < 0.4
    if swell:
        spot = rng.uniform(-0.18, 0.18, 2)
        pull = np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / rng.uniform(0.04, 0.09))
        phase = count * (y - 0.16 * pull * np.sign(rng.random() - 0.5)) + 0.35 * np.sin(2 * np.pi * bends * x)
    else:
        grow = np.exp(-((x - rng.uniform(-0.2, 0.2)) ** 2) / 0.12)
        depth = rng.uniform(0.06, 0.13)
        phase = count * (y + depth * grow * np.sin(2 * np.pi * bends * x + rng.uniform(0, 6.3) + 1.6 * y))
    phase = (phase + rng.uniform(0, 2)).astype(np.float32)
    back, front, *more = _contrasting(mix, rng)
    canvas.cover(back, marks=0.02)
    canvas.fill(canvas.inside(periodic(phase)), front, brush="cloud", marks=0.025)
    if more and rng.random() < 0.55:
        third = canvas.inside(periodic(phase / 2 + 0.25, 0.25))
        canvas.fill(third, more[0], brush="cloud", marks=0.025)
        return "three colours", "a swelling" if swell else "rolling bands"
    return "two colours", "a swelling" if swell else "rolling bands"


def _contrasting(mix: Mix, rng: np.random.Generator) -> list[np.ndarray]:
    """Order the paints so that the first two stand well apart, and the third from both."""
    first = [mix.ground, mix.light, mix.colours[0]][int(rng.integers(3))]
    rest = sorted(mix.colours, key=lambda c: -distance(c, first))
    front = rest[int(rng.integers(3))]
    return [first, front, *[c for c in rest if distance(c, front) > 0.3 and distance(c, first) > 0.25][:1]]
