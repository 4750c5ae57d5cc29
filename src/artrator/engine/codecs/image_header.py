"""How large a picture says that it is, read from its first bytes without a decoder: cheap enough for every request."""

from __future__ import annotations

import struct

MAX_SEGMENTS = 1000
"""Of a JPEG; cameras write a few dozen before the one that tells the size."""
_NOT_FRAMES = frozenset({0xC4, 0xC8, 0xCC})


def stated_size(data: bytes) -> tuple[int, int] | None:
    """Give (width, height) of a PNG, JPEG, WebP, GIF or BMP; None where the first bytes do not tell."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return _pair(">II", data, 16)
        if data.startswith((b"GIF87a", b"GIF89a")):
            return _pair("<HH", data, 6)
        if data.startswith(b"BM"):
            return _bmp(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        return _jpeg(data) if data.startswith(b"\xff\xd8") else None
    except (struct.error, IndexError):  # cut short: what is not there says nothing
        return None


def _pair(form: str, data: bytes, offset: int) -> tuple[int, int]:
    width, height = struct.unpack_from(form, data, offset)
    return width, height


def _bmp(data: bytes) -> tuple[int, int]:
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    if header_bytes == 12:
        return _pair("<HH", data, 18)
    width, height = _pair("<ii", data, 18)
    return abs(width), abs(height)  # from the top down where it is negative


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[start : start + 3], "little") + 1 for start in (24, 27))
        return width, height
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = _pair("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Walk the segments to the one that begins a frame. Source: ITU-T T.81, annex B."""
    place = 2
    for _ in range(MAX_SEGMENTS):
        marker = data[place + 1]
        if data[place] != 0xFF:
            return None
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES:
            height, width = _pair(">HH", data, place + 5)
            return width, height
        (segment_bytes,) = struct.unpack_from(">H", data, place + 2)
        place += 2 + segment_bytes
    return None
