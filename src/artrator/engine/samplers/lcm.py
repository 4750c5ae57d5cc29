"""Latent consistency models: each evaluation jumps to the picture, fresh noise takes it back up to the next level.

Source: Luo et al. 2023, "Latent Consistency Models", Algorithm 3; Song et al. 2023 for the boundary condition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from artrator.bundle.sampler_config import LcmConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import CLEAN, Path, level_of
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.spacing import too_many_steps
from artrator.engine.samplers.trained_noise import kept_variance

SIGMA_DATA = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lcm:
    """timestep_scaling: how quickly the boundary condition lets go of x as noise grows."""

    path: Path
    prediction: Prediction
    timestep_scaling: float
    clip: float | None

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Jump to the picture; unless that was the last step, add the noise of the next level."""
        picture = picture_in(self.prediction, state.x, predicted, self.path.levels[state.index])
        if self.clip is not None:
            picture = np.clip(picture, -self.clip, self.clip)
        scaled = self.path.timesteps[state.index] * self.timestep_scaling
        skip = SIGMA_DATA**2 / (scaled**2 + SIGMA_DATA**2)
        jump = scaled / math.hypot(scaled, SIGMA_DATA)
        x = mix((jump, picture), (skip, state.x))
        if state.index < self.path.evaluations - 1:
            there = self.path.levels[state.index + 1]
            x = mix((there.alpha, x), (there.sigma, draw()))
        return State(x, state.index + 1)


def plan_lcm(config: LcmConfig, steps: int, strength: float = 1.0) -> Lcm:
    """Plan a run; of a strength below 1, all its steps lie in that share of the noise: few are too few to leave some out.

    Raises: Invalid where there are more steps than the model was distilled with in that share.
    """
    distilled = int(config.original_inference_steps * strength)
    if steps > distilled:
        raise too_many_steps(steps, distilled)
    trained = np.arange(distilled, 0, -1) * (config.num_train_timesteps // config.original_inference_steps) - 1
    visited = trained[np.floor(np.linspace(0, distilled, steps, endpoint=False)).astype(np.int64)]
    kept = kept_variance(config)
    return Lcm(
        path=Path(
            timesteps=tuple(map(float, visited)),
            levels=(*(level_of(float(kept[step])) for step in visited), CLEAN),
        ),
        prediction=Prediction(config.prediction_type),
        timestep_scaling=config.timestep_scaling,
        clip=config.clip_sample_range if config.clip_sample else None,
    )
