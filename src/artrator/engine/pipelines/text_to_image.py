"""Latent diffusion in the layouts of Stable Diffusion and SDXL: from a prompt, and where they are given from pictures.

Without an image it paints; with one it paints over it as far as `strength` says (Meng et al. 2022, "SDEdit"); with a mask it
paints only there (Lugmayr et al. 2022, "RePaint", without its resampling); a ControlNet follows a picture of its own.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np

from artrator.bundle.config import TextToImageConfig
from artrator.bundle.fields import ImagesOutput
from artrator.engine.codecs.picture_tensor import to_tensor
from artrator.engine.execution.call import Floats, Output, Picture, Pixels, Reply, Step, Steps, report
from artrator.engine.pipelines.diffusion.guidance import Conditions, embed_guidance, predict
from artrator.engine.pipelines.diffusion.prompts import read_prompts
from artrator.engine.pipelines.diffusion.request import DiffusionRequest, read_request
from artrator.engine.pipelines.diffusion.unet import Unet, read_unet
from artrator.engine.pipelines.diffusion.vae import decoded, latents_of
from artrator.engine.pipelines.job import Job
from artrator.engine.samplers import Draw, Sampler, State, begin, begin_from, noised, seen_in

PREVIEWS = 8
"""At most so many a run: each is encoded and sent."""
UNIT_RANGE = (0.0, 1.0)


def text_to_image(job: Job) -> Steps:
    """Paint one picture or several from a prompt."""
    config = TextToImageConfig.model_validate(job.manifest.config)
    unet = read_unet(job)
    request = read_request(job, config, unet)
    sampler, draw = request.asked.sampler, noise_of(request.asked.seeds, request.latent_shape)
    noise, known = draw(), None
    conditions = yield from _conditions(job, config, unet, request)
    if request.image is not None and not (unet.is_inpainting and request.begins_with_noise):
        known = yield from latents_of(job, config, unet, to_tensor(request.image, config.image_range))
    state = _first(sampler, request, known, noise)
    # a UNet for inpainting has learned to keep what the mask leaves
    mask = None if unet.is_inpainting else _over_latents(request)
    first, last = state.index, sampler.path.evaluations
    while state.index < last:
        predicted = yield from predict(job, sampler, state, conditions)
        preview = _preview(config, sampler, state, predicted) if _is_shown(state.index - first, last - first) else None
        state = sampler.step(state, predicted, draw)
        if known is not None and mask is not None:
            kept = noised(sampler.path, known, noise, state.index)
            state = replace(state, x=np.where(mask > 0, state.x, kept))
        yield from report(state.index - first, last - first, preview)
    pictures: list[Picture] = []
    for latent in state.x:
        pictures.append((yield from decoded(job, config, latent[None])))
    return Output({job.one_output(): _of_type(job, tuple(pictures))})


def noise_of(seeds: tuple[int, ...], shape: tuple[int, ...]) -> Draw:
    """Draw for each picture from a generator of its own, so that its seed alone decides it."""
    generators = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
    return lambda: np.stack([each.standard_normal(shape, dtype=np.float32) for each in generators])


def _conditions(
    job: Job, config: TextToImageConfig, unet: Unet, request: DiffusionRequest
) -> Generator[Step, Reply, Conditions]:
    asked = request.asked
    count, width = len(asked.seeds), unet.guidance_width
    texts = yield from read_prompts(job, config, request, guided=asked.guidance > 1 and width is None)
    beside = (yield from _beside(job, config, unet, request)) if unet.is_inpainting else None
    return Conditions(
        texts=texts,
        guidance=asked.guidance,
        embedded=None if width is None else embed_guidance(asked.guidance, width=width, count=count),
        beside=None if beside is None else np.repeat(beside, count, axis=0),
        control=None if request.control is None else np.repeat(to_tensor(request.control, UNIT_RANGE), count, axis=0),
        control_scale=asked.control_scale,
        guidance_rescale=config.guidance_rescale,
    )


def _beside(
    job: Job, config: TextToImageConfig, unet: Unet, request: DiffusionRequest
) -> Generator[Step, Reply, Floats]:
    """Give what a UNet for inpainting takes after the latent: the mask, and the latent of what it leaves."""
    mask = _over_latents(request)
    assert request.image is not None, "a request for inpainting has an image"
    assert request.mask is not None, "a request for inpainting has a mask"
    assert mask is not None, "a request for inpainting has a mask"
    left = to_tensor(request.image, config.image_range) * ~request.mask
    latents = yield from latents_of(job, config, unet, left)
    return np.concatenate([mask, latents], axis=1)


def _first(sampler: Sampler, request: DiffusionRequest, known: Floats | None, noise: Floats) -> State:
    if known is None or request.begins_with_noise:
        return begin(sampler.path, noise)
    return begin_from(sampler.path, np.repeat(known, len(noise), axis=0), noise, strength=request.asked.share)


def _over_latents(request: DiffusionRequest) -> Floats | None:
    """Give the mask as (1, 1, h, w) float32 over latents: the pixel up and left of each, as torch takes it."""
    if request.mask is None:
        return None
    _, height, width = request.latent_shape
    rows, columns = (
        np.arange(count) * side // count for count, side in zip((height, width), request.mask.shape, strict=True)
    )
    return request.mask[np.ix_(rows, columns)].astype(np.float32)[None, None]


def _is_shown(index: int, count: int) -> bool:
    return index % -(-count // PREVIEWS) == 0


def _preview(config: TextToImageConfig, sampler: Sampler, state: State, predicted: Floats) -> Pixels | None:
    """Show the first picture as the model sees it now, one pixel a latent, by the config's linear map."""
    seen = seen_in(sampler, state, predicted)[0]
    if len(config.preview) != len(seen) + 1:
        return None
    weights: Any = np.array(config.preview, np.float32)
    colours = np.tensordot(seen, weights[:-1], axes=(0, 0)) + weights[-1]
    return np.clip(colours + 0.5, 0, 255).astype(np.uint8)


def _of_type(job: Job, pictures: tuple[Picture, ...]) -> Picture | tuple[Picture, ...]:
    many = isinstance(job.manifest.outputs[job.one_output()], ImagesOutput)
    return pictures if many else pictures[0]
