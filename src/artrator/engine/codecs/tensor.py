"""Tensors: from .npy bytes or JSON text to arrays of the dtype and shape that a graph takes, and back."""

from __future__ import annotations

import io
import json
import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib import format as npy

from artrator.bundle.facts import TensorSpec
from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array, Json
from artrator.engine.fleet import OutputFile
from artrator.kernel.errors import Invalid, TooLarge

NPY_MEDIA_TYPE = "application/x-npy"
_MAX_HEADER_BYTES = 10_000
_MAX_RANK = 16


def decode_tensor(data: bytes | str, spec: TensorSpec, *, limits: CodecLimits, field: str) -> Array:
    """Read a tensor that fits a graph's input.

    data: an .npy file, or JSON text of nested lists. Numbers are converted where that loses nothing but float
    precision. Raises: Invalid, TooLarge, before memory is taken for what does not fit.
    """
    if len(data) > limits.max_tensor_bytes:
        message = f"{field} has {len(data)} bytes; the most is {limits.max_tensor_bytes}."
        raise TooLarge("tensor_too_large", message, field=field)
    is_npy = isinstance(data, bytes) and data.startswith(npy.MAGIC_PREFIX)
    values = read_npy(data, field) if is_npy and isinstance(data, bytes) else _read_json(data, field)
    if math.prod(values.shape) * np.dtype(spec.dtype).itemsize > limits.max_tensor_bytes:
        message = f"{field} is too large; the most is {limits.max_tensor_bytes} bytes as {spec.dtype}."
        raise TooLarge("tensor_too_large", message, field=field)
    check_shape(values.shape, spec.dims, field=field)
    return _convert(values, spec.dtype, field)


def check_shape(shape: tuple[int, ...], dims: tuple[int | str | None, ...], *, field: str) -> None:
    """Compare a shape with a graph's. Raises: Invalid."""
    fits = len(shape) == len(dims) and all(
        have == want for have, want in zip(shape, dims, strict=True) if isinstance(want, int)
    )
    if not fits or 0 in shape:
        wanted = [dim if dim is not None else "?" for dim in dims]
        message = f"{field} has the shape {list(shape)}; it must be {wanted}, no side of it empty."
        raise Invalid("tensor_shape_wrong", message, field=field)


def tensor_as_json(values: Array, name: str) -> Json:
    """Give a tensor as nested lists. Raises: ModelFault(output_invalid) where it holds what JSON cannot say."""
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        message = f"The output {name!r} holds values that are not finite; finite ones are expected."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    listed: Json = values.tolist()
    return listed


def encode_npy(values: Array) -> OutputFile:
    """Give a tensor as an .npy file, bit for bit."""
    # numpy.save writes the header anew for each, which takes longer than a small graph's whole evaluation
    raw = np.ascontiguousarray(values).data.cast("B") if values.size else b""
    return OutputFile(media_type=NPY_MEDIA_TYPE, data=b"".join((npy_header(values.dtype.str, values.shape), raw)))


@lru_cache(maxsize=1024)
def npy_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """Give what an .npy file of a dtype (as numpy writes it: `<f4`) and a shape begins with."""
    stream = io.BytesIO()
    npy.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue()


def read_npy(data: bytes, field: str) -> Array:
    """Read an .npy file as a view of its bytes, so that a lying header costs nothing. Raises: Invalid."""
    length = int.from_bytes(data[8:10], "little") if data[6:8] == b"\x01\x00" else int.from_bytes(data[8:12], "little")
    begin = (10 if data[6:8] == b"\x01\x00" else 12) + length
    if length > _MAX_HEADER_BYTES or begin > len(data):
        raise _malformed(field)
    shape, fortran, dtype = _read_header(data[:begin], field)
    rest = memoryview(data)[begin:]
    if dtype.hasobject or dtype.kind not in "biuf" or len(shape) > _MAX_RANK or any(side < 0 for side in shape):
        message = f"{field} must be an .npy file of plain numbers, with at most {_MAX_RANK} axes."
        raise Invalid("tensor_malformed", message, field=field)
    if math.prod(shape) * dtype.itemsize != len(rest):
        message = f"{field} holds {len(rest)} bytes of values; its header says {math.prod(shape) * dtype.itemsize}."
        raise Invalid("tensor_malformed", message, field=field)
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")


@lru_cache(maxsize=1024)
def _read_header(header: bytes, field: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    # remembered: numpy reads it as Python source, which takes longer than a small graph's whole evaluation
    stream = io.BytesIO(header)
    try:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        return read(stream, max_header_size=_MAX_HEADER_BYTES)
    except Exception:  # numpy raises ValueError, SyntaxError, struct.error, ... on a stranger's bytes
        raise _malformed(field) from None


def _malformed(field: str) -> Invalid:
    return Invalid("tensor_malformed", f"{field} is not an .npy file that can be read.", field=field)


def _read_json(data: bytes | str, field: str) -> Array:
    try:
        raw: Any = json.loads(data, parse_constant=_refuse)
        values = np.array(raw)
    except (ValueError, RecursionError):
        message = f"{field} must be an .npy file, or nested lists of numbers of equal lengths."
        raise Invalid("tensor_malformed", message, field=field) from None
    if values.dtype.kind not in "biuf":
        raise Invalid("tensor_malformed", f"{field} must hold numbers only.", field=field)
    return values


def _refuse(word: str) -> float:
    raise ValueError(word)


def _convert(values: Array, dtype: str, field: str) -> Array:
    wanted = np.dtype(dtype)
    if values.dtype == wanted and values.flags.c_contiguous and (wanted.kind != "f" or np.isfinite(values).all()):
        return values
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise Invalid("tensor_not_finite", f"{field} holds values that are not finite.", field=field)
    with np.errstate(over="ignore", invalid="ignore"):
        converted = np.ascontiguousarray(values, dtype=wanted)
    loses = not np.isfinite(converted).all() if wanted.kind == "f" else not np.array_equal(converted, values)
    if loses or (wanted.kind == "b") != (values.dtype.kind == "b"):
        message = f"{field} holds {values.dtype.name} values that are not {dtype}."
        raise Invalid("tensor_dtype_wrong", message, field=field)
    return converted
