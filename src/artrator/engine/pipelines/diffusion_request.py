"""What one run of a diffusion model asks for, checked before any graph is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.image import resize
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Floats, Pixels
from artrator.engine.pipelines.job import Job, field_path, missing
from artrator.kernel.errors import Invalid

MAX_COUNT = 16
MAX_GUIDANCE = 100.0
UNET = "unet"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionRequest:
    """seeds: one a picture. guidance: 1 or less asks nothing of the negative prompt.

    image: to begin from, already of the asked size. mask: (1, 1, h, w) float32 over latents, 1 where it is painted anew.
    """

    prompt: str
    negative_prompt: str
    steps: int
    guidance: float
    seeds: tuple[int, ...]
    latent_shape: tuple[int, int, int]
    strength: float
    image: Pixels | None
    mask: Floats | None


def read_request(job: Job, config: TextToImageConfig) -> DiffusionRequest:
    """Read a run's inputs. Raises: Invalid, TooLarge; ModelFault where the UNet's latents are of no fixed channels."""
    seed = job.seed("seed")
    if seed is None:
        raise missing("seed")
    image = job.image("image") if job.inputs.get("image") is not None else None
    width, height = _size(job, config, image)
    latent_shape = (_channels(job), height // config.px_per_latent, width // config.px_per_latent)
    return DiffusionRequest(
        prompt=job.text("prompt"),
        negative_prompt=job.text("negative_prompt", ""),
        steps=job.whole("steps", 20),
        guidance=_between(job, "guidance", 7.5, 0.0, MAX_GUIDANCE),
        # picture k can be made again alone, from the seed that is k higher
        seeds=tuple((seed + each) % 2**32 for each in range(_count(job))),
        latent_shape=latent_shape,
        strength=_between(job, "strength", 0.8, 0.0, 1.0),
        image=None if image is None else resize(image, height_px=height, width_px=width),
        mask=_mask(job, image, latent_shape),
    )


def _size(job: Job, config: TextToImageConfig, image: Pixels | None) -> tuple[int, int]:
    """Give (width, height): as asked, else in the shape of the image to begin from, else the model's own."""
    width, height = config.width_px, config.height_px
    if image is not None:
        scale = max(width, height) / max(image.shape[:2])
        height, width = (_nearest(side * scale, config.multiple_of) for side in image.shape[:2])
    width, height = job.whole("width", width), job.whole("height", height)
    for name, side in (("width", width), ("height", height)):
        if side < config.multiple_of or side % config.multiple_of:
            message = f"The {name} must be a multiple of {config.multiple_of} pixels; it is {side}."
            raise Invalid("size_unsupported", message, field=field_path(name), multiple_of=config.multiple_of)
    if width * height > job.limits.max_image_px:
        message = f"{width} x {height} pixels are asked for; the most is {job.limits.max_image_px}."
        raise Invalid("size_unsupported", message, field=field_path("width"), most=job.limits.max_image_px)
    return width, height


def _nearest(side: float, multiple: int) -> int:
    return max(multiple, round(side / multiple) * multiple)


def _channels(job: Job) -> int:
    spec = job.graphs[UNET].inputs.get("sample")
    channels = spec.dims[1] if spec is not None and len(spec.dims) == 4 else None
    if not isinstance(channels, int) or not 0 < channels <= 64:
        raise ModelFault(Fault.FAILED, "The unet must take `sample`, (N, channels, height, width) of fixed channels.")
    return channels


def _count(job: Job) -> int:
    count = job.whole("count", 1)
    if not 1 <= count <= MAX_COUNT:
        message = f"1 to {MAX_COUNT} pictures can be made at once, not {count}."
        raise Invalid("input_out_of_range", message, field=field_path("count"))
    return count


def _between(job: Job, name: str, default: float, least: float, most: float) -> float:
    value = job.number(name, default)
    if not least <= value <= most:
        message = f"The input {name!r} must be {least:g} to {most:g}; it is {value:g}."
        raise Invalid("input_out_of_range", message, field=field_path(name))
    return value


def _mask(job: Job, image: Pixels | None, latent_shape: tuple[int, int, int]) -> Floats | None:
    if job.inputs.get("mask") is None:
        return None
    if image is None:
        raise Invalid("input_missing", "A mask needs the image that it masks.", field=field_path("image"))
    _, height, width = latent_shape
    white = job.image("mask").mean(axis=2) >= 127.5
    # the nearest pixel up and left, as torch takes it
    rows, columns = (np.arange(count) * side // count for count, side in zip((height, width), white.shape, strict=True))
    return white[np.ix_(rows, columns)].astype(np.float32)[None, None]
