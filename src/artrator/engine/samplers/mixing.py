"""Sums of latents with weights, the one operation that samplers are made of."""

from __future__ import annotations

import numpy as np

from artrator.engine.execution.call import Floats


def mix(*terms: tuple[float, Floats]) -> Floats:
    """Add up latents, each times its weight, in float32."""
    (weight, latent), *more = terms
    total = np.float32(weight) * latent
    for weight, latent in more:
        total += np.float32(weight) * latent
    return total
