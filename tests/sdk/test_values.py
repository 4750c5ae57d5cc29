"""Python values become inputs, and outputs become Python values."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artrator.kernel.errors import Invalid, NotFound
from artrator.sdk.values import as_file, as_json, data_url, from_file


def test_a_picture_a_path_and_bytes_travel_as_files(tmp_path: Path) -> None:
    picture = as_file(Image.new("RGB", (2, 2)))
    assert picture is not None
    assert picture[2] == "image/png"
    (tmp_path / "a.jpg").write_bytes(b"x")
    assert as_file(tmp_path / "a.jpg") == ("a.jpg", b"x", "image/jpeg")
    assert as_file(b"x") == ("file", b"x", "application/octet-stream")
    assert as_file("https://example.org/a.jpg") is None


def test_a_path_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        as_file(tmp_path / "nothing")


def test_arrays_and_numbers_of_numpy_become_json() -> None:
    assert as_json("x", np.ones((1, 2), np.float32)) == [[1.0, 1.0]]
    assert as_json("x", np.int64(7)) == 7
    assert as_json("x", {"a": [1, None, True, "b"]}) == {"a": [1, None, True, "b"]}


@pytest.mark.parametrize(
    "value", [float("nan"), [1.0, float("inf")], np.array([np.nan]), object(), [b"x"], {1, 2}, 1j], ids=repr
)
def test_what_json_cannot_say_is_invalid_and_names_the_input(value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        as_json("latent", value)
    assert refusal.value.field == "latent"


def test_files_become_pictures_arrays_or_bytes() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, "PNG")
    picture = from_file(buffer.getvalue(), "image/png")
    assert isinstance(picture, Image.Image)
    assert picture.size == (3, 2)
    array = io.BytesIO()
    np.save(array, np.arange(3))
    assert np.array_equal(np.asarray(from_file(array.getvalue(), "application/x-npy")), [0, 1, 2])
    assert from_file(b"sound", "audio/wav") == b"sound"


def test_a_small_file_becomes_a_data_url() -> None:
    assert data_url(b"hi", "text/plain") == "data:text/plain;base64,aGk="
