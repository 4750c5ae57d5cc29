"""On which noise the museum learns: the scheduler's own config, read by the engine that will serve it."""

from functools import cache

import torch
from torch import Tensor

from artrator.bundle.sampler_reader import read_sampler_config
from artrator.engine.samplers.trained_noise import kept_variance

TRAINED_STEPS = 1000
TEACHER_STEPS = 10  # of the ways that the few-step model learns from; its own steps are some of them
NOISE = {
    "num_train_timesteps": TRAINED_STEPS,
    # gentler than Stable Diffusion's, for a latent with sixteen times fewer places holds less that noise leaves alone
    "beta_start": 0.0004,
    "beta_end": 0.01,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    # flat planes of any lightness: the last step is nothing but noise (Lin et al. 2023)
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}
GUIDANCE, GUIDANCE_RESCALE = 3.0, 0.8  # without the second, palettes burn out to white and black
DDIM = {"_class_name": "DDIMScheduler", **NOISE, "clip_sample": False}
LCM = {"_class_name": "LCMScheduler", **NOISE, "clip_sample": False, "original_inference_steps": TEACHER_STEPS}


@cache
def signal_and_noise() -> tuple[Tensor, Tensor]:
    """Give alpha and sigma of each training step, (T,) float32 each."""
    kept = torch.from_numpy(kept_variance(read_sampler_config(DDIM)))
    return kept.sqrt().float(), (1 - kept).sqrt().float()
