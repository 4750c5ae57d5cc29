"""Pictures from strangers."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from artrator.engine.codecs.image import ImageFormat, decode_image, decode_mask, encode_image, image_format, resize
from artrator.engine.codecs.limits import CodecLimits
from artrator.kernel.errors import ArtratorError, Invalid, TooLarge

LIMITS = CodecLimits(max_image_bytes=1_000_000, max_image_px=10_000, max_tensor_bytes=1_000_000)
FIELD = "inputs.image"


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decode(data: bytes) -> np.ndarray:
    return decode_image(data, limits=LIMITS, field=FIELD)


def outcome(data: bytes) -> str | None:
    """Name what came of it: pixels, or the field that the error names."""
    try:
        return "pixels" if decode(data).shape[2] == 3 else None
    except ArtratorError as error:
        return error.field


def huge_png(width: int, height: int) -> bytes:
    """A PNG that says that it is huge and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP", "AVIF", "JPEG"])
def test_every_readable_format_becomes_rgb(kind: str) -> None:
    pixels = decode(encoded(Image.new("RGB", (6, 4), (200, 30, 90)), kind))
    assert (pixels.shape, pixels.dtype) == ((4, 6, 3), np.uint8)
    assert np.abs(pixels.astype(int) - (200, 30, 90)).max() < 12


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = Image.new("I;16", (3, 3), 65535) if mode == "I;16" else Image.new("RGB", (3, 3), "white").convert(mode)
    pixels = decode(encoded(image, kind))
    assert pixels.shape == (3, 3, 3)
    assert pixels.min() > 250


def test_sixteen_bits_keep_their_brightness() -> None:
    pixels = decode(encoded(Image.new("I;16", (2, 2), 257 * 100)))
    assert (pixels == 100).all()


def test_transparency_lies_on_white() -> None:
    assert (decode(encoded(Image.new("RGBA", (2, 2), (0, 0, 0, 0)))) == 255).all()
    palette = Image.new("P", (2, 2), 0)
    assert (decode(encoded(palette, transparency=0)) == 255).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_is_turned_upright_by_its_exif(mode: str) -> None:
    image = Image.new(mode, (4, 2), "white")
    image.putpixel((0, 0), (255, 0, 0) if mode == "RGB" else (255, 0, 0, 255))
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = decode(encoded(image, exif=exif))
    assert pixels.shape == (4, 2, 3)
    assert tuple(pixels[0, 1]) == (255, 0, 0)


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "blue")]
    pixels = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert tuple(pixels[0, 0]) == (255, 0, 0)


@pytest.mark.parametrize(("width", "height"), [(101, 100), (50_000, 50_000), (2**31 - 1, 2**31 - 1), (20_000, 5_000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(width: int, height: int) -> None:
    with pytest.raises((TooLarge, Invalid)) as caught:
        decode(huge_png(width, height))
    assert caught.value.code in {"image_too_large", "image_malformed"}
    assert caught.value.field == FIELD


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(TooLarge) as caught:
        decode(b"\0" * 1_000_001)
    assert (caught.value.code, caught.value.field) == ("image_too_large", FIELD)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"%PDF-1.4", encoded(Image.new("RGB", (64, 64)))[:-40]])
def test_what_is_no_whole_image_is_refused_by_its_field(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        decode(data)
    assert (caught.value.code, caught.value.field) == ("image_malformed", FIELD)


@given(st.data())
def test_damaged_bytes_give_pixels_or_one_of_our_errors(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP"]))
    whole = bytearray(encoded(Image.radial_gradient("L").resize((12, 9)), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(whole)) in {"pixels", FIELD}


@pytest.mark.parametrize("chosen", ImageFormat)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_any_channels_leave_in_every_format(chosen: ImageFormat, channels: int) -> None:
    file = encode_image(np.full((5, 7, channels), 255, np.uint8), chosen)
    with Image.open(io.BytesIO(file.data)) as image:
        assert image.size == (7, 5) == (file.width_px, file.height_px)
        assert Image.MIME[image.format or ""] == file.media_type
        assert np.asarray(image.convert("RGB")).min() > 250


def test_png_gives_back_every_bit() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 5, 3), dtype=np.uint8)
    assert np.array_equal(decode(encode_image(pixels, ImageFormat.PNG).data), pixels)


def test_the_name_of_a_format_is_read_kindly_but_not_guessed() -> None:
    assert image_format("JPG") is ImageFormat.JPEG
    with pytest.raises(Invalid):
        image_format("tiff")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_scaling_keeps_the_channels(channels: int) -> None:
    assert resize(np.zeros((4, 4, channels), np.uint8), height_px=2, width_px=6).shape == (2, 6, channels)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_a_mask_is_open_where_it_is_transparent_whatever_colour_the_rest_has(mode: str) -> None:
    mask = Image.new(mode, (4, 2), "white")
    mask.putalpha(255)
    mask.paste(0, (0, 0, 2, 2))
    open_ = decode_mask(encoded(mask), limits=LIMITS, field=FIELD)
    assert open_[:, :, 0].tolist() == [[255, 255, 0, 0]] * 2


def test_a_mask_without_holes_is_open_where_it_is_white() -> None:
    mask = Image.new("RGBA", (4, 2), "black")
    mask.paste("white", (0, 0, 1, 2))
    open_ = decode_mask(encoded(mask), limits=LIMITS, field=FIELD)
    assert open_[:, :, 0].tolist() == [[255, 0, 0, 0]] * 2
