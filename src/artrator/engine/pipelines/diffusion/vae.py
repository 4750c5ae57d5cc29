"""Pictures to latents and back through a bundle's VAE."""

from __future__ import annotations

from collections.abc import Generator

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.picture_tensor import check_finite, to_pixels
from artrator.engine.execution.call import Call, Floats, Picture, Reply, Step, evaluate
from artrator.engine.pipelines.diffusion.guidance import Part
from artrator.engine.pipelines.diffusion.unet import VAE_DECODER, Unet
from artrator.engine.pipelines.job import Job, field_path
from artrator.engine.samplers.mixing import mix
from artrator.kernel.errors import Invalid

VAE_ENCODER = "vae_encoder"


def latents_of(job: Job, config: TextToImageConfig, unet: Unet, tensor: Floats) -> Part:
    """Encode a picture; where the encoder gives means and log variances, the means are taken."""
    if VAE_ENCODER not in job.graphs:
        raise Invalid(
            "image_unsupported", "This model has no vae_encoder, so it begins from no image.", field=field_path("image")
        )
    spec, name = job.main_input(VAE_ENCODER), job.main_output(VAE_ENCODER)
    results = yield from evaluate(Call(VAE_ENCODER, {spec.name: tensor.astype(spec.dtype)}))
    return mix((config.latent_scale, check_finite(results[name], name)[:, : unet.latent_channels]))


def decoded(job: Job, config: TextToImageConfig, latent: Floats) -> Generator[Step, Reply, Picture]:
    """Decode one latent."""
    spec, name = job.main_input(VAE_DECODER), job.main_output(VAE_DECODER)
    tensor = mix((1 / config.latent_scale, latent)).astype(spec.dtype)
    results = yield from evaluate(Call(VAE_DECODER, {spec.name: tensor}))
    return Picture(to_pixels(results[name], config.image_range, name=name, max_px=job.limits.max_image_px))
