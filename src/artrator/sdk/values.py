"""Python values on their way to a model and back: pictures, arrays, files."""

from __future__ import annotations

import base64
import io
import json
import mimetypes
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artrator.kernel.errors import Invalid, NotFound

MAX_INLINE_BYTES = 256 * 1024
"""A file up to this size travels inside the request; a larger one is uploaded first."""


def as_file(value: object) -> tuple[str, bytes, str] | None:
    """Give (file name, content, media type) of a value that travels as a file, None for any other value.

    Pictures become PNG, paths are read, bytes are taken as they are.
    Raises: NotFound when a path names no file.
    """
    if isinstance(value, Image.Image):
        buffer = io.BytesIO()
        value.save(buffer, "PNG")
        return "picture.png", buffer.getvalue(), "image/png"
    if isinstance(value, Path):
        if not value.is_file():
            raise NotFound("file_not_found", f"There is no file {value}.")
        return value.name, value.read_bytes(), mimetypes.guess_type(value.name)[0] or "application/octet-stream"
    if isinstance(value, (bytes, bytearray)):
        return "file", bytes(value), "application/octet-stream"
    return None


def as_json(name: str, value: object) -> object:
    """Give the JSON of a value that is no file. Raises: Invalid for what JSON cannot say."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = cast("NDArray[np.float64]", value).tolist()
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(value).__name__
        message = f"The input {name!r} ({kind}) cannot be sent to a model: {error}."
        raise Invalid("input_not_sendable", message, field=name) from error
    return value


def data_url(content: bytes, media_type: str) -> str:
    """Write a small file as a `data:` URL (RFC 2397)."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def from_file(content: bytes, media_type: str) -> object:
    """Give the Python value of an output file: a picture, an array, or the bytes themselves."""
    if media_type.startswith("image/"):
        picture = Image.open(io.BytesIO(content))
        picture.load()
        return picture
    if media_type in {"application/x-npy", "application/vnd.numpy"}:
        return np.load(io.BytesIO(content), allow_pickle=False)
    return content
