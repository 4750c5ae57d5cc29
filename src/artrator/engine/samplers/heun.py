"""Heun's second-order steps along the probability-flow ODE: each but the last asks the model twice.

Source: Karras et al. 2022, Algorithm 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np

from artrator.bundle.sampler_config import HeunConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import Path
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, noise_beside, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.sigma_path import sigma_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Heun:
    """The path holds every level but the first and the last twice: asked at the end of a step and at the start of the next.

    History: after the first half of a step, its picture and its noise.
    """

    path: Path
    prediction: Prediction
    clip: float | None

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Make the first half of a step, or put it right by what the model says at its end."""
        asked = self.path.levels[state.index]
        picture = picture_in(self.prediction, state.x, predicted, asked)
        if self.clip is not None:
            picture = np.clip(picture, -self.clip, self.clip)
        noise = noise_beside(picture, state.x, asked)
        if not state.history:
            there = self.path.levels[state.index + 1]
            return State(mix((there.alpha, picture), (there.sigma, noise)), state.index + 1, (picture, noise))
        first_picture, first_noise = state.history
        start, end = self.path.levels[state.index - 1].ratio, asked.ratio
        # x / alpha at the start is first_picture + start * first_noise; half of each slope is added to it
        x = mix((1.0, first_picture), ((start + end) / 2, first_noise), ((end - start) / 2, noise))
        return State(mix((asked.alpha, x)), state.index + 1)


def plan_heun(config: HeunConfig, steps: int) -> Heun:
    """Plan a run. Raises: Invalid."""
    path = sigma_path(config, steps)
    (first, *between), last = path.levels[:-1], path.levels[-1]
    twice = chain.from_iterable((level, level) for level in between)
    timesteps = chain.from_iterable((step, step) for step in path.timesteps[1:])
    return Heun(
        path=Path(
            timesteps=(path.timesteps[0], *timesteps),
            levels=(first, *twice, last),
            noise_scale=path.noise_scale,
            per_step=2,
        ),
        prediction=Prediction(config.prediction_type),
        clip=config.clip_sample_range if config.clip_sample else None,
    )
