"""Large soft bands that hover on a ground, after the colour-field painters."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import counted
from artrator.recipes.art.palettes import Mix, distance
from artrator.recipes.art.shapes import box


def colour_field(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Stack two to four feathered bands with a narrow breath of ground between them."""
    count = int(rng.integers(2, 5))
    ground = mix.ground if rng.random() < 0.5 else mix.colours[0]
    colours = [c for c in [*mix.colours[1:], mix.light] if distance(c, ground) > 0.15] or mix.colours
    canvas.cover(ground, marks=0.07)
    margin, gap = rng.uniform(0.07, 0.11), rng.uniform(0.015, 0.035)
    softness = float(rng.choice([0.025, 0.075]))
    shares = rng.dirichlet(np.full(count, 2.2)) * 0.7 + 0.3 / count
    top, height = margin, 1 - 2 * margin
    fray = 0.008 * (canvas.noise(9, 9) + 0.5 * canvas.noise(26, 26))
    for i, share in enumerate(shares):
        colour = colours[i % len(colours)]
        middle, half = top + share * height / 2, share * height / 2 - gap / 2
        edge = box(canvas.u, canvas.v, (0.5, middle), (0.5 - margin + rng.uniform(-0.01, 0.01), half))
        canvas.fill(0.9 * canvas.inside(edge + fray, softness), colour, brush="across", marks=0.05)
        glow = canvas.inside(edge + 0.04 + 2 * fray, 0.09)
        canvas.fill(0.45 * glow, np.clip(colour * 1.12, 0, 1), brush="cloud", marks=0.08)
        top += share * height
    return counted(count, "band"), "soft edges" if softness > 0.04 else "firm edges"
