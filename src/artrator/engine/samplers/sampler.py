"""What every sampler is: a pure object that says what to ask the model next and what its answer makes of a latent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import CLEAN, Path
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, picture_in

Draw: TypeAlias = Callable[[], Floats]
"""Draws fresh standard normal noise of the latent's shape, from the run's own generator."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a run is: all of it, so that a run can be stopped, kept and taken up again.

    x: (N, C, H, W) float32, what the model is given next. index: of the evaluation that comes next.
    history: what the sampler keeps of the evaluations before, in an order of its own.
    """

    x: Floats
    index: int
    history: tuple[Floats, ...] = ()


class Sampler(Protocol):
    """A sampler planned for one schedule and one number of steps; it holds nothing of any run."""

    @property
    def path(self) -> Path:
        """Give the way that a run takes."""
        ...

    @property
    def prediction(self) -> Prediction:
        """Tell what the model predicts."""
        ...

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Take the model's answer for state.x at path.timesteps[state.index]; draws only where its method is random."""
        ...


def begin(path: Path, noise: Floats) -> State:
    """Begin a run from nothing but noise."""
    return State(mix((path.noise_scale, noise)), 0)


def begin_from(path: Path, picture: Floats, noise: Floats, *, strength: float) -> State:
    """Begin a run from a picture's latent; a strength of 1 leaves nothing of it, 0 all.

    The share `strength` of the steps is made, rounded down. Source: Meng et al. 2022, "SDEdit".
    """
    index = begin_index(path, strength)
    return State(noised(path, picture, noise, index), index)


def begin_index(path: Path, strength: float) -> int:
    """Give the index of the first evaluation of a run that begins from a picture."""
    steps = -(-path.evaluations // path.per_step)
    return min((steps - min(int(steps * strength), steps)) * path.per_step, path.evaluations)


def noised(path: Path, picture: Floats, noise: Floats, index: int) -> Floats:
    """Give a picture's latent the noise of the level before evaluation `index`; none after the last."""
    level = path.levels[index] if index < path.evaluations else CLEAN
    return mix((level.alpha, picture), (level.sigma, noise))


def draws_between(sampler: Sampler, first: int, last: int) -> int:
    """Count the draws that a run makes from one evaluation to another: which of them draw does not depend on the latent."""
    nothing, drawn = np.zeros((1, 1, 1, 1), np.float32), 0

    def draw() -> Floats:
        nonlocal drawn
        drawn += 1
        return nothing

    state = State(nothing, first)
    while state.index < last:
        state = sampler.step(state, nothing, draw)
    return drawn


def seen_in(sampler: Sampler, state: State, predicted: Floats) -> Floats:
    """Give the picture that the model sees in the state's latent: what a preview shows."""
    return picture_in(sampler.prediction, state.x, predicted, sampler.path.levels[state.index])
