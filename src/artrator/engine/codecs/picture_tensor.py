"""Pixels to the tensors that graphs take and back: ranges, axes, and what a stranger's graph may not return."""

from __future__ import annotations

import numpy as np

from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array, Floats, Pixels

Range = tuple[float, ...]
"""The values of black and white, in this order."""


def to_tensor(pixels: Pixels, image_range: Range) -> Floats:
    """Turn (H, W, C) uint8 into (1, C, H, W) float32 between black and white."""
    black, white = image_range
    unit = pixels.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)
    return np.ascontiguousarray(unit * np.float32(white - black) + np.float32(black))


def to_pixels(tensor: Array, image_range: Range, *, name: str, max_px: int) -> Pixels:
    """Turn (1, 1|3|4, H, W) into (H, W, 1|3|4) uint8; what lies outside the range is clipped.

    Raises: ModelFault(output_invalid) unless it is one picture of finite values, not larger than max_px.
    """
    shape = tensor.shape
    if len(shape) != 4 or shape[0] != 1 or shape[1] not in (1, 3, 4) or not shape[2] * shape[3]:
        message = f"The output {name!r} has the shape {list(shape)}; a picture is (1, 1 or 3 or 4, height, width)."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    if shape[2] * shape[3] > max_px:
        message = f"The output {name!r} is a picture of {shape[3]} x {shape[2]} pixels; the most is {max_px} pixels."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    black, white = image_range
    values = check_finite(tensor, name)[0].transpose(1, 2, 0)
    return np.clip((values - black) * (255 / (white - black)) + 0.5, 0, 255).astype(np.uint8)


def check_finite(tensor: Array, name: str) -> Floats:
    """Take an output as float32. Raises: ModelFault(output_invalid) unless it is numbers, all of them finite."""
    if not np.issubdtype(tensor.dtype, np.floating) and not np.issubdtype(tensor.dtype, np.integer):
        message = f"The output {name!r} is {tensor.dtype.name}; numbers are expected."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    values = tensor.astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        bad = int(values.size - np.isfinite(values).sum())
        message = f"{bad} of the {values.size} values of the output {name!r} are not finite; finite ones are expected."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    return values
