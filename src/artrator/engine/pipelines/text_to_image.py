"""Latent diffusion in the layouts of Stable Diffusion and SDXL: from a prompt, and where they are given from pictures.

Without an image it paints; with one it paints over it as far as `strength` says (Meng et al. 2022, "SDEdit"); with a mask it
paints only there (Lugmayr et al. 2022, "RePaint", without its resampling); a ControlNet follows a picture of its own.
"""

from __future__ import annotations

from artrator.bundle.config import TextToImageConfig
from artrator.bundle.fields import ImagesOutput
from artrator.engine.execution.call import Output, Picture, Steps
from artrator.engine.pipelines.diffusion.painting import denoise_shown, first_state, prepare
from artrator.engine.pipelines.diffusion.request import read_request
from artrator.engine.pipelines.diffusion.unet import read_unet
from artrator.engine.pipelines.diffusion.vae import decoded
from artrator.engine.pipelines.diffusion.walking import paint_frame
from artrator.engine.pipelines.job import Job


def text_to_image(job: Job) -> Steps:
    """Paint one picture or several from a prompt, or one frame of a walk between two."""
    config, unet = TextToImageConfig.model_validate(job.manifest.config), read_unet(job)
    if job.walk is not None:
        latents, beside = yield from paint_frame(job, job.walk, config, unet)
    else:
        request = read_request(job, config, unet)
        painting = yield from prepare(job, config, unet, request)
        state = yield from denoise_shown(job, config, painting, first_state(painting, request))
        latents, beside = state.x, {}
    pictures: list[Picture] = []
    for latent in latents:
        pictures.append((yield from decoded(job, config, latent[None])))
    return Output({job.one_output(): _of_type(job, tuple(pictures)), **beside})


def _of_type(job: Job, pictures: tuple[Picture, ...]) -> Picture | tuple[Picture, ...]:
    many = isinstance(job.manifest.outputs[job.one_output()], ImagesOutput)
    return pictures if many else pictures[0]
