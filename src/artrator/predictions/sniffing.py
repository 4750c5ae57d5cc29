"""Tell what a file is by its first bytes, whatever its sender calls it."""

from __future__ import annotations

from collections.abc import Mapping

from artrator.storage.media_types import UNKNOWN

_BEGINNINGS: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"fLaC": "audio/flac",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\x93NUMPY": "application/x-npy",
}
_RIFF_FORMS: Mapping[bytes, str] = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_ISO_BRANDS: Mapping[bytes, str] = {b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic"}


def sniff(content: bytes) -> str:
    """Give the media type; `application/octet-stream` for what is not known."""
    if content[:4] == b"RIFF":
        return _RIFF_FORMS.get(content[8:12], UNKNOWN)
    if content[4:8] == b"ftyp":
        return _ISO_BRANDS.get(content[8:12], UNKNOWN)
    if len(content) > 1 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    return next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), UNKNOWN)
