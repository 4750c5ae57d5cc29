"""The way of Karras's samplers: levels by noise ratio, placed by training step or by sigma."""

from __future__ import annotations

import numpy as np

from artrator.bundle.sampler_config import EulerAncestralConfig, EulerConfig, HeunConfig
from artrator.engine.samplers.levels import CLEAN, Level, Path, is_descending, levels_at
from artrator.engine.samplers.spacing import karras_ratios, too_many_steps, training_steps, training_steps_of
from artrator.engine.samplers.trained_noise import FAINTEST, kept_variance, noise_ratios


def sigma_path(config: EulerConfig | EulerAncestralConfig | HeunConfig, steps: int) -> Path:
    """Plan the levels of a run. Raises: Invalid where there are more steps than levels."""
    trained = noise_ratios(kept_variance(config, faintest=FAINTEST))
    count = config.num_train_timesteps
    if steps > count:
        raise too_many_steps(steps, count)
    visited = training_steps(config.timestep_spacing, steps, train_steps=count, offset=config.steps_offset, whole=False)
    ratios = np.interp(visited, np.arange(count), trained)
    if not isinstance(config, EulerAncestralConfig) and config.use_karras_sigmas:
        ratios = karras_ratios(steps, most=float(ratios[0]), least=float(ratios[-1]))
        visited = training_steps_of(ratios, trained)
    to_least = isinstance(config, EulerConfig) and config.final_sigmas_type == "sigma_min"
    # left as x / alpha, as diffusers hands it over
    end = Level(1.0, float(trained[0])) if to_least else CLEAN
    levels = levels_at(ratios)
    if not is_descending(levels):
        raise too_many_steps(steps, count - 1)
    # "leading" does not begin at the last training step: its first level is not all noise, but diffusers begins as if
    scale = 1.0 if config.timestep_spacing == "leading" else levels[0].sigma
    return Path(timesteps=tuple(visited.tolist()), levels=(*levels, end), noise_scale=scale)
