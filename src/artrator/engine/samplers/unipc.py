"""UniPC: a multistep predictor, put right at the next step by the evaluation made there.

Source: Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models",
Algorithms 1 and 2 with B(h) = exp(h) - 1 (B2), predicting the picture, orders 1 and 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from artrator.bundle.sampler_config import UniPcConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import Path
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.solver_path import solver_path


@dataclass(frozen=True, slots=True, kw_only=True)
class UniPc:
    """History: x before the last prediction, then the pictures on which it rests, newest first.

    uncorrected: the steps whose end is left as it was predicted.
    """

    path: Path
    prediction: Prediction
    order: int
    plain_end: bool
    uncorrected: frozenset[int]

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Put the last step right, then predict the next."""
        index, levels = state.index, self.path.levels
        picture = picture_in(self.prediction, state.x, predicted, levels[index])
        x = state.x
        if state.history and index - 1 not in self.uncorrected:
            x = self._corrected(state, picture)
        pictures = (picture, *state.history[1:])[: self.order]
        used = pictures[:1] if index == self.path.evaluations - 1 and self.plain_end else pictures
        return State(self._predicted(x, used, index), index + 1, (x, *pictures))

    def _predicted(self, x: Floats, pictures: tuple[Floats, ...], index: int) -> Floats:
        here, there = self.path.levels[index], self.path.levels[index + 1]
        weight = there.alpha * math.expm1(here.log_snr - there.log_snr)
        kept = there.sigma / here.sigma
        if len(pictures) == 1:
            return mix((kept, x), (-weight, pictures[0]))
        before = self.path.levels[index - 1]
        bend = 0.5 * weight * (there.log_snr - here.log_snr) / (before.log_snr - here.log_snr)
        return mix((kept, x), (bend - weight, pictures[0]), (-bend, pictures[1]))

    def _corrected(self, state: State, picture: Floats) -> Floats:
        x, newest, *older = state.history
        here, there = self.path.levels[state.index - 1], self.path.levels[state.index]
        gap = there.log_snr - here.log_snr
        growth = math.expm1(-gap)
        weight, kept = there.alpha * growth, there.sigma / here.sigma
        if not older:
            return mix((kept, x), (-weight / 2, newest), (-weight / 2, picture))
        # the two equations of order 2: shares of both differences that match the first two moments of exp
        back = (self.path.levels[state.index - 2].log_snr - here.log_snr) / gap
        first = growth / -gap - 1
        second = 2 * (first / -gap - 0.5)
        old_share = (first - second) / growth / (1 - back)
        new_share = first / growth - old_share
        slope = old_share / back
        return mix(
            (kept, x),
            (weight * (slope + new_share - 1), newest),
            (-weight * slope, older[0]),
            (-weight * new_share, picture),
        )


def plan_unipc(config: UniPcConfig, steps: int) -> UniPc:
    """Plan a run. Raises: Invalid."""
    return UniPc(
        path=solver_path(config, steps),
        prediction=Prediction(config.prediction_type),
        order=config.solver_order,
        # where no noise is left, only the newest picture counts
        plain_end=config.lower_order_final or config.final_sigmas_type == "zero",
        uncorrected=frozenset(config.disable_corrector),
    )
