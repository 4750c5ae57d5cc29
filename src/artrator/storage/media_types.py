"""Which media types we write, the suffix of each, and which of them a browser may show in place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"

SUFFIX_OF_MEDIA_TYPE: Mapping[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "application/json": ".json",
    "application/zip": ".zip",
    "application/onnx": ".onnx",
    "application/x-npy": ".npy",
    "application/yaml": ".yaml",
    "text/plain": ".txt",
    "text/csv": ".csv",
    UNKNOWN: ".bin",
}
_MEDIA_TYPE_OF_SUFFIX = {suffix: media_type for media_type, suffix in SUFFIX_OF_MEDIA_TYPE.items()}
_SHOWN_IN_PLACE = frozenset(
    each for each in SUFFIX_OF_MEDIA_TYPE if each.partition("/")[0] in {"image", "video", "audio"}
)


def suffix_of(media_type: str) -> str:
    """Give the suffix for a new blob's key: `.png`; `.bin` for a type that is not in the table."""
    return SUFFIX_OF_MEDIA_TYPE.get(media_type, SUFFIX_OF_MEDIA_TYPE[UNKNOWN])


def media_type_of(key: str) -> str:
    """Tell what a key's suffix says."""
    return _MEDIA_TYPE_OF_SUFFIX.get(PurePosixPath(key).suffix, UNKNOWN)


def is_shown_in_place(media_type: str) -> bool:
    """Tell whether a browser may show it; everything else (SVG among it) is only ever downloaded."""
    return media_type in _SHOWN_IN_PLACE


def is_picture(media_type: str) -> bool:
    """Tell whether it is a picture that a browser may show."""
    return media_type.startswith("image/") and is_shown_in_place(media_type)
