"""Pictures to latents and back through a bundle's VAE, in tiles where they are large."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.picture_tensor import check_finite, to_pixels
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Call, Floats, Picture, Reply, Step, evaluate
from artrator.engine.pipelines.diffusion.guidance import Part
from artrator.engine.pipelines.diffusion.tiles import tiles_of
from artrator.engine.pipelines.diffusion.unet import VAE_DECODER, Unet
from artrator.engine.pipelines.given import field_path
from artrator.engine.pipelines.job import Job
from artrator.engine.samplers.mixing import mix
from artrator.kernel.errors import Invalid

VAE_ENCODER = "vae_encoder"


def latents_of(job: Job, config: TextToImageConfig, unet: Unet, tensor: Floats) -> Part:
    """Encode a picture; where the encoder gives means and log variances, the means are taken."""
    if VAE_ENCODER not in job.graphs:
        raise Invalid(
            "image_unsupported", "This model has no vae_encoder, so it begins from no image.", field=field_path("image")
        )
    made = yield from _through(job, config, VAE_ENCODER, tensor, from_px=config.px_per_latent, to_px=1)
    return mix((config.latent_scale, made[:, : unet.latent_channels]))


def decoded(job: Job, config: TextToImageConfig, latent: Floats) -> Generator[Step, Reply, Picture]:
    """Decode one latent."""
    tensor = mix((1 / config.latent_scale, latent))
    made = yield from _through(job, config, VAE_DECODER, tensor, from_px=1, to_px=config.px_per_latent)
    name = job.main_output(VAE_DECODER)
    return Picture(to_pixels(made, config.image_range, name=name, max_px=job.limits.max_image_px))


def _through(job: Job, config: TextToImageConfig, role: str, tensor: Floats, *, from_px: int, to_px: int) -> Part:
    """Put (1, C, H, W) through a graph, tile by tile, one at a time. from_px, to_px: sides of a latent in it, and after."""
    height, width = (side // from_px for side in tensor.shape[2:])
    tiles = tiles_of(height, width, config.tile_px // config.px_per_latent)
    if len(tiles) == 1:
        return (yield from _tile(job, role, tensor))
    whole: Floats | None = None
    for rows, columns in tiles:
        part = tensor[:, :, rows.start * from_px : rows.end * from_px, columns.start * from_px : columns.end * from_px]
        made = yield from _tile(job, role, part)
        if made.shape[2:] != (rows.length * to_px, columns.length * to_px):
            message = f"The {role} makes {list(made.shape)} of {list(part.shape)}, which px_per_latent does not say."
            raise ModelFault(Fault.OUTPUT_INVALID, message)
        if whole is None:
            whole = np.zeros((*made.shape[:2], height * to_px, width * to_px), np.float32)
        place = whole[:, :, rows.start * to_px : rows.end * to_px, columns.start * to_px : columns.end * to_px]
        place += made * rows.weights(to_px)[:, None] * columns.weights(to_px)
    assert whole is not None, "there is a tile"
    return whole


def _tile(job: Job, role: str, tensor: Floats) -> Part:
    spec, name = job.main_input(role), job.main_output(role)
    results = yield from evaluate(Call(role, {spec.name: np.ascontiguousarray(tensor, dtype=spec.dtype)}))
    return check_finite(results[name], name)
