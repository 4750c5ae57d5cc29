"""What one run of a diffusion model asks for, checked before any graph is called."""

from __future__ import annotations

from dataclasses import dataclass

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.image import resize
from artrator.engine.execution.call import Flags, Pixels
from artrator.engine.pipelines.diffusion.asked import Asked, asked_size, read_asked, too_many_pixels
from artrator.engine.pipelines.diffusion.unet import CONTROL_IMAGE, CONTROLNET, Unet
from artrator.engine.pipelines.given import missing
from artrator.engine.pipelines.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionRequest:
    """latent_shape: (channels, height, width) of each picture's latent.

    image: to begin from, mask: (height, width), true where it is painted anew, control: for a ControlNet to follow; all of
    them of the picture's size.
    """

    asked: Asked
    width_px: int
    height_px: int
    latent_shape: tuple[int, int, int]
    image: Pixels | None
    mask: Flags | None
    control: Pixels | None

    @property
    def begins_with_noise(self) -> bool:
        """Tell whether nothing of the image is left in the first latent: a mask's picture is taken up later."""
        return self.image is None or (self.mask is not None and self.asked.strength >= 1)


def read_request(job: Job, config: TextToImageConfig, unet: Unet) -> DiffusionRequest:
    """Read a run's inputs and decode its pictures. Raises: Invalid, TooLarge."""
    asked = read_asked(job, config, whole=job.walk is not None)
    _check_pictures(job, unet)
    image, control = _picture(job, "image"), _picture(job, CONTROL_IMAGE) if CONTROLNET in job.graphs else None
    leading = control if image is None else image
    width, height = asked_size(job, config, None if leading is None else (leading.shape[1], leading.shape[0]))
    if width * height > job.limits.max_image_px:
        raise too_many_pixels(width, height, job.limits.max_image_px)
    return DiffusionRequest(
        asked=asked,
        width_px=width,
        height_px=height,
        latent_shape=(unet.latent_channels, height // config.px_per_latent, width // config.px_per_latent),
        image=_scaled(image, width, height),
        mask=_white(_scaled(job.mask("mask") if job.has("mask") else None, width, height)),
        control=_scaled(control, width, height),
    )


def _check_pictures(job: Job, unet: Unet) -> None:
    needed = (
        *(("image", "mask") if unet.is_inpainting else ()),
        *((CONTROL_IMAGE,) if CONTROLNET in job.graphs else ()),
    )
    for name in needed:
        if not job.has(name):
            raise missing(name)


def _picture(job: Job, name: str) -> Pixels | None:
    return job.image(name) if job.has(name) else None


def _scaled(pixels: Pixels | None, width: int, height: int) -> Pixels | None:
    return None if pixels is None else resize(pixels, height_px=height, width_px=width)


def _white(mask: Pixels | None) -> Flags | None:
    return None if mask is None else mask.mean(axis=2) >= 127.5
