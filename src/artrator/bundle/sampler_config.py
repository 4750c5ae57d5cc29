"""What a diffusers folder's `scheduler_config.json` may say: which sampler, and on which noise the model learned."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MAX_TRAIN_STEPS = 10_000
LEAST_SIGNAL = 1e-16
"""Of the noisiest level, as a share of variance; below it float32 has lost the picture."""

Beta = Annotated[float, Field(ge=1e-7, lt=1)]
Off: TypeAlias = Literal[False] | None
Spacing: TypeAlias = Literal["leading", "linspace", "trailing"]


class NoiseConfig(BaseModel):
    """The noise on which a model learned, and the steps that a run makes through it; diffusers' own keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    num_train_timesteps: int = Field(default=1000, ge=2, le=MAX_TRAIN_STEPS)
    beta_start: Beta = 0.0001
    beta_end: Beta = 0.02
    beta_schedule: Literal["linear", "scaled_linear", "squaredcos_cap_v2"] = "linear"
    trained_betas: Annotated[tuple[Beta, ...], Field(strict=False, min_length=2, max_length=MAX_TRAIN_STEPS)] | None = (
        None
    )
    prediction_type: Literal["epsilon", "v_prediction", "sample"] = "epsilon"
    timestep_spacing: Spacing = "linspace"
    steps_offset: int = Field(default=0, ge=0, le=100)
    rescale_betas_zero_snr: bool = False

    @model_validator(mode="after")
    def _possible(self) -> NoiseConfig:
        if self.trained_betas is not None and len(self.trained_betas) != self.num_train_timesteps:
            raise ValueError(f"trained_betas must be {self.num_train_timesteps} numbers, as num_train_timesteps says")
        if self.beta_start > self.beta_end:
            raise ValueError("beta_start is above beta_end")
        if sum(math.log1p(-beta) for beta in self.betas()) < math.log(LEAST_SIGNAL):
            raise ValueError("the betas leave nothing of the picture at the last training step")
        return self

    def betas(self) -> tuple[float, ...]:
        """Give the variance that each training step adds, before any rescaling.

        Source: Ho et al. 2020 (linear), Rombach et al. 2022 (scaled linear), Nichol and Dhariwal 2021 (cosine).
        """
        count = self.num_train_timesteps
        if self.trained_betas is not None:
            return self.trained_betas
        if self.beta_schedule == "squaredcos_cap_v2":
            return tuple(min(1 - _cosine((each + 1) / count) / _cosine(each / count), 0.999) for each in range(count))
        power = 2 if self.beta_schedule == "scaled_linear" else 1
        start, end = self.beta_start ** (1 / power), self.beta_end ** (1 / power)
        return tuple((start + (end - start) * each / (count - 1)) ** power for each in range(count))


def _cosine(part: float) -> float:
    return math.cos((part + 0.008) / 1.008 * math.pi / 2) ** 2


class _SpacedConfig(NoiseConfig):
    """What those share whose levels can be placed by sigma instead of by training step."""

    use_karras_sigmas: bool | None = False
    use_exponential_sigmas: Off = False
    use_beta_sigmas: Off = False


def _refuse_no_signal(config: NoiseConfig) -> None:
    if config.rescale_betas_zero_snr and config.prediction_type == "epsilon":
        raise ValueError("with rescale_betas_zero_snr, prediction_type must be v_prediction or sample")


def _refuse_rescaling(config: NoiseConfig) -> None:
    if config.rescale_betas_zero_snr:
        raise ValueError("rescale_betas_zero_snr is not supported by this class")


class DdimConfig(NoiseConfig):
    """`DDIMScheduler`. eta: 0 is deterministic, 1 adds as much noise as the model was trained with."""

    class_name: Literal["DDIMScheduler"] = Field(alias="_class_name")
    timestep_spacing: Spacing = "leading"
    clip_sample: bool = True
    clip_sample_range: float = Field(default=1.0, gt=0)
    set_alpha_to_one: bool = True
    thresholding: Off = False
    eta: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _signal(self) -> DdimConfig:
        _refuse_no_signal(self)
        return self


class EulerConfig(_SpacedConfig):
    """`EulerDiscreteScheduler`."""

    class_name: Literal["EulerDiscreteScheduler"] = Field(alias="_class_name")
    interpolation_type: Literal["linear"] = "linear"
    timestep_type: Literal["discrete"] = "discrete"
    sigma_min: None = None
    sigma_max: None = None
    final_sigmas_type: Literal["zero", "sigma_min"] = "zero"


class EulerAncestralConfig(NoiseConfig):
    """`EulerAncestralDiscreteScheduler`."""

    class_name: Literal["EulerAncestralDiscreteScheduler"] = Field(alias="_class_name")


class HeunConfig(_SpacedConfig):
    """`HeunDiscreteScheduler`."""

    class_name: Literal["HeunDiscreteScheduler"] = Field(alias="_class_name")
    beta_start: Beta = 0.00085
    beta_end: Beta = 0.012
    clip_sample: bool | None = False
    clip_sample_range: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _signal(self) -> HeunConfig:
        _refuse_rescaling(self)
        return self


class _MultistepConfig(_SpacedConfig):
    solver_order: Literal[1, 2] = 2
    lower_order_final: bool = True
    final_sigmas_type: Literal["zero", "sigma_min"] = "zero"
    thresholding: Off = False
    use_flow_sigmas: Off = False
    use_dynamic_shifting: Off = False


def _log_signal_to_noise(value: float) -> float:
    if math.isnan(value):
        raise ValueError("must be a number")
    return value


class DpmSolverConfig(_MultistepConfig):
    """`DPMSolverMultistepScheduler`: the ++ variants of order 1 or 2, as an ODE or an SDE."""

    class_name: Literal["DPMSolverMultistepScheduler"] = Field(alias="_class_name")
    # diffusers reads the names of other solvers as its own default, so that configs can be exchanged
    algorithm_type: Literal["dpmsolver++", "sde-dpmsolver++", "deis"] = "dpmsolver++"
    solver_type: Literal["midpoint", "logrho", "bh1", "bh2"] = "midpoint"
    euler_at_final: bool = False
    use_lu_lambdas: Off = False
    variance_type: None = None
    lambda_min_clipped: Annotated[float, Field(allow_inf_nan=True), AfterValidator(_log_signal_to_noise)] = -math.inf


class UniPcConfig(_MultistepConfig):
    """`UniPCMultistepScheduler`, of order 1 or 2, B2(h)."""

    class_name: Literal["UniPCMultistepScheduler"] = Field(alias="_class_name")
    solver_type: Literal["bh2", "midpoint", "heun", "logrho"] = "bh2"
    predict_x0: Literal[True] = True
    disable_corrector: Annotated[tuple[int, ...], Field(strict=False, max_length=1000)] = ()
    solver_p: None = None
    sigma_min: None = None
    sigma_max: None = None
    shift_terminal: None = None


class PndmConfig(NoiseConfig):
    """`PNDMScheduler` without its Runge-Kutta start: what Stable Diffusion 1.x and 2.x come with."""

    class_name: Literal["PNDMScheduler"] = Field(alias="_class_name")
    timestep_spacing: Spacing = "leading"
    set_alpha_to_one: bool = False
    skip_prk_steps: Literal[True]

    @model_validator(mode="after")
    def _supported(self) -> PndmConfig:
        _refuse_rescaling(self)
        if self.prediction_type == "sample":
            raise ValueError("prediction_type must be epsilon or v_prediction")
        return self


class LcmConfig(NoiseConfig):
    """`LCMScheduler`: few steps of a consistency model."""

    class_name: Literal["LCMScheduler"] = Field(alias="_class_name")
    beta_start: Beta = 0.00085
    beta_end: Beta = 0.012
    beta_schedule: Literal["linear", "scaled_linear", "squaredcos_cap_v2"] = "scaled_linear"
    original_inference_steps: int = Field(default=50, ge=1, le=MAX_TRAIN_STEPS)
    clip_sample: bool = False
    clip_sample_range: float = Field(default=1.0, gt=0)
    thresholding: Off = False
    timestep_scaling: float = Field(default=10.0, gt=0, le=1e6)

    @model_validator(mode="after")
    def _signal(self) -> LcmConfig:
        _refuse_no_signal(self)
        if self.original_inference_steps > self.num_train_timesteps:
            raise ValueError("original_inference_steps is above num_train_timesteps")
        return self


SamplerConfig: TypeAlias = (
    DdimConfig
    | EulerConfig
    | EulerAncestralConfig
    | HeunConfig
    | DpmSolverConfig
    | UniPcConfig
    | PndmConfig
    | LcmConfig
)
