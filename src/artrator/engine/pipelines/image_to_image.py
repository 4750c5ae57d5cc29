"""Filters and translators: a picture goes through a graph and comes back as a picture of the same aspect."""

from __future__ import annotations

import numpy as np

from artrator.bundle.config import ImageToImageConfig
from artrator.bundle.facts import TensorSpec
from artrator.bundle.fields import ImageInput
from artrator.engine.codecs.image import resize
from artrator.engine.codecs.picture_tensor import to_pixels, to_tensor
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Call, Output, Picture, Pixels, Steps, evaluate
from artrator.engine.pipelines.conditions import conditions
from artrator.engine.pipelines.job import Job

ROLE = "model"


def image_to_image(job: Job) -> Steps:
    """Put one picture through the graph.

    A graph of fixed size gets the picture squeezed to it, and its answer is stretched back. One of symbolic size gets
    it scaled down to `max_side_px`, padded to `multiple_of`, and the padding is cropped off the answer, which may be
    larger than what went in.
    """
    config = ImageToImageConfig.model_validate(job.manifest.config)
    spec, output = job.main_input(ROLE), job.main_output(ROLE)
    original = job.image(image_input(job))
    fixed = fixed_size(spec)
    seen = original if fixed is not None else _shrunk(original, config.max_side_px)
    fed = _padded(seen, config.multiple_of) if fixed is None else resize(seen, height_px=fixed[0], width_px=fixed[1])
    tensors = {spec.name: to_tensor(fed, config.image_range).astype(spec.dtype), **conditions(job, ROLE)}
    results = yield from evaluate(Call(ROLE, tensors))
    made = to_pixels(results[output], config.image_range, name=output, max_px=job.limits.max_image_px)
    finished = _cropped(made, fed, seen) if fixed is None else _unsqueezed(made, original)
    return Output({job.one_output(): Picture(finished)})


def image_input(job: Job) -> str:
    """Name the manifest's image input. Raises: ModelFault unless there is exactly one."""
    names = [name for name, field in job.manifest.inputs.items() if isinstance(field, ImageInput)]
    if len(names) != 1:
        raise ModelFault(Fault.FAILED, f"The manifest must name one image input; it names {len(names)}.")
    return names[0]


def fixed_size(spec: TensorSpec) -> tuple[int, int] | None:
    """Give the (height, width) that a graph insists on, None where both are symbolic. Raises: ModelFault."""
    if len(spec.dims) == 4 and spec.dims[1] == 3:
        height, width = spec.dims[2:]
        if isinstance(height, int) and isinstance(width, int):
            return (height, width)
        if not isinstance(height, int) and not isinstance(width, int):
            return None
    message = f"The picture {spec.name!r} has the shape {list(spec.dims)}; (N, 3, height, width) is expected."
    raise ModelFault(Fault.FAILED, message)


def _shrunk(pixels: Pixels, max_side_px: int) -> Pixels:
    height, width = pixels.shape[:2]
    scale = max_side_px / max(height, width)
    if scale >= 1:
        return pixels
    return resize(pixels, height_px=max(1, round(height * scale)), width_px=max(1, round(width * scale)))


def _padded(pixels: Pixels, multiple: int) -> Pixels:
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, -height % multiple), (0, -width % multiple), (0, 0)), mode="edge")


def _cropped(made: Pixels, fed: Pixels, seen: Pixels) -> Pixels:
    height = max(1, round(made.shape[0] * seen.shape[0] / fed.shape[0]))
    width = max(1, round(made.shape[1] * seen.shape[1] / fed.shape[1]))
    return made[:height, :width]


def _unsqueezed(made: Pixels, original: Pixels) -> Pixels:
    """Give the answer the original's aspect, its longer side kept as the graph made it."""
    height, width = original.shape[:2]
    long_side = max(made.shape[:2])
    scale = long_side / max(height, width)
    return resize(made, height_px=max(1, round(height * scale)), width_px=max(1, round(width * scale)))
