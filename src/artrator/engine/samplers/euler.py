"""Euler steps along the probability-flow ODE.

Source: Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", Algorithm 1 without its
second-order correction; k-diffusion's `sample_euler` without churn.
"""

from __future__ import annotations

from dataclasses import dataclass

from artrator.bundle.sampler_config import EulerConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import Path
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, noise_in, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.sigma_path import sigma_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Euler:
    """In variance-preserving coordinates a step of Euler is the picture and the noise, mixed anew."""

    path: Path
    prediction: Prediction

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Go straight to the next level."""
        here, there = self.path.levels[state.index], self.path.levels[state.index + 1]
        picture = picture_in(self.prediction, state.x, predicted, here)
        noise = noise_in(self.prediction, state.x, predicted, here)
        return State(mix((there.alpha, picture), (there.sigma, noise)), state.index + 1)


def plan_euler(config: EulerConfig, steps: int) -> Euler:
    """Plan a run. Raises: Invalid."""
    return Euler(path=sigma_path(config, steps), prediction=Prediction(config.prediction_type))
