"""The pictures of a film, read one at a time and made to fit one size, so that a long film takes no more memory than a short one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

MIN_SIDE_PX = 64
"""AV1's encoder takes no smaller pictures; they are shown larger, pixel by pixel."""

Read = Callable[[int], bytes]
"""Gives the file of a picture by its place among those that there are; called from a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """What a film shows. order: places of pictures, as often as they are shown. max_side_px: of the film."""

    read: Read
    order: Sequence[int]
    fps: int
    max_side_px: int

    def pictures(self) -> Iterator[Image.Image]:
        """Give each picture in turn, RGB, all of the same even size."""
        size: tuple[int, int] | None = None
        for place in self.order:
            picture = _decoded(self.read(place))
            size = size or _size(picture, self.max_side_px)
            yield _fitted(picture, size)


def _decoded(file: bytes) -> Image.Image:
    with Image.open(io.BytesIO(file), formats=("PNG", "JPEG", "WEBP")) as picture:
        if "A" not in picture.getbands():
            return picture.convert("RGB")
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture.convert("RGBA"))
        return white.convert("RGB")


def _size(first: Image.Image, max_side_px: int) -> tuple[int, int]:
    """Choose a size near the first picture's: even sides, as chroma has half of them, none too small or too large."""
    longest, shortest = max(first.size), min(first.size)
    scale = min(1.0, max_side_px / longest)
    if shortest < MIN_SIDE_PX:
        scale = float(-(-MIN_SIDE_PX // shortest))
    return _even(first.width * scale), _even(first.height * scale)


def _even(side_px: float) -> int:
    return max(2, 2 * round(side_px / 2))


def _fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    if picture.size == size:
        return picture
    if max(abs(have - want) for have, want in zip(picture.size, size, strict=True)) <= 1:
        # an odd side is cut or repeats its last line: resampling would blur the whole picture for it
        return picture.transform(size, Image.Transform.EXTENT, (0, 0, *size), Image.Resampling.NEAREST)
    smaller = size[0] < picture.width
    return picture.resize(size, Image.Resampling.LANCZOS if smaller else Image.Resampling.NEAREST)
