"""What the golden samples were made with: configs, a toy model, noise; shared by the test and by whoever makes them again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from pydantic import JsonValue

from artrator.bundle.sampler_config import NoiseConfig
from artrator.engine.execution.call import Floats
from artrator.engine.samplers.sampler import Draw
from artrator.engine.samplers.trained_noise import kept_variance

SHAPE = (1, 4, 3, 3)
STEPS = (1, 2, 5, 12, 25, 50)
DEVIATION = 0.7
"""Of the pictures that the toy model knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """strength: None begins from noise, else from a picture."""

    config: dict[str, JsonValue]
    steps: int
    strength: float | None = None

    @property
    def name(self) -> str:
        usual = {**SCALED, "_class_name": self.config["_class_name"]}
        told = ", ".join(f"{key}={value}" for key, value in self.config.items() if usual.get(key) != value)
        start = "" if self.strength is None else f", strength {self.strength}"
        return f"{self.config['_class_name']} in {self.steps}: {told or 'defaults'}{start}"


SCALED: dict[str, JsonValue] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
    "clip_sample": False,
}
SPACED = ("DPMSolverMultistepScheduler", "EulerDiscreteScheduler", "HeunDiscreteScheduler", "UniPCMultistepScheduler")
PREDICTIONS = {
    "DDIMScheduler": ("epsilon", "v_prediction", "sample"),
    "DPMSolverMultistepScheduler": ("epsilon", "v_prediction", "sample"),
    "EulerAncestralDiscreteScheduler": ("epsilon", "v_prediction"),
    "EulerDiscreteScheduler": ("epsilon", "v_prediction", "sample"),
    "HeunDiscreteScheduler": ("epsilon", "v_prediction", "sample"),
    "LCMScheduler": ("epsilon", "v_prediction", "sample"),
    "PNDMScheduler": ("epsilon", "v_prediction"),
    "UniPCMultistepScheduler": ("epsilon", "v_prediction", "sample"),
}


def cases() -> Iterator[Case]:
    """Give every golden case, always in this order."""
    for config in configs():
        for steps in STEPS:
            if steps > 1 or config.get("final_sigmas_type") != "sigma_min":  # where diffusers' UniPC stays where it is
                yield Case(config=config, steps=steps)
    for name, strength in product(PREDICTIONS, (0.3, 0.75, 1.0)):
        if name != "PNDMScheduler" or strength == 1.0:  # begun half-way, diffusers' skips a stride
            yield Case(config=scaled(name), steps=20, strength=strength)


def configs() -> Iterator[dict[str, JsonValue]]:
    for name, predictions in PREDICTIONS.items():
        yield {"_class_name": name, **({"skip_prk_steps": True} if name == "PNDMScheduler" else {})}
        for prediction, spacing in product(predictions, ("leading", "linspace", "trailing")):
            if name != "LCMScheduler" or spacing == "leading":  # it has steps of its own
                yield scaled(name, prediction_type=prediction, timestep_spacing=spacing)
    for name in SPACED:
        yield scaled(name, use_karras_sigmas=True)
        yield scaled(name, use_karras_sigmas=True, prediction_type="v_prediction", timestep_spacing="trailing")
    yield from particular()


def particular() -> Iterator[dict[str, JsonValue]]:
    """What only some classes know."""
    for name in (
        "DDIMScheduler",
        "EulerDiscreteScheduler",
        "EulerAncestralDiscreteScheduler",
        "LCMScheduler",
        *SPACED[::3],
    ):
        yield scaled(name, rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing")
    for name in ("EulerDiscreteScheduler", *SPACED[::3]):
        yield scaled(name, final_sigmas_type="sigma_min")
        yield scaled(name, final_sigmas_type="sigma_min", use_karras_sigmas=True)
    for name in ("DDIMScheduler", *SPACED[::3]):
        yield scaled(name, beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction")
    yield scaled("DPMSolverMultistepScheduler", beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1)
    yield scaled("DDIMScheduler", eta=1.0)
    yield scaled("DDIMScheduler", eta=0.4, set_alpha_to_one=False)
    yield scaled("DDIMScheduler", clip_sample=True, clip_sample_range=0.8)
    yield scaled("HeunDiscreteScheduler", clip_sample=True, clip_sample_range=0.8)
    yield scaled("LCMScheduler", clip_sample=True, original_inference_steps=100, timestep_scaling=0.01)
    for spacing in ("leading", "linspace", "trailing"):
        yield scaled("DPMSolverMultistepScheduler", algorithm_type="sde-dpmsolver++", timestep_spacing=spacing)
    yield scaled("DPMSolverMultistepScheduler", algorithm_type="sde-dpmsolver++", use_karras_sigmas=True)
    yield scaled("DPMSolverMultistepScheduler", solver_order=1)
    yield scaled(
        "DPMSolverMultistepScheduler", euler_at_final=True, lower_order_final=False, final_sigmas_type="sigma_min"
    )
    yield scaled("UniPCMultistepScheduler", solver_order=1)
    yield scaled("UniPCMultistepScheduler", disable_corrector=[0, 1, 4])
    yield scaled("UniPCMultistepScheduler", lower_order_final=False, final_sigmas_type="sigma_min")
    yield scaled("PNDMScheduler", set_alpha_to_one=True)


def scaled(name: str, **more: JsonValue) -> dict[str, JsonValue]:
    """Give a config with Stable Diffusion's schedule."""
    extra: dict[str, JsonValue] = {"skip_prk_steps": True} if name == "PNDMScheduler" else {}
    return {"_class_name": name, **SCALED, **extra, **more}


class ToyModel:
    """Knows pictures N(mean, DEVIATION**2), almost: a ripple makes it curved, so that no step is exact by luck."""

    def __init__(self, config: NoiseConfig) -> None:
        self._kept = kept_variance(config)
        self._prediction = config.prediction_type

    def __call__(self, x: Floats, timestep: float) -> Floats:
        kept = np.interp(timestep, np.arange(len(self._kept)), self._kept)
        alpha, sigma = np.sqrt(kept), np.sqrt(1 - kept)
        pull = alpha * DEVIATION**2 / (alpha**2 * DEVIATION**2 + sigma**2)
        wide = x.astype(np.float64)
        picture = mean() + pull * (wide - alpha * mean()) + 0.05 * np.sin(3 * wide)
        answers = {
            "epsilon": (wide - alpha * picture) / sigma,
            "v_prediction": (alpha * wide - picture) / sigma,
            "sample": picture,
        }
        return answers[self._prediction].astype(np.float32)


def mean() -> np.ndarray:
    """Give the toy model's mean picture."""
    return np.linspace(-1, 1, int(np.prod(SHAPE))).reshape(SHAPE)


def noise_source(seed: int = 5) -> Draw:
    """Draw one latent's noise after another, always the same ones."""
    generator = np.random.Generator(np.random.PCG64(seed))
    return lambda: generator.standard_normal(SHAPE, dtype=np.float32)


def picture() -> Floats:
    """Give the latent from which runs with a strength begin."""
    return np.cos(np.arange(np.prod(SHAPE), dtype=np.float32)).reshape(SHAPE)
