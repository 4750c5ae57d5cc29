"""How noisy a latent is on its way from noise to picture, and the way itself.

Everything here is variance preserving: x = alpha * picture + sigma * noise, and what the model is given is x itself. Karras's
samplers are written for x / alpha in the papers; in these coordinates they give the same pictures, need no scaling of the
model's input, and stay near 1 where x / alpha runs into the thousands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Reals: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Level:
    """One noise level: x = alpha * picture + sigma * noise."""

    alpha: float
    sigma: float

    @property
    def ratio(self) -> float:
        """Give sigma / alpha, which is what Karras et al. call sigma."""
        return self.sigma / self.alpha

    @property
    def log_snr(self) -> float:
        """Give log(alpha / sigma), which is what Lu et al. call lambda; infinite where no noise is left."""
        return math.log(self.alpha / self.sigma) if self.sigma else math.inf


CLEAN = Level(1.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The way of one run. Evaluation i of the model is at levels[i]; levels has one entry more, where the run ends.

    timesteps: what the model is told at each evaluation, in training steps, not always whole.
    noise_scale: of the noise that a run from nothing begins with.
    per_step: evaluations for each step that was asked for, where a sampler needs more than one.
    """

    timesteps: tuple[float, ...]
    levels: tuple[Level, ...]
    noise_scale: float = 1.0
    per_step: int = 1

    def __post_init__(self) -> None:
        if len(self.levels) != len(self.timesteps) + 1:
            raise ValueError("a path has one level more than timesteps")

    @property
    def evaluations(self) -> int:
        """Count the evaluations of the model."""
        return len(self.timesteps)


def level_at(ratio: float) -> Level:
    """Give the level whose sigma / alpha is this."""
    alpha = 1 / math.hypot(ratio, 1)
    return Level(alpha, ratio * alpha)


def levels_at(ratios: Reals) -> tuple[Level, ...]:
    """Give the levels of many ratios."""
    return tuple(level_at(float(ratio)) for ratio in ratios)


def level_of(kept: float) -> Level:
    """Give the level at which a share of the picture's variance is kept: the cumulative product of 1 - beta."""
    return Level(math.sqrt(kept), math.sqrt(1 - kept))


def is_descending(levels: Sequence[Level]) -> bool:
    """Tell whether each level has less noise than the one before."""
    return all(after.sigma * before.alpha < before.sigma * after.alpha for before, after in pairwise(levels))
