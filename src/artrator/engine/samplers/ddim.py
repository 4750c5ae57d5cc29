"""Denoising diffusion implicit models: first order, deterministic unless eta asks for noise.

Source: Song, Meng and Ermon 2021, "Denoising Diffusion Implicit Models", equations 12 and 16.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from artrator.bundle.sampler_config import DdimConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import CLEAN, Level, Path, Reals, level_of
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, noise_in, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.spacing import too_many_steps, training_steps
from artrator.engine.samplers.trained_noise import kept_variance


@dataclass(frozen=True, slots=True, kw_only=True)
class Ddim:
    """targets: the level to which each step goes, which is not quite where the next begins (diffusers' stride)."""

    path: Path
    prediction: Prediction
    targets: tuple[Level, ...]
    clip: float | None
    eta: float = 0.0

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Go to the target along the noise that the model sees."""
        here, there = self.path.levels[state.index], self.targets[state.index]
        picture = picture_in(self.prediction, state.x, predicted, here)
        noise = noise_in(self.prediction, state.x, predicted, here)
        if self.clip is not None:
            picture = np.clip(picture, -self.clip, self.clip)
        spread = self.eta * _posterior_deviation(here, there)
        x = mix((there.alpha, picture), (math.sqrt(max(0.0, there.sigma**2 - spread**2)), noise))
        if self.eta > 0:
            x = mix((1.0, x), (spread, draw()))
        return State(x, state.index + 1)


def plan_ddim(config: DdimConfig, steps: int) -> Ddim:
    """Plan a run. Raises: Invalid."""
    if steps > config.num_train_timesteps:
        raise too_many_steps(steps, config.num_train_timesteps)
    kept = kept_variance(config)
    visited = training_steps(
        config.timestep_spacing, steps, train_steps=config.num_train_timesteps, offset=config.steps_offset
    )
    targets = strides(visited, kept, steps, set_alpha_to_one=config.set_alpha_to_one)
    levels = tuple(level_of(float(kept[int(step)])) for step in visited)
    return Ddim(
        path=Path(timesteps=tuple(visited.tolist()), levels=(*levels, targets[-1])),
        prediction=Prediction(config.prediction_type),
        targets=targets,
        clip=config.clip_sample_range if config.clip_sample else None,
        eta=config.eta,
    )


def strides(visited: Reals, kept: Reals, steps: int, *, set_alpha_to_one: bool) -> tuple[Level, ...]:
    """Give the level one even stride below each visited training step; below the first there is no noise, or its own."""
    end = CLEAN if set_alpha_to_one else level_of(float(kept[0]))
    below = (int(step) - len(kept) // steps for step in visited)
    return tuple(level_of(float(kept[step])) if step >= 0 else end for step in below)


def _posterior_deviation(here: Level, there: Level) -> float:
    """Give the deviation of x there, x here and the picture known; 0 where nothing is gained."""
    variance = (there.sigma / here.sigma) ** 2 * (1 - (here.alpha / there.alpha) ** 2)
    return math.sqrt(max(0.0, variance))
