"""From what a scheduler's config says to the sampler that does it: the closed set."""

from __future__ import annotations

from typing import assert_never

from artrator.bundle.sampler_config import (
    DdimConfig,
    DpmSolverConfig,
    EulerAncestralConfig,
    EulerConfig,
    HeunConfig,
    LcmConfig,
    PndmConfig,
    SamplerConfig,
    UniPcConfig,
)
from artrator.engine.samplers.ddim import plan_ddim
from artrator.engine.samplers.dpm_solver import plan_dpm_solver
from artrator.engine.samplers.euler import plan_euler
from artrator.engine.samplers.euler_ancestral import plan_euler_ancestral
from artrator.engine.samplers.heun import plan_heun
from artrator.engine.samplers.lcm import plan_lcm
from artrator.engine.samplers.pndm import plan_pndm
from artrator.engine.samplers.sampler import Sampler
from artrator.engine.samplers.spacing import too_many_steps
from artrator.engine.samplers.unipc import plan_unipc
from artrator.kernel.errors import Invalid


def plan_part(config: SamplerConfig, steps: int, strength: float, *, whole: bool = False) -> tuple[Sampler, float]:
    """Plan a run that begins from a picture as far as `strength` says; give the share of the plan's steps to make.

    A strength of 0 makes none. whole: leave no sampler to lay all its steps into that share.
    Raises: Invalid; also where a strength above 0 would be too little for one step.
    """
    if isinstance(config, LcmConfig) and 0 < strength < 1 <= steps and not whole:
        if int(config.original_inference_steps * strength) < steps:
            raise _too_weak(steps, strength)
        return plan_lcm(config, steps, strength), 1.0
    sampler = plan(config, steps)
    if strength > 0 and int(steps * strength) < 1:
        raise _too_weak(steps, strength)
    return sampler, strength


def _too_weak(steps: int, strength: float) -> Invalid:
    return Invalid(
        "strength_too_low",
        f"A strength of {strength:g} cannot be made of {steps} steps; raise the strength, or ask for other steps.",
        field="inputs.strength",
        steps=steps,
    )


def plan(config: SamplerConfig, steps: int) -> Sampler:  # noqa: PLR0911 - one line a sampler
    """Plan a run of so many steps. Raises: Invalid(steps_out_of_range)."""
    if steps < 1:
        raise too_many_steps(steps, config.num_train_timesteps)
    match config:
        case DdimConfig():
            return plan_ddim(config, steps)
        case EulerConfig():
            return plan_euler(config, steps)
        case EulerAncestralConfig():
            return plan_euler_ancestral(config, steps)
        case HeunConfig():
            return plan_heun(config, steps)
        case DpmSolverConfig():
            return plan_dpm_solver(config, steps)
        case UniPcConfig():
            return plan_unipc(config, steps)
        case PndmConfig():
            return plan_pndm(config, steps)
        case LcmConfig():
            return plan_lcm(config, steps)
        case _:
            assert_never(config)
