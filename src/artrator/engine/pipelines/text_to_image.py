"""Latent diffusion in Stable Diffusion's layout: from a prompt, and where they are given from an image and a mask.

Without an image it paints; with one it paints over it as far as `strength` says (Meng et al. 2022, "SDEdit"); with a mask it
paints only there (Lugmayr et al. 2022, "RePaint", without its resampling).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from artrator.bundle.config import TextToImageConfig
from artrator.bundle.fields import ImagesOutput
from artrator.engine.codecs.picture_tensor import check_finite, to_pixels, to_tensor
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import (
    Array,
    Call,
    Floats,
    Output,
    Picture,
    Pixels,
    Reply,
    Step,
    Steps,
    evaluate,
    evaluate_together,
    report,
)
from artrator.engine.pipelines.diffusion_request import UNET, DiffusionRequest, read_request
from artrator.engine.pipelines.job import Job
from artrator.engine.samplers import Draw, Sampler, State, begin, begin_from, noised, plan, seen_in
from artrator.engine.samplers.mixing import mix
from artrator.kernel.errors import Invalid

TEXT_ENCODER, VAE_DECODER, VAE_ENCODER = "text_encoder", "vae_decoder", "vae_encoder"
PREVIEWS = 8
"""At most so many a run: each is encoded and sent."""

Part: TypeAlias = Generator[Step, Reply, Floats]


def text_to_image(job: Job) -> Steps:
    """Paint one picture or several from a prompt."""
    config = TextToImageConfig.model_validate(job.manifest.config)
    request = read_request(job, config)
    sampler, draw = plan(config.sampler, request.steps), noise_of(request.seeds, request.latent_shape)
    texts = yield from _read_prompts(job, request)
    noise, known = draw(), None
    if request.image is not None:
        known = yield from _latents_of(job, config, request.image)
        state = begin_from(sampler.path, np.repeat(known, len(noise), axis=0), noise, strength=request.strength)
    else:
        state = begin(sampler.path, noise)
    first, last = state.index, sampler.path.evaluations
    while state.index < last:
        predicted = yield from _predict(job, sampler, state, texts, request.guidance)
        preview = _preview(config, sampler, state, predicted) if _is_shown(state.index - first, last - first) else None
        state = sampler.step(state, predicted, draw)
        if known is not None and request.mask is not None:
            kept = noised(sampler.path, known, noise, state.index)
            state = replace(state, x=np.where(request.mask > 0, state.x, kept))
        yield from report(state.index - first, last - first, preview)
    pictures: list[Picture] = []
    for latent in state.x:
        pictures.append((yield from _decoded(job, config, latent[None])))
    return Output({job.one_output(): _of_type(job, tuple(pictures))})


def noise_of(seeds: tuple[int, ...], shape: tuple[int, ...]) -> Draw:
    """Draw for each picture from a generator of its own, so that its seed alone decides it."""
    generators = [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
    return lambda: np.stack([each.standard_normal(shape, dtype=np.float32) for each in generators])


def _read_prompts(job: Job, request: DiffusionRequest) -> Generator[Step, Reply, tuple[Floats, ...]]:
    """Encode the prompt, and before it the negative one where guidance needs it; a row a picture."""
    if job.tokenizer is None:
        raise ModelFault(Fault.FAILED, "The bundle has no tokenizer.")
    spec = job.main_input(TEXT_ENCODER)
    prompts = (request.negative_prompt, request.prompt) if request.guidance > 1 else (request.prompt,)
    calls = tuple(
        Call(TEXT_ENCODER, {spec.name: np.array([job.tokenizer.encode(each)], spec.dtype)}) for each in prompts
    )
    name = "last_hidden_state"
    name = name if name in job.graphs[TEXT_ENCODER].outputs else job.main_output(TEXT_ENCODER)
    results = yield from evaluate_together(calls)
    return tuple(np.repeat(check_finite(each[name], name), len(request.seeds), axis=0) for each in results)


def _predict(job: Job, sampler: Sampler, state: State, texts: tuple[Floats, ...], guidance: float) -> Part:
    """Ask the UNet, with and without the prompt; the two are calls of one graph and meet in its batches.

    Source: Ho and Salimans 2022, "Classifier-Free Diffusion Guidance".
    """
    specs = job.graphs[UNET].inputs
    timestep = np.full(len(state.x), sampler.path.timesteps[state.index])
    tensors: dict[str, Array] = {"sample": state.x, "timestep": timestep}
    if set(specs) != {*tensors, "encoder_hidden_states"}:
        message = (
            f"The unet takes {', '.join(list(specs)[:10])}; sample, timestep and encoder_hidden_states are expected."
        )
        raise ModelFault(Fault.FAILED, message)
    calls = tuple(
        Call(
            UNET,
            {name: each.astype(specs[name].dtype) for name, each in {**tensors, "encoder_hidden_states": text}.items()},
        )
        for text in texts
    )
    name = job.main_output(UNET)
    results = yield from evaluate_together(calls)
    answers = [_like(each[name], state.x, name) for each in results]
    if len(answers) == 1:
        return answers[0]
    return mix((1 - guidance, answers[0]), (guidance, answers[1]))


def _like(answer: Array, x: Floats, name: str) -> Floats:
    if answer.shape != x.shape:
        message = f"The output {name!r} has the shape {list(answer.shape)}; that of its input is {list(x.shape)}."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    return check_finite(answer, name)


def _latents_of(job: Job, config: TextToImageConfig, image: Pixels) -> Part:
    """Encode a picture; where the encoder gives means and log variances, the means are taken."""
    if VAE_ENCODER not in job.graphs:
        raise Invalid(
            "image_unsupported", "This model has no vae_encoder, so it begins from no image.", field="inputs.image"
        )
    spec, name = job.main_input(VAE_ENCODER), job.main_output(VAE_ENCODER)
    tensor = to_tensor(image, config.image_range).astype(spec.dtype)
    results = yield from evaluate(Call(VAE_ENCODER, {spec.name: tensor}))
    channels = job.graphs[UNET].inputs["sample"].dims[1]
    latents = check_finite(results[name], name)[:, :channels]
    return mix((config.latent_scale, latents))


def _decoded(job: Job, config: TextToImageConfig, latent: Floats) -> Generator[Step, Reply, Picture]:
    spec, name = job.main_input(VAE_DECODER), job.main_output(VAE_DECODER)
    tensor = mix((1 / config.latent_scale, latent)).astype(spec.dtype)
    results = yield from evaluate(Call(VAE_DECODER, {spec.name: tensor}))
    return Picture(to_pixels(results[name], config.image_range, name=name, max_px=job.limits.max_image_px))


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
