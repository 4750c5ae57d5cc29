"""All that one picture is painted from, and the loop that paints it: from a prompt, over a picture, within a mask."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.picture_tensor import to_tensor
from artrator.engine.execution.call import Floats, Pixels, Reply, Step, report
from artrator.engine.pipelines.diffusion.guidance import Conditions, embed_guidance, predict
from artrator.engine.pipelines.diffusion.prompts import read_prompts
from artrator.engine.pipelines.diffusion.request import DiffusionRequest
from artrator.engine.pipelines.diffusion.unet import Unet
from artrator.engine.pipelines.diffusion.vae import latents_of
from artrator.engine.pipelines.job import Job
from artrator.engine.samplers import Draw, Sampler, State, begin, begin_from, noised, seen_in

PREVIEWS = 8
"""At most so many a run: each is encoded and sent."""
UNIT_RANGE = (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """Everything that decides a picture, or several, a row each.

    noise: with which it begins. draw: fresh noise, for samplers that ask for it.
    known: the latent of the picture that is painted over. mask: over latents, above 0 where that is painted anew.
    """

    sampler: Sampler
    conditions: Conditions
    noise: Floats
    draw: Draw
    known: Floats | None
    mask: Floats | None


def prepare(
    job: Job, config: TextToImageConfig, unet: Unet, request: DiffusionRequest
) -> Generator[Step, Reply, Painting]:
    """Draw the noise, encode prompts and pictures."""
    draw = noise_of(request.asked.seeds, request.latent_shape)
    noise, known = draw(), None
    conditions = yield from _conditions(job, config, unet, request)
    if request.image is not None and not (unet.is_inpainting and request.begins_with_noise):
        known = yield from latents_of(job, config, unet, to_tensor(request.image, config.image_range))
    return Painting(
        sampler=request.asked.sampler,
        conditions=conditions,
        noise=noise,
        draw=draw,
        known=known,
        # a UNet for inpainting has learned to keep what the mask leaves
        mask=None if unet.is_inpainting else _over_latents(request),
    )


def first_state(painting: Painting, request: DiffusionRequest) -> State:
    """Begin with noise, or with as much of the picture as the strength leaves."""
    path, noise = painting.sampler.path, painting.noise
    if painting.known is None or request.begins_with_noise:
        return begin(path, noise)
    known = np.repeat(painting.known, len(noise), axis=0)
    return begin_from(path, known, noise, strength=request.asked.share)


def denoise(job: Job, painting: Painting, state: State, *, last: int) -> Generator[Step, Reply, State]:
    """Take a state one evaluation of the model after the other to the index `last`, and report none of it."""
    while state.index < last:
        _, state = yield from _step(job, painting, state)
    return state


def denoise_shown(
    job: Job, config: TextToImageConfig, painting: Painting, state: State
) -> Generator[Step, Reply, State]:
    """Take a state to the end of its way, with previews."""
    first, last = state.index, painting.sampler.path.evaluations
    while state.index < last:
        before = state
        predicted, state = yield from _step(job, painting, state)
        is_shown = (before.index - first) % -(-(last - first) // PREVIEWS) == 0
        preview = _preview(config, painting.sampler, before, predicted) if is_shown else None
        yield from report(state.index - first, last - first, preview)
    return state


def _step(job: Job, painting: Painting, state: State) -> Generator[Step, Reply, tuple[Floats, State]]:
    predicted = yield from predict(job, painting.sampler, state, painting.conditions)
    state = painting.sampler.step(state, predicted, painting.draw)
    if painting.known is not None and painting.mask is not None:
        kept = noised(painting.sampler.path, painting.known, painting.noise, state.index)
        state = replace(state, x=np.where(painting.mask > 0, state.x, kept))
    return predicted, state


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


def _over_latents(request: DiffusionRequest) -> Floats | None:
    """Give the mask as (1, 1, h, w) float32 over latents: the pixel up and left of each, as torch takes it."""
    if request.mask is None:
        return None
    _, height, width = request.latent_shape
    rows, columns = (
        np.arange(count) * side // count for count, side in zip((height, width), request.mask.shape, strict=True)
    )
    return request.mask[np.ix_(rows, columns)].astype(np.float32)[None, None]


def _preview(config: TextToImageConfig, sampler: Sampler, state: State, predicted: Floats) -> Pixels | None:
    """Show the first picture as the model sees it now, one pixel a latent, by the config's linear map."""
    seen = seen_in(sampler, state, predicted)[0]
    if len(config.preview) != len(seen) + 1:
        return None
    weights: Any = np.array(config.preview, np.float32)
    colours = np.tensordot(seen, weights[:-1], axes=(0, 0)) + weights[-1]
    return np.clip(colours + 0.5, 0, 255).astype(np.uint8)
