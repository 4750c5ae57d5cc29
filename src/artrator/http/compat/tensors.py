"""A model's tensors as the Open Inference Protocol names them, and the way of their bytes into a run and out of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from artrator.bundle.fields import (
    BooleanInput,
    InputField,
    IntegerInput,
    LatentInput,
    NumberInput,
    OutputField,
    SeedInput,
    TensorInput,
    TensorOutput,
)
from artrator.catalog.model import Runnable
from artrator.engine.codecs.tensor import NPY_MEDIA_TYPE, npy_header, read_npy
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array
from artrator.engine.fleet import OutputFile, OutputValue
from artrator.kernel.errors import Conflict, Invalid
from artrator.kernel.ids import Digest

DATATYPES: Mapping[str, str] = {
    "FP32": "<f4",
    "FP16": "<f2",
    "FP64": "<f8",
    "INT8": "|i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "UINT8": "|u1",
    "BOOL": "|b1",
}
"""The protocol's names, and how numpy writes the same little-endian numbers in a file."""
_NAMES = {np.dtype(written): name for name, written in DATATYPES.items()}
MAX_RANK = 8
MAX_REMEMBERED = 1024
SCALAR = (1,)


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input or output. shape: -1 where any size goes. is_file: a tensor; else one plain number of ours."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    is_file: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a model takes and gives."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTensor:
    """One tensor of a request: its values as raw bytes, or as the numbers of its JSON."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    raw: memoryview | None
    numbers: Sequence[Any] | None


_signatures: dict[Digest, Signature] = {}


def signature_of(runnable: Runnable) -> Signature:
    """Give the tensors of a version. Raises: Conflict `model_not_of_tensors` where it takes or gives anything else."""
    signature = _signatures.get(runnable.digest)
    if signature is None:
        if len(_signatures) >= MAX_REMEMBERED:
            _signatures.clear()
        manifest = runnable.manifest
        signature = _signatures[runnable.digest] = Signature(
            inputs={name: _input(name, field) for name, field in manifest.inputs.items()},
            outputs={name: _output(name, field) for name, field in manifest.outputs.items()},
        )
    return signature


def npy_of(given: GivenTensor) -> bytes:
    """Write a tensor as an .npy file. Raises: Invalid for a count, size or number that is not what it says to be."""
    field = f"inputs.{given.name}"
    written = DATATYPES[given.datatype]
    count = math.prod(given.shape)
    if given.raw is not None:
        wanted_bytes = count * np.dtype(written).itemsize
        if len(given.raw) != wanted_bytes:
            message = f"{field} has {len(given.raw)} bytes of values; its shape and datatype make {wanted_bytes}."
            raise Invalid("tensor_malformed", message, field=field)
        return b"".join((npy_header(written, given.shape), given.raw))
    values = _array(given, field)
    if values.size != count:
        message = f"{field} holds {values.size} numbers; its shape makes {count}."
        raise Invalid("tensor_malformed", message, field=field)
    return b"".join((npy_header(written, given.shape), _converted(values, np.dtype(written), field).tobytes()))


def number_of(given: GivenTensor) -> int | float | bool:
    """Give the one number of an input that is no tensor. Raises: Invalid."""
    value: int | float | bool = read_npy(npy_of(given), f"inputs.{given.name}").ravel()[0].item()
    return value


def check_given(given: GivenTensor, spec: TensorSpec) -> None:
    """Compare a tensor with what the model takes. Raises: Invalid."""
    field = f"inputs.{given.name}"
    if given.datatype != spec.datatype:
        message = f"{field} is of {given.datatype[:20]}; the model takes {spec.datatype}."
        raise Invalid("tensor_dtype_wrong", message, field=field)
    fits = len(given.shape) == len(spec.shape) and all(
        have > 0 and want in {-1, have} for have, want in zip(given.shape, spec.shape, strict=True)
    )
    if not fits:
        message = f"{field} has the shape {list(given.shape[:MAX_RANK])}; the model takes {list(spec.shape)}."
        raise Invalid("tensor_shape_wrong", message, field=field)


def tensor_of(name: str, value: OutputValue) -> tuple[str, Array]:
    """Read an output of the engine: its datatype and its values, C-contiguous. Raises: ModelFault."""
    if not isinstance(value, OutputFile) or value.media_type != NPY_MEDIA_TYPE:
        raise ModelFault(Fault.OUTPUT_INVALID, f"The output {name!r} is not a tensor.")
    values = read_npy(value.data, f"outputs.{name}")
    datatype = _NAMES.get(values.dtype)
    if datatype is None:
        raise ModelFault(
            Fault.OUTPUT_INVALID, f"The output {name!r} is of {values.dtype.name}, which has no name here."
        )
    return datatype, np.ascontiguousarray(values)


def numbers_of(name: str, values: Array) -> list[Any]:
    """Give an output's values as a flat list. Raises: ModelFault where one of them is not finite, which JSON cannot say."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        message = f"The output {name!r} holds values that are not finite; ask for binary data to see them."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    flat: list[Any] = values.ravel().tolist()
    return flat


def _array(given: GivenTensor, field: str) -> Array:
    try:
        values = np.array(given.numbers)
    except (ValueError, OverflowError):
        values = np.array(None)
    kinds = "b" if given.datatype == "BOOL" else "iuf"
    if values.dtype.kind not in kinds and values.size:
        raise Invalid(
            "tensor_malformed", f"{field} must hold {given.datatype} numbers in lists of equal lengths.", field=field
        )
    return values


def _converted(values: Array, dtype: np.dtype[Any], field: str) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        converted = values.astype(dtype)
    fits = np.isfinite(converted).all() if dtype.kind == "f" else np.array_equal(converted, values)
    if not fits:
        raise Invalid("tensor_dtype_wrong", f"{field} holds numbers that are not {dtype.name}.", field=field)
    return converted


def _input(name: str, field: InputField) -> TensorSpec:
    match field:
        case TensorInput(dtype=dtype, shape=shape):
            return TensorSpec(name=name, datatype=_name_of(dtype), shape=_sizes(shape))
        case LatentInput(shape=shape):
            return TensorSpec(name=name, datatype="FP32", shape=_sizes(shape))
        case NumberInput():
            return TensorSpec(name=name, datatype="FP64", shape=SCALAR, is_file=False)
        case IntegerInput() | SeedInput():
            return TensorSpec(name=name, datatype="INT64", shape=SCALAR, is_file=False)
        case BooleanInput():
            return TensorSpec(name=name, datatype="BOOL", shape=SCALAR, is_file=False)
        case _:
            raise _not_of_tensors(f"input {name!r} is {field.type}")


def _output(name: str, field: OutputField) -> TensorSpec:
    if not isinstance(field, TensorOutput):
        raise _not_of_tensors(f"output {name!r} is {field.type}")
    return TensorSpec(name=name, datatype=_name_of(field.dtype), shape=_sizes(field.shape or ("any",)))


def _name_of(dtype: str) -> str:
    return _NAMES[np.dtype(dtype)]


def _sizes(shape: Sequence[int | str]) -> tuple[int, ...]:
    return tuple(side if isinstance(side, int) else -1 for side in shape)


def _not_of_tensors(what: str) -> Conflict:
    return Conflict(
        "model_not_of_tensors", f"This API serves models of tensors, and this one's {what}; run it by /v1/predictions."
    )
