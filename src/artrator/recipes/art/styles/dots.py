"""A shimmering field of touches whose colours gather into light, after the Pointillists."""

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.palettes import Mix


def dots(canvas: Canvas, mix: Mix, rng: np.random.Generator) -> tuple[str, ...]:
    """Set three layers of jittered dots; a hidden picture, a glow or a horizon, chooses their colours."""
    side = int(rng.integers(13, 21))
    glow = rng.random() < 0.5
    centre, tilt = rng.uniform(0.3, 0.7, 2), rng.uniform(-0.5, 0.5)
    ranks = np.array([*mix.by_light(), mix.light])
    if rng.random() < 0.5:
        ranks = ranks[::-1].copy()
    canvas.cover(mix.ground, marks=0.05)
    for layer in range(3):
        shift = rng.random(2)
        size = rng.uniform(0.24, 0.42, (side + 2, side + 2))
        at = 0.5 + (0.5 - size) * rng.uniform(-1, 1, (2, side + 2, side + 2))  # no dot leaves its cell
        x = canvas.u * side + shift[0]
        y = canvas.v * side + shift[1]
        column, row = np.clip(x.astype(int), 0, side + 1), np.clip(y.astype(int), 0, side + 1)
        away = np.hypot(x - column - at[0][row, column], y - row - at[1][row, column])
        across = (np.arange(side + 2)[None, :] + at[0] - shift[0]) / side
        down = (np.arange(side + 2)[:, None] + at[1] - shift[1]) / side
        if glow:
            depth = np.hypot(across - centre[0], down - centre[1]) * 1.7
        else:
            depth = down + tilt * (across - 0.5) + 0.06 * np.sin(9 * across)
        noisy = np.clip(depth + rng.normal(0, 0.09, depth.shape), 0, 0.999)
        chosen = ranks[(noisy * len(ranks)).astype(int)]
        inside = canvas.inside((away - size[row, column]) / side)
        canvas.paint(inside, chosen[row, column].astype(np.float32), body=1.0 + 0.2 * layer)
    return "a round glow" if glow else "a far horizon", "fine dots" if side > 16 else "broad dots"
