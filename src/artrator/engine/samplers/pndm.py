"""Pseudo linear multistep: the noise is extrapolated from up to four evaluations, the first step is asked twice.

Source: Liu et al. 2022, "Pseudo Numerical Methods for Diffusion Models on Manifolds", formulas 9 and 12, begun with Heun's
step instead of Runge-Kutta's, as latent diffusion does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artrator.bundle.sampler_config import PndmConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.ddim import strides
from artrator.engine.samplers.levels import Level, Path, level_of
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, noise_in, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.spacing import too_many_steps, training_steps
from artrator.engine.samplers.trained_noise import kept_variance

WEIGHTS = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))
"""Adams-Bashforth of orders 1 to 4, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pndm:
    """History: predictions, newest first; after the first evaluation also the x that it saw, at the end.

    starts, targets: between which levels each evaluation's step goes; the second makes the first step again.
    """

    path: Path
    prediction: Prediction
    starts: tuple[Level, ...]
    targets: tuple[Level, ...]

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Go one stride along the extrapolated prediction."""
        here, there = self.starts[state.index], self.targets[state.index]
        x = state.x
        if state.index == 1 and len(state.history) == 2:
            first, x = state.history
            mixed, history = mix((0.5, predicted), (0.5, first)), (first,)
        else:
            kept = (predicted, *state.history)[: len(WEIGHTS)]
            mixed = mix(*zip(WEIGHTS[len(kept) - 1], kept, strict=True))
            history = (*kept, x) if state.index == 0 else kept
        picture = picture_in(self.prediction, x, mixed, here)
        noise = noise_in(self.prediction, x, mixed, here)
        return State(mix((there.alpha, picture), (there.sigma, noise)), state.index + 1, history)


def plan_pndm(config: PndmConfig, steps: int) -> Pndm:
    """Plan a run. Raises: Invalid."""
    if steps > config.num_train_timesteps:
        raise too_many_steps(steps, config.num_train_timesteps)
    kept = kept_variance(config)
    stride = len(kept) // steps
    visited = training_steps(
        config.timestep_spacing, steps, train_steps=config.num_train_timesteps, offset=config.steps_offset
    )
    asked = np.concatenate([visited[:2], visited[1:]]) if steps > 1 else visited
    from_steps, targets = asked.copy(), list(strides(asked, kept, steps, set_alpha_to_one=config.set_alpha_to_one))
    if steps > 1:
        from_steps[1] = min(asked[1] + stride, len(kept) - 1)
        targets[1] = level_of(float(kept[int(asked[1])]))
    return Pndm(
        path=Path(
            timesteps=tuple(asked.tolist()),
            levels=(*(level_of(float(kept[int(step)])) for step in asked), targets[-1]),
        ),
        prediction=Prediction(config.prediction_type),
        starts=tuple(level_of(float(kept[int(step)])) for step in from_steps),
        targets=tuple(targets),
    )
