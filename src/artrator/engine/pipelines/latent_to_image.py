"""GANs, VAEs and flows: a seed becomes a latent, the decoder makes a picture of it."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from artrator.bundle.config import LatentToImageConfig
from artrator.bundle.facts import TensorSpec
from artrator.bundle.fields import LatentInput
from artrator.engine.codecs.picture_tensor import to_pixels
from artrator.engine.codecs.tensor import decode_tensor
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import (
    Array,
    Call,
    Floats,
    Output,
    Picture,
    Reply,
    Step,
    Steps,
    evaluate,
    evaluate_together,
)
from artrator.engine.fleet import WalkFrame
from artrator.engine.pipelines.conditions import conditions, conditions_between
from artrator.engine.pipelines.given import field_path, missing, wrong_type
from artrator.engine.pipelines.job import Job
from artrator.engine.pipelines.latents import draw_latent, lerp, slerp

ROLE = "decoder"
Part: TypeAlias = Generator[Step, Reply, Array]


def latent_to_image(job: Job) -> Steps:
    """Decode one latent, or for a frame of a walk one between two.

    The latent is the input of type `latent` where the manifest has one and the run gives it; else it is drawn from
    `seed`, blended towards `to_seed` by `blend`, and scaled by `truncation`.
    """
    if job.walk is not None and 0 < job.walk.part < 1:
        values = yield from _on_the_way(job, job.walk)
    elif job.walk is not None and job.walk.part >= 1:
        values = yield from _decoded(replace(job, inputs=job.walk.end))
    else:
        values = yield from _decoded(job)
    config, output = LatentToImageConfig.model_validate(job.manifest.config), job.main_output(ROLE)
    pixels = to_pixels(values, config.image_range, name=output, max_px=job.limits.max_image_px)
    return Output({job.one_output(): Picture(pixels)})


def _decoded(job: Job) -> Part:
    results = yield from evaluate(Call(ROLE, {**_latent(job), **conditions(job, ROLE)}))
    return results[job.main_output(ROLE)]


def _on_the_way(job: Job, walk: WalkFrame) -> Part:
    """Decode the latent between two keyframes'; where they differ in a condition that has no between, as both and fade."""
    end = replace(job, inputs=walk.end)
    (name, latent), (other,) = next(iter(_latent(job).items())), _latent(end).values()
    latent = slerp(latent.astype(np.float32), other.astype(np.float32), walk.part).astype(latent.dtype)
    sides = conditions_between(job, end, ROLE, walk.part)
    calls = tuple(Call(ROLE, {name: latent, **side}) for side in sides)
    output = job.main_output(ROLE)
    made = [each[output].astype(np.float32) for each in (yield from evaluate_together(calls))]
    if made[0].shape != made[-1].shape:
        raise ModelFault(Fault.OUTPUT_INVALID, f"The output {output!r} has another shape for another condition.")
    return lerp(made[0], made[-1], walk.part) if len(made) > 1 else made[0]


def _latent(job: Job) -> dict[str, Array]:
    """Give the latent by the graph's name for it, in the dtype that the graph declares."""
    spec = job.main_input(ROLE)
    latent = _given(job, spec)
    if latent is None:
        latent = _drawn(job, _shape(job, spec))
    return {spec.name: latent.astype(spec.dtype)}


def _given(job: Job, spec: TensorSpec) -> Floats | None:
    for name, field in job.manifest.inputs.items():
        value = job.inputs.get(name)
        if isinstance(field, LatentInput) and value is not None:
            if not isinstance(value, str | bytes):
                raise wrong_type(name, "nested lists of numbers or an .npy file")
            # a latent may be given as one point or as a batch of one
            dims = spec.dims[1:] if len(field.shape) < len(spec.dims) else (1, *spec.dims[1:])
            wanted = TensorSpec(name=spec.name, dtype="float32", dims=dims)
            values = decode_tensor(value, wanted, limits=job.limits, field=field_path(name))
            return values.astype(np.float32).reshape(1, *values.shape[-len(spec.dims) + 1 :])
    return None


def _drawn(job: Job, shape: tuple[int, ...]) -> Floats:
    seed, to_seed = job.seed("seed"), job.seed("to_seed")
    if seed is None:
        raise missing("seed")
    latent = draw_latent(seed, shape)
    if to_seed is not None:
        latent = slerp(latent, draw_latent(to_seed, shape), job.number("blend", 0.0))
    return latent * np.float32(job.number("truncation", 1.0))


def _shape(job: Job, spec: TensorSpec) -> tuple[int, ...]:
    sides = [side for side in spec.dims[1:] if isinstance(side, int) and side > 0]
    if not sides or len(sides) != len(spec.dims) - 1:
        message = f"The latent {spec.name!r} has the shape {list(spec.dims)}; every axis but the first must be fixed."
        raise ModelFault(Fault.FAILED, message)
    if 4 * math.prod(sides) > job.limits.max_tensor_bytes:
        message = f"The latent {spec.name!r} is larger than {job.limits.max_tensor_bytes} bytes."
        raise ModelFault(Fault.FAILED, message)
    return (1, *sides)
