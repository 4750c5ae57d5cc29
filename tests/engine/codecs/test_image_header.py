"""A picture's size from its first bytes: the one that Pillow reads, or nothing, and never an error."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from artrator.engine.codecs.image_header import MAX_SEGMENTS, stated_size

SIZE = (301, 17)


def encoded(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, (9, 80, 200)).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + b"\0" * 500}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0II*\0"}),
    ],
)
def test_the_size_is_the_one_that_the_decoder_finds(kind: str, options: dict[str, object]) -> None:
    assert stated_size(encoded(kind, **options)) == SIZE


def test_a_bitmap_from_the_top_down_has_its_size() -> None:
    data = bytearray(encoded("BMP"))
    struct.pack_into("<i", data, 22, -SIZE[1])
    assert stated_size(bytes(data)) == SIZE


def test_a_bitmap_of_the_first_kind_has_its_size() -> None:
    assert stated_size(b"BM" + bytes(12) + struct.pack("<IHHHH", 12, *SIZE, 1, 24)) == SIZE


def test_a_jpeg_of_nothing_but_segments_is_given_up() -> None:
    assert stated_size(b"\xff\xd8" + b"\xff\xe1\x00\x02" * (MAX_SEGMENTS + 1) + encoded("JPEG")[2:]) is None


@given(kind=st.sampled_from(["PNG", "GIF", "BMP", "JPEG", "WEBP"]), data=st.data())
def test_damaged_bytes_never_raise(kind: str, data: st.DataObject) -> None:
    whole = bytearray(encoded(kind)[:200])
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    found = stated_size(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    assert found is None or np.min(found) >= 0


@given(st.binary(max_size=100))
def test_any_bytes_give_a_size_or_nothing(data: bytes) -> None:
    stated_size(data)
