"""Tensors from strangers."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.bundle.facts import Dims, TensorSpec
from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.codecs.tensor import decode_tensor, encode_npy, tensor_as_json
from artrator.engine.errors import ModelFault
from artrator.kernel.errors import ArtratorError, Invalid, TooLarge

LIMITS = CodecLimits(max_image_bytes=1, max_image_px=1, max_tensor_bytes=100_000)
FIELD = "inputs.a"


def decode(data: bytes | str, dims: Dims = ("N", 2), dtype: str = "float32") -> np.ndarray:
    return decode_tensor(data, TensorSpec(name="a", dtype=dtype, dims=dims), limits=LIMITS, field=FIELD)


def saved(values: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def outcome(data: bytes) -> str | None:
    """Name what came of it: the dtype, or the field that the error names."""
    try:
        return decode(data).dtype.name
    except ArtratorError as error:
        return error.field


def npy_with_header(header: str, rest: bytes = b"") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + rest


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int8", "int32", "int64", "uint8", "bool"])
def test_an_npy_file_gives_its_values_back(dtype: str) -> None:
    values = np.array([[0, 1], [1, 1]], dtype)
    decoded = decode(saved(values), dtype=dtype)
    assert decoded.dtype == values.dtype
    assert np.array_equal(decoded, values)
    assert np.array_equal(decode(encode_npy(values).data, dtype=dtype), values)


def test_nested_lists_give_their_values() -> None:
    assert np.array_equal(decode("[[1, 2.5], [3, 4]]"), np.array([[1, 2.5], [3, 4]], np.float32))


def test_fortran_order_is_read_rightly() -> None:
    values = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(3, 2))
    assert np.array_equal(decode(saved(values)), values)


def test_wider_floats_are_narrowed_and_whole_numbers_become_floats() -> None:
    assert decode(saved(np.array([[0.1, 2.0]]))).dtype == np.float32
    assert decode(saved(np.array([[1, 2]]))).dtype == np.float32


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([[1.5, 2.0]]), "int64"),
        (np.array([[300, 1]]), "uint8"),
        (np.array([[-1, 1]]), "uint8"),
        (np.array([[1, 0]]), "bool"),
        (np.array([[True, False]]), "float32"),
        (np.array([[1e39, 0]]), "float32"),
    ],
)
def test_values_that_the_dtype_cannot_hold_are_refused(values: np.ndarray, dtype: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(saved(values), dtype=dtype)
    assert (caught.value.code, caught.value.field) == ("tensor_dtype_wrong", FIELD)


@pytest.mark.parametrize(
    "text", ["[[1, NaN]]", "[[1, Infinity]]", '[["a", "b"]]', "[[1], [2, 3]]", "{", "null", "[" * 9999, ""]
)
def test_what_is_no_list_of_numbers_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(text)
    assert (caught.value.code, caught.value.field) == ("tensor_malformed", FIELD)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(Invalid) as caught:
        decode(saved(np.array([[1.0, bad]])))
    assert caught.value.code == "tensor_not_finite"


@pytest.mark.parametrize("text", ["[1, 2]", "[[1, 2, 3]]", "[]", "[[[1, 2]]]", "7"])
def test_a_shape_that_does_not_fit_is_refused_with_the_one_that_does(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(text)
    assert caught.value.code == "tensor_shape_wrong"
    assert "['N', 2]" in caught.value.message


def test_pickles_are_never_read() -> None:
    with pytest.raises(Invalid) as caught:
        decode(saved(np.array([{"a": 1}], dtype=object), allow_pickle=True))
    assert caught.value.code == "tensor_malformed"


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2), }",
        "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,), }",
        "__import__('os').system('true')",
        "{",
    ],
)
def test_a_header_that_lies_is_refused_before_memory_is_taken(header: str) -> None:
    with pytest.raises(Invalid) as caught:
        decode(npy_with_header(header, b"\0" * 8))
    assert (caught.value.code, caught.value.field) == ("tensor_malformed", FIELD)


def test_more_bytes_than_the_limit_are_refused_as_sent_and_as_converted() -> None:
    with pytest.raises(TooLarge):
        decode(b"\0" * 100_001)
    with pytest.raises(TooLarge):
        decode(saved(np.zeros((10_000, 2), np.uint8)), dtype="float64")


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_tensor_or_one_of_our_errors(data: bytes, npy: bool) -> None:
    assert outcome(b"\x93NUMPY" + data if npy else data) in {"float32", FIELD}


def test_json_says_what_the_tensor_holds() -> None:
    assert json.dumps(tensor_as_json(np.array([[1, 2]]), "y")) == "[[1, 2]]"
    with pytest.raises(ModelFault):
        tensor_as_json(np.array([np.nan]), "y")
