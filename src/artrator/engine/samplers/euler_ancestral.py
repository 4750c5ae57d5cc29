"""Euler steps that go below the next level and come back up with fresh noise.

Source: k-diffusion's `sample_euler_ancestral`; Karras et al. 2022 for the levels, Ho et al. 2020 for the split of variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from artrator.bundle.sampler_config import EulerAncestralConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import Path
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, noise_in, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.sigma_path import sigma_path


@dataclass(frozen=True, slots=True, kw_only=True)
class EulerAncestral:
    """Random at every step but the last, which has nothing to come back up to."""

    path: Path
    prediction: Prediction

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Go down to where fresh noise brings it back to the next level."""
        here, there = self.path.levels[state.index], self.path.levels[state.index + 1]
        picture = picture_in(self.prediction, state.x, predicted, here)
        noise = noise_in(self.prediction, state.x, predicted, here)
        share = there.ratio / here.ratio
        up = there.ratio * math.sqrt(1 - share**2)
        down = there.ratio * share
        x = mix((there.alpha, picture), (there.alpha * down, noise))
        if up > 0:
            x = mix((1.0, x), (there.alpha * up, draw()))
        return State(x, state.index + 1)


def plan_euler_ancestral(config: EulerAncestralConfig, steps: int) -> EulerAncestral:
    """Plan a run. Raises: Invalid."""
    return EulerAncestral(path=sigma_path(config, steps), prediction=Prediction(config.prediction_type))
