"""The sizes that the codecs refuse to exceed, checked before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecLimits:
    """Of one file or tensor, in or out."""

    max_image_bytes: int
    max_image_px: int
    max_tensor_bytes: int
