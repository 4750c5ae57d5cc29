"""The numbers stored in a graph: that they are there, are as many as the shape says, are finite, and lie in the bundle."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from artrator.bundle.facts import ExternalData, GraphCaps
from artrator.bundle.paths import file_fault

_CHUNK_BYTES = 1 << 23
_MAX_OFFSET = 2**40
_EXTERNAL_KEYS = frozenset({"location", "offset", "length", "checksum"})

Bytes = bytes | memoryview


class _Kind(NamedTuple):
    """How a data type is stored: bits an element, the field of typed values, and how to see what is not finite.

    exponent: the bits that are all set in inf and nan (0: every value is finite); nan: single bit patterns.
    """

    name: str
    bits: int
    typed: str
    exponent: int = 0
    nan: tuple[int, ...] = ()


_KINDS: dict[int, _Kind] = {
    TensorProto.FLOAT: _Kind("float32", 32, "float_data", 0x7F800000),
    TensorProto.DOUBLE: _Kind("float64", 64, "double_data", 0x7FF0000000000000),
    TensorProto.FLOAT16: _Kind("float16", 16, "int32_data", 0x7C00),
    TensorProto.BFLOAT16: _Kind("bfloat16", 16, "int32_data", 0x7F80),
    TensorProto.FLOAT8E4M3FN: _Kind("float8_e4m3fn", 8, "int32_data", nan=(0x7F, 0xFF)),
    TensorProto.FLOAT8E4M3FNUZ: _Kind("float8_e4m3fnuz", 8, "int32_data", nan=(0x80,)),
    TensorProto.FLOAT8E5M2: _Kind("float8_e5m2", 8, "int32_data", 0x7C),
    TensorProto.FLOAT8E5M2FNUZ: _Kind("float8_e5m2fnuz", 8, "int32_data", nan=(0x80,)),
    TensorProto.INT8: _Kind("int8", 8, "int32_data"),
    TensorProto.INT16: _Kind("int16", 16, "int32_data"),
    TensorProto.INT32: _Kind("int32", 32, "int32_data"),
    TensorProto.INT64: _Kind("int64", 64, "int64_data"),
    TensorProto.UINT8: _Kind("uint8", 8, "int32_data"),
    TensorProto.UINT16: _Kind("uint16", 16, "int32_data"),
    TensorProto.UINT32: _Kind("uint32", 32, "uint64_data"),
    TensorProto.UINT64: _Kind("uint64", 64, "uint64_data"),
    TensorProto.BOOL: _Kind("bool", 8, "int32_data"),
    TensorProto.UINT4: _Kind("uint4", 4, "int32_data"),
    TensorProto.INT4: _Kind("int4", 4, "int32_data"),
    TensorProto.COMPLEX64: _Kind("complex64", 64, "float_data", 0x7F800000),
    TensorProto.COMPLEX128: _Kind("complex128", 128, "double_data", 0x7FF0000000000000),
}
_COMPLEX = (TensorProto.COMPLEX64, TensorProto.COMPLEX128)


class Weight(NamedTuple):
    """What was found of one tensor."""

    size_bytes: int
    finite: bool = True
    external: ExternalData | None = None
    faults: tuple[tuple[str, str], ...] = ()


def dtype_name(elem_type: int) -> str:
    """Give numpy's name of an ONNX data type, "" for one that is not known or not plain numbers."""
    kind = _KINDS.get(elem_type)
    return kind.name if kind is not None else ""


def small_integers(tensor: TensorProto, most: int = 64) -> tuple[int, ...] | None:
    """Give the whole numbers (or floats, rounded) of a short constant, None if it is long, elsewhere or broken."""
    if tensor.data_location == TensorProto.EXTERNAL:
        return None
    widths: dict[int, str] = {
        TensorProto.INT64: "<i8",
        TensorProto.INT32: "<i4",
        TensorProto.FLOAT: "<f4",
        TensorProto.DOUBLE: "<f8",
    }
    dtype = widths.get(tensor.data_type)
    if dtype is None:
        return None
    if tensor.raw_data:
        if len(tensor.raw_data) > most * 8 or len(tensor.raw_data) % np.dtype(dtype).itemsize:
            return None
        values: list[float] = np.frombuffer(tensor.raw_data, dtype=dtype).tolist()
    else:
        typed = _typed(tensor, _KINDS[tensor.data_type].typed)
        if len(typed) > most:
            return None
        values = typed.tolist()
    return tuple(math.ceil(value) for value in values if math.isfinite(value))


def examine(tensor: TensorProto, folder: Path, caps: GraphCaps) -> Weight:
    """Look at one tensor's values without making another copy of them whole."""
    if tensor.data_type == TensorProto.STRING:
        return Weight(sum(len(text) for text in tensor.string_data))
    kind = _KINDS.get(tensor.data_type)
    if kind is None:
        return _faulty("weight_type_unknown", f"has the data type {tensor.data_type}, which is not supported")
    elements = math.prod(tensor.dims) if all(dim >= 0 for dim in tensor.dims) else -1
    if len(tensor.dims) > 16 or not 0 <= elements <= caps.tensor_elements:
        return _faulty("weight_shape_impossible", f"has a shape {list(tensor.dims)[:8]} that overflows or is negative")
    expected = (elements * kind.bits + 7) // 8
    if tensor.data_location == TensorProto.EXTERNAL:
        return _external(tensor, kind, expected, folder)
    if tensor.external_data:
        return _faulty("external_data_unexpected", "names an external file but holds its values itself")
    return _inline(tensor, kind, elements, expected)


def _inline(tensor: TensorProto, kind: _Kind, elements: int, expected: int) -> Weight:
    if not tensor.raw_data:
        return _typed_weight(tensor, kind, elements, expected)
    if len(tensor.raw_data) != expected:
        return _faulty("weight_size_wrong", f"has {len(tensor.raw_data):,} bytes; its shape needs {expected:,}")
    return Weight(expected, _all_finite(kind, iter((tensor.raw_data,))) or _is_mask(tensor, kind))


def _is_mask(tensor: TensorProto, kind: _Kind) -> bool:
    """Tell a mask from a weight: minus infinity beside nothing but zeros hides tokens from attention, as CLIP's graphs do."""
    if not kind.exponent or tensor.data_type in _COMPLEX:
        return False
    bits = np.frombuffer(tensor.raw_data, dtype=np.dtype(f"<u{kind.bits // 8}"))
    return bool(np.isin(bits, (0, 1 << (kind.bits - 1) | kind.exponent)).all())


def _faulty(code: str, detail: str, size_bytes: int = 0, external: ExternalData | None = None) -> Weight:
    return Weight(size_bytes, True, external, ((code, detail),))


def _typed(tensor: TensorProto, field: str) -> npt.NDArray[np.generic]:
    match field:
        case "float_data":
            return np.asarray(tensor.float_data, dtype=np.float32)
        case "double_data":
            return np.asarray(tensor.double_data, dtype=np.float64)
        case "int64_data":
            return np.asarray(tensor.int64_data, dtype=np.int64)
        case "uint64_data":
            return np.asarray(tensor.uint64_data, dtype=np.uint64)
        case _:
            return np.asarray(tensor.int32_data, dtype=np.int32)


def _typed_weight(tensor: TensorProto, kind: _Kind, elements: int, expected: int) -> Weight:
    values = _typed(tensor, kind.typed)
    count = elements * 2 if tensor.data_type in _COMPLEX else elements
    if kind.bits < 8:
        count = (elements * kind.bits + 7) // 8
    if len(values) != count:
        return _faulty("weight_size_wrong", f"has {len(values):,} values; its shape needs {count:,}")
    if kind.typed in ("float_data", "double_data"):
        return Weight(expected, bool(np.isfinite(values.astype(np.float64)).all()))
    if kind.exponent or kind.nan:
        narrow = values.astype(np.uint16 if kind.bits == 16 else np.uint8)
        return Weight(expected, _all_finite(kind, iter((narrow.tobytes(),))))
    return Weight(expected)


def _all_finite(kind: _Kind, chunks: Iterator[Bytes]) -> bool:
    if not kind.exponent and not kind.nan:
        return True
    width = min(kind.bits, 64) if kind.name != "complex64" else 32
    dtype = np.dtype(f"<u{width // 8}")
    for chunk in chunks:
        for start in range(0, len(chunk), _CHUNK_BYTES):
            bits = np.frombuffer(chunk[start : start + _CHUNK_BYTES], dtype=dtype)
            if kind.exponent and bool(((bits & dtype.type(kind.exponent)) == kind.exponent).any()):
                return False
            if any(bool((bits == pattern).any()) for pattern in kind.nan):
                return False
    return True


def _external(tensor: TensorProto, kind: _Kind, expected: int, folder: Path) -> Weight:
    fields: dict[str, str] = {}
    for entry in tensor.external_data:
        if entry.key in fields or entry.key not in _EXTERNAL_KEYS:
            return _faulty("external_data_key", f"the external data has an unknown or repeated key {entry.key[:40]!r}")
        fields[entry.key] = entry.value
    offset, length = _number(fields.get("offset", "0")), _number(fields.get("length", str(expected)))
    location = fields.get("location", "")
    if offset is None or length is None:
        return _faulty("external_data_range", "the offset or length of the external data is no sensible number")
    place = ExternalData(tensor=tensor.name[:200], location=location[:200], offset_bytes=offset, length_bytes=length)
    fault = file_fault(folder, location)
    if fault is not None:
        return _faulty("external_data_path", f"the external file {location[:80]!r} {fault}", external=place)
    path = folder / location
    if length != expected or offset + length > path.stat().st_size:
        detail = f"{length:,} bytes at {offset:,} of {location[:80]!r} are not the {expected:,} bytes of its shape"
        return _faulty("external_data_range", detail, external=place)
    return Weight(expected, _all_finite(kind, _read(path, offset, length)), place)


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 13:
        return None
    value = int(text)
    return value if value <= _MAX_OFFSET else None


def _read(path: Path, offset: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while length > 0:
            chunk = file.read(min(length, _CHUNK_BYTES))
            if not chunk:
                return
            length -= len(chunk)
            yield chunk
