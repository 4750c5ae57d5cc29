"""Smaller pictures of our own outputs, drawn in a thread when they are first asked for and kept as blobs."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image

from artrator.kernel.errors import Invalid, NotFound
from artrator.predictions.prediction import StoredFile
from artrator.storage.blobs import BlobHead, Blobs

WIDTHS_PX = (320, 640)
MAX_PICTURE_PX = 32_000_000
"""Larger pictures have no thumbnail: drawing one would take more memory than a request may."""
MAX_PICTURE_BYTES = 64 << 20
MAX_ASPECT = 4
"""A thumbnail is at most so many times as high as it is wide; WebP knows no picture above 16,383 px."""
QUALITY = 80
DRAWN_AT_ONCE = 2
MEDIA_TYPE = "image/webp"
OUTPUTS = "outputs/"

_FORMATS: Mapping[str, str] = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A small picture as WebP."""

    data: bytes
    width_px: int
    height_px: int


def thumbnail_path(key: str) -> str:
    """Tell where the thumbnails of an output are served; sign this and add `&w=`."""
    return f"/thumbnails/{key}"


def has_thumbnail(file: StoredFile) -> bool:
    """Tell whether an output is a picture of which thumbnails can be drawn."""
    if file.media_type not in _FORMATS or file.width_px is None or file.height_px is None:
        return False
    return file.width_px * file.height_px <= MAX_PICTURE_PX and file.size_bytes <= MAX_PICTURE_BYTES


def thumbnail_size(file: StoredFile, width_px: int) -> tuple[int, int]:
    """Tell how wide and high a thumbnail of an output is, before it is drawn."""
    assert file.width_px is not None
    assert file.height_px is not None
    share = min(1.0, width_px / file.width_px, width_px * MAX_ASPECT / file.height_px)
    return max(1, round(file.width_px * share)), max(1, round(file.height_px * share))


def thumbnail_keys(file: StoredFile) -> Sequence[str]:
    """Name the blobs that may hold thumbnails of an output."""
    return [_key(file.key, width_px) for width_px in WIDTHS_PX] if has_thumbnail(file) else ()


class Thumbnails:
    """Draw thumbnails, few at once."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    async def draw(self, picture: bytes, width_px: int) -> Thumbnail:
        """Draw one, no wider than asked and never larger than the picture. Raises: Invalid."""
        async with self._drawing:
            return await asyncio.to_thread(_draw, picture, width_px)

    async def read(self, output_key: str, width_px: int) -> tuple[str, BlobHead, bytes]:
        """Give the blob of an output's thumbnail, drawn now if it never was.

        Raises: NotFound without such an output, or where it is no picture.
        """
        if not output_key.startswith(OUTPUTS):
            raise thumbnail_not_found()
        key = _key(output_key, width_px)
        if not await self._blobs.exists(key):
            await self._make(output_key, key, width_px)
        return key, await self._blobs.head(key), await self._blobs.get(key)

    async def _make(self, output_key: str, key: str, width_px: int) -> None:
        head = await self._blobs.head(output_key)
        if head.media_type not in _FORMATS or head.size_bytes > MAX_PICTURE_BYTES:
            raise thumbnail_not_found()
        try:
            thumbnail = await self.draw(await self._blobs.get(output_key), width_px)
        except Invalid as error:
            raise thumbnail_not_found() from error
        await self._blobs.put(key, thumbnail.data, media_type=MEDIA_TYPE)


def thumbnail_not_found() -> NotFound:
    """Say that an output has no thumbnail."""
    return NotFound("thumbnail_not_found", "This output has no thumbnail; ask for the output itself.")


def _key(output_key: str, width_px: int) -> str:
    return f"thumbnails/{width_px}/{PurePosixPath(output_key).with_suffix('.webp')}"


def _draw(picture: bytes, width_px: int) -> Thumbnail:
    try:
        with Image.open(io.BytesIO(picture), formats=tuple(_FORMATS.values())) as image:
            if image.width * image.height > MAX_PICTURE_PX:
                raise _unreadable()
            image.thumbnail((width_px, width_px * MAX_ASPECT), reducing_gap=2.0)
            small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except Invalid:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, ... on odd bytes
        raise _unreadable() from error
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=QUALITY, method=4)
    return Thumbnail(data=buffer.getvalue(), width_px=small.width, height_px=small.height)


def _unreadable() -> Invalid:
    return Invalid("picture_unreadable", f"This is no PNG, JPEG or WebP of at most {MAX_PICTURE_PX:,} pixels.")
