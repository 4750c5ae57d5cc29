"""From the betas of training to the share of the picture's variance that each training step keeps."""

from __future__ import annotations

import numpy as np

from artrator.bundle.sampler_config import NoiseConfig
from artrator.engine.samplers.levels import Reals

FAINTEST = 2.0**-24
"""What is kept at the last training step where zero would make sigma / alpha infinite."""


def kept_variance(config: NoiseConfig, *, faintest: float = 0.0) -> Reals:
    """Give the cumulative products of 1 - beta, (T,) strictly descending.

    faintest: replaces the last one where the config rescales it to zero.
    """
    kept = np.cumprod(1 - np.asarray(config.betas(), dtype=np.float64))
    if config.rescale_betas_zero_snr:
        kept = zero_terminal_snr(kept)
        kept[-1] = faintest
    return kept


def zero_terminal_snr(kept: Reals) -> Reals:
    """Move the last training step to pure noise and leave the first where it is.

    Source: Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", Algorithm 1.
    """
    alphas = np.sqrt(kept)
    shifted = (alphas - alphas[-1]) * alphas[0] / (alphas[0] - alphas[-1])
    return np.square(shifted)


def noise_ratios(kept: Reals) -> Reals:
    """Give sigma / alpha of each training step, (T,) strictly ascending."""
    return np.sqrt((1 - kept) / kept)
