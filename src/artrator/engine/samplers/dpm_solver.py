"""DPM-Solver++(2M) and its SDE variant: second order with one evaluation a step, from the pictures of two steps.

Source: Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", Algorithm 2 and
appendix B for the SDE.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from artrator.bundle.sampler_config import DpmSolverConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.levels import Level, Path
from artrator.engine.samplers.mixing import mix
from artrator.engine.samplers.prediction import Prediction, picture_in
from artrator.engine.samplers.sampler import Draw, State
from artrator.engine.samplers.solver_path import solver_path

FEW_STEPS = 15
"""Below it the last step is of first order, where the config asks for steadiness at few steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DpmSolver:
    """History: the picture of the step before.

    order: 1 or 2. random: solve the SDE instead of the ODE. plain_end: make the last step of first order.
    """

    path: Path
    prediction: Prediction
    order: int
    random: bool
    plain_end: bool

    def step(self, state: State, predicted: Floats, draw: Draw) -> State:
        """Go to the next level along the picture, bent by how it has changed since the step before."""
        here, there = self.path.levels[state.index], self.path.levels[state.index + 1]
        picture = picture_in(self.prediction, state.x, predicted, here)
        drift = self._drift(state, picture, here, there)
        gap = there.log_snr - here.log_snr
        if not self.random:
            x = mix((there.sigma / here.sigma, state.x), (-there.alpha * math.expm1(-gap), drift))
        else:
            kept = there.sigma / here.sigma * math.exp(-gap)
            gained = -math.expm1(-2 * gap)
            x = mix((kept, state.x), (there.alpha * gained, drift), (there.sigma * math.sqrt(gained), draw()))
        return State(x, state.index + 1, (picture,))

    def _drift(self, state: State, picture: Floats, here: Level, there: Level) -> Floats:
        is_last = state.index == self.path.evaluations - 1
        if self.order == 1 or not state.history or (is_last and self.plain_end):
            return picture
        before = self.path.levels[state.index - 1]
        bend = 0.5 * (there.log_snr - here.log_snr) / (here.log_snr - before.log_snr)
        return mix((1 + bend, picture), (-bend, state.history[0]))


def plan_dpm_solver(config: DpmSolverConfig, steps: int) -> DpmSolver:
    """Plan a run. Raises: Invalid."""
    return DpmSolver(
        path=solver_path(config, steps),
        prediction=Prediction(config.prediction_type),
        order=config.solver_order,
        random=config.algorithm_type == "sde-dpmsolver++",
        plain_end=(
            config.final_sigmas_type == "zero"
            or config.euler_at_final
            or (config.lower_order_final and steps < FEW_STEPS)
        ),
    )
