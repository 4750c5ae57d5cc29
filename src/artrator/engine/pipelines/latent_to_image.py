"""GANs, VAEs and flows: a seed becomes a latent, the decoder makes a picture of it."""

from __future__ import annotations

import math

import numpy as np

from artrator.bundle.config import LatentToImageConfig
from artrator.bundle.facts import TensorSpec
from artrator.bundle.fields import LatentInput
from artrator.engine.codecs.picture_tensor import to_pixels
from artrator.engine.codecs.tensor import decode_tensor
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Call, Floats, Output, Picture, Steps, evaluate
from artrator.engine.pipelines.conditions import conditions
from artrator.engine.pipelines.given import field_path, missing, wrong_type
from artrator.engine.pipelines.job import Job
from artrator.engine.pipelines.latents import draw_latent, slerp

ROLE = "decoder"


def latent_to_image(job: Job) -> Steps:
    """Decode one latent.

    The latent is the input of type `latent` where the manifest has one and the run gives it; else it is drawn from
    `seed`, blended towards `to_seed` by `blend`, and scaled by `truncation`.
    """
    config = LatentToImageConfig.model_validate(job.manifest.config)
    spec, output = job.main_input(ROLE), job.main_output(ROLE)
    latent = _given(job, spec)
    if latent is None:
        latent = _drawn(job, _shape(job, spec))
    tensors = {spec.name: latent.astype(spec.dtype), **conditions(job, ROLE)}
    results = yield from evaluate(Call(ROLE, tensors))
    pixels = to_pixels(results[output], config.image_range, name=output, max_px=job.limits.max_image_px)
    return Output({job.one_output(): Picture(pixels)})


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
