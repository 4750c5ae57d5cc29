"""Which training steps a run of fewer steps visits, and which noise ratios where these are placed by sigma.

Source: Lin et al. 2023, Table 2, for leading, linspace and trailing.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np

from artrator.bundle.sampler_config import Spacing
from artrator.engine.samplers.levels import Reals
from artrator.kernel.errors import Invalid

RHO = 7.0
"""Karras's exponent, how much denser the levels lie where there is little noise."""


def training_steps(spacing: Spacing, steps: int, *, train_steps: int, offset: int = 0, whole: bool = True) -> Reals:
    """Give the training steps to visit, (steps,) descending; `whole` rounds those of linspace."""
    match spacing:
        case "linspace":
            visited = np.linspace(0, train_steps - 1, steps)[::-1]
            visited = visited.round() if whole else visited
        case "leading":
            visited = np.arange(steps, dtype=np.float64)[::-1] * (train_steps // steps) + offset
        case "trailing":
            visited = (train_steps - np.arange(steps) * (train_steps / steps)).round() - 1
        case _:
            assert_never(spacing)
    return np.clip(visited, 0, train_steps - 1)


def training_steps_before_zero(spacing: Spacing, steps: int, *, train_steps: int, last: int, offset: int = 0) -> Reals:
    """Give the training steps that a multistep solver visits: as many and one more, without the last.

    last: how many training steps are used, which is fewer than all where the noisiest are cut off.
    """
    match spacing:
        case "linspace":
            visited = np.linspace(0, last - 1, steps + 1).round()[::-1][:-1]
        case "leading":
            visited = np.arange(steps + 1, dtype=np.float64)[::-1][:-1] * (last // (steps + 1)) + offset
        case "trailing":
            visited = (last - np.arange(steps) * (train_steps / steps)).round() - 1
        case _:
            assert_never(spacing)
    return np.clip(visited, 0, train_steps - 1)


def karras_ratios(steps: int, *, most: float, least: float) -> Reals:
    """Place noise ratios between the most and the least, (steps,) descending. Source: Karras et al. 2022, equation 5."""
    high, low = most ** (1 / RHO), least ** (1 / RHO)
    return (high + np.linspace(0, 1, steps) * (low - high)) ** RHO


def training_steps_of(ratios: Reals, trained: Reals) -> Reals:
    """Find the training step, not always whole, at which each noise ratio was learned.

    trained: the ratios of all training steps, ascending. Between two of them log(ratio) is taken as straight.
    """
    return np.interp(np.log(ratios), np.log(trained), np.arange(len(trained), dtype=np.float64))


def too_many_steps(steps: int, most: int) -> Invalid:
    """Say that a model cannot be sampled in as many steps."""
    return Invalid(
        "steps_out_of_range",
        f"This model's sampler takes 1 to {most} steps, not {steps}.",
        field="inputs.steps",
        most=most,
    )
