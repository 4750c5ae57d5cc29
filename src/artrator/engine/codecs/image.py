"""Pictures: from a stranger's file to pixels and back to a file, never more of them than the limit."""

from __future__ import annotations

import io
from collections.abc import Callable
from enum import StrEnum

import numpy as np
from PIL import Image, ImageOps

from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.execution.call import Pixels
from artrator.engine.fleet import OutputFile
from artrator.kernel.errors import Invalid, TooLarge

READABLE = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
"""Formats that are decoded; the others of Pillow are rare here and so less tried."""

OPAQUE = 255
_WIDE = {"I;16", "I;16L", "I;16B", "I;16N"}


class ImageFormat(StrEnum):
    """How pictures leave."""

    PNG = "png"
    WEBP = "webp"
    JPEG = "jpeg"


def image_format(name: str) -> ImageFormat:
    """Read the name of an output format. Raises: Invalid."""
    try:
        return ImageFormat("jpeg" if name.lower() == "jpg" else name.lower())
    except ValueError:
        known = ", ".join(each.value for each in ImageFormat)
        message = f"{name[:40]!r} is not an output format; the formats are {known}."
        raise Invalid("output_format_unknown", message, field="output_format") from None


def decode_image(data: bytes, *, limits: CodecLimits, field: str) -> Pixels:
    """Decode the first frame to (H, W, 3) uint8: upright by its EXIF, transparency on white, colour profile ignored.

    Raises: Invalid, TooLarge, both before any pixel is decoded where that can be known.
    """
    return _decode(data, _on_white, limits=limits, field=field)


def decode_mask(data: bytes, *, limits: CodecLimits, field: str) -> Pixels:
    """Decode a mask to (H, W, 3) uint8, white where it is open: where it is transparent, or else where it is white.

    Raises: as `decode_image`.
    """
    return _decode(data, _hole, limits=limits, field=field)


def _decode(data: bytes, flatten: Callable[[Image.Image], Image.Image], *, limits: CodecLimits, field: str) -> Pixels:
    if len(data) > limits.max_image_bytes:
        raise _too_large(f"{len(data)} bytes", f"{limits.max_image_bytes} bytes", field)
    try:
        with Image.open(io.BytesIO(data), formats=READABLE) as image:
            width, height = image.size
            check_size(width, height, max_px=limits.max_image_px, field=field)
            return np.asarray(_upright(flatten(image)), dtype=np.uint8)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large("far too many pixels", f"{limits.max_image_px} pixels", field) from None
    except TooLarge:
        raise
    except Exception:  # decoders raise OSError, SyntaxError, ValueError, struct.error, ... on a stranger's bytes
        message = f"{field} is not an image that can be read; send a whole PNG, JPEG, WebP, GIF, BMP or AVIF file."
        raise Invalid("image_malformed", message, field=field) from None


def check_size(width: int, height: int, *, max_px: int, field: str) -> None:
    """Refuse a picture of too many pixels. Raises: TooLarge."""
    if width * height > max_px:
        raise _too_large(f"{width} x {height} pixels", f"{max_px} pixels", field)


def encode_image(pixels: Pixels, chosen: ImageFormat) -> OutputFile:
    """Encode (H, W, 1|3|4) uint8."""
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    buffer = io.BytesIO()
    match chosen:
        case ImageFormat.PNG:
            image.save(buffer, "PNG", compress_level=3)
        case ImageFormat.WEBP:
            image.save(buffer, "WEBP", quality=90, method=2)
        case ImageFormat.JPEG:
            _on_white(image).save(buffer, "JPEG", quality=92)
    height_px, width_px = pixels.shape[:2]
    return OutputFile(
        media_type=f"image/{chosen.value}", data=buffer.getvalue(), width_px=width_px, height_px=height_px
    )


def resize(pixels: Pixels, *, height_px: int, width_px: int) -> Pixels:
    """Scale (H, W, C) to another size, with the aspect that it gives."""
    if pixels.shape[:2] == (height_px, width_px):
        return pixels
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    scaled = np.asarray(image.resize((width_px, height_px), Image.Resampling.LANCZOS), dtype=np.uint8)
    return scaled[:, :, None] if scaled.ndim == 2 else scaled


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a broken EXIF block says nothing about the pixels
        return image


def _on_white(image: Image.Image) -> Image.Image:
    """Make RGB of any mode; EXIF is kept for `_upright`."""
    if image.mode in _WIDE:
        wide = np.asarray(image, dtype=np.uint32)
        upright = Image.fromarray((wide // 257).astype(np.uint8))
    elif _has_alpha(image):
        seen = image.convert("RGBA")
        upright = Image.new("RGB", seen.size, "white")
        upright.paste(seen, mask=seen.getchannel("A"))
    else:
        upright = image
    return _as_rgb(upright, image)


def _hole(image: Image.Image) -> Image.Image:
    """Make RGB of a mask: a file with holes in it is meant by them, whatever colour the rest has."""
    if _has_alpha(image):
        alpha = image.convert("RGBA").getchannel("A")
        if alpha.getextrema() != (OPAQUE, OPAQUE):
            return _as_rgb(ImageOps.invert(alpha), image)
    return _on_white(image)


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info


def _as_rgb(image: Image.Image, original: Image.Image) -> Image.Image:
    converted = image.convert("RGB")
    if "exif" in original.info:
        converted.info["exif"] = original.info["exif"]
    return converted


def _too_large(found: str, allowed: str, field: str) -> TooLarge:
    return TooLarge("image_too_large", f"{field} has {found}; the most is {allowed}. Scale it down.", field=field)
