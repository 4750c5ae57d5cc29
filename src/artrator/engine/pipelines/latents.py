"""Points in a latent space: drawn from a seed, and on the way between two of them."""

from __future__ import annotations

import numpy as np

from artrator.engine.execution.call import Floats
from artrator.engine.samplers.mixing import mix

NEARLY_PARALLEL = 0.9995
"""Cosine above which the great circle is as good as straight, and sin(omega) too small to divide by."""


def draw_latent(seed: int, shape: tuple[int, ...]) -> Floats:
    """Draw a standard normal latent, float32; the same seed and shape give the same latent on every machine.

    seed: 0 to 2**32 - 1, for numpy's PCG64 and its ziggurat normal. numpy may change the latter in a later version: a
    test holds the values, and a receipt names numpy's version.
    """
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(shape, dtype=np.float32)


def lerp(start: Floats, end: Floats, part: float) -> Floats:
    """Walk from one array to another in a straight line; part: 0 gives start, 1 gives end."""
    if part <= 0 or part >= 1:
        return start if part <= 0 else end
    return mix((1 - part, start), (part, end))


def slerp(start: Floats, end: Floats, part: float) -> Floats:
    """Walk from one latent to another along the great circle; norms are interpolated as well.

    part: 0 gives start, 1 gives end. Normal latents lie near a sphere, so a straight line would leave it.
    Source: Shoemake 1985, "Animating Rotation with Quaternion Curves".
    """
    if part <= 0 or part >= 1:
        return start if part <= 0 else end
    a, b = start.astype(np.float64), end.astype(np.float64)
    norm_a, norm_b = np.linalg.norm(a), np.linalg.norm(b)
    cosine = float(np.vdot(a, b) / (norm_a * norm_b)) if norm_a and norm_b else 1.0
    if abs(cosine) > NEARLY_PARALLEL:
        return ((1 - part) * a + part * b).astype(np.float32)
    omega = np.arccos(cosine)
    direction = (np.sin((1 - part) * omega) * a / norm_a + np.sin(part * omega) * b / norm_b) / np.sin(omega)
    return (direction * ((1 - part) * norm_a + part * norm_b)).astype(np.float32)
