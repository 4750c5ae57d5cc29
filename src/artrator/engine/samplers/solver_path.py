"""The way of the multistep solvers: levels at whole training steps, or placed by sigma over all of them."""

from __future__ import annotations

import numpy as np

from artrator.bundle.sampler_config import DpmSolverConfig, UniPcConfig
from artrator.engine.samplers.levels import CLEAN, Path, Reals, is_descending, level_at, levels_at
from artrator.engine.samplers.spacing import (
    karras_ratios,
    too_many_steps,
    training_steps_before_zero,
    training_steps_of,
)
from artrator.engine.samplers.trained_noise import FAINTEST, kept_variance, noise_ratios


def solver_path(config: DpmSolverConfig | UniPcConfig, steps: int) -> Path:
    """Plan the levels of a run. Raises: Invalid where there are more steps than levels."""
    trained = noise_ratios(kept_variance(config, faintest=FAINTEST))
    last = _usable(config, trained)
    if steps >= last:
        raise too_many_steps(steps, last - 1)
    if config.use_karras_sigmas:
        ratios = karras_ratios(steps, most=float(trained[-1]), least=float(trained[0]))
        visited = _rounded(config, training_steps_of(ratios, trained))
    else:
        visited = training_steps_before_zero(
            config.timestep_spacing, steps, train_steps=len(trained), last=last, offset=config.steps_offset
        )
        ratios = np.interp(visited, np.arange(len(trained)), trained)
    levels = levels_at(ratios)
    if not is_descending(levels):
        raise too_many_steps(steps, last // 2)
    end = CLEAN if config.final_sigmas_type == "zero" else level_at(float(trained[0]))
    return Path(timesteps=tuple(visited.tolist()), levels=(*levels, end))


def _usable(config: DpmSolverConfig | UniPcConfig, trained: Reals) -> int:
    """Count the training steps whose log(alpha / sigma) is not below the config's least."""
    if isinstance(config, UniPcConfig):
        return len(trained)
    return int(np.count_nonzero(-np.log(trained) >= config.lambda_min_clipped))


def _rounded(config: DpmSolverConfig | UniPcConfig, visited: Reals) -> Reals:
    """Round training steps as diffusers does: down where DPM-Solver meets the cosine schedule, else to the nearest."""
    down = isinstance(config, DpmSolverConfig) and config.beta_schedule == "squaredcos_cap_v2"
    return np.floor(visited) if down else visited.round()
