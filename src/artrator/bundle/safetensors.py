"""Read a .safetensors file as the hostile input that it is: its header against its size, then one tensor at a time.

Source: https://huggingface.co/docs/safetensors, section "Format".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from artrator.bundle.paths import file_fault
from artrator.kernel.errors import Invalid, TooLarge

MAX_HEADER_BYTES = 16 << 20
MAX_TENSORS = 20_000
_LENGTH_BYTES = 8
_MAX_DIMS, _MAX_DIM = 8, 2**31 - 1
_METADATA = "__metadata__"
_WIDTHS: Mapping[str, int] = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""Bytes of a value, of the types that weights have."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dtype: str
    shape: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=_MAX_DIM)], ...], msgspec.Meta(max_length=_MAX_DIMS)]
    data_offsets: tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]]


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where a tensor lies in its file, and as what."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SafetensorsFile:
    """The tensors of a file by name, and its free text."""

    path: Path
    tensors: Mapping[str, StoredTensor]
    metadata: Mapping[str, str]

    def read(self, name: str) -> NDArray[np.floating]:
        """Read one tensor: float32, but float16 and float64 as they are. Raises: Invalid where the file broke off."""
        stored = self.tensors[name]
        with self.path.open("rb") as file:
            file.seek(stored.begin)
            data = file.read(stored.size_bytes)
        if len(data) != stored.size_bytes:
            raise _malformed("it breaks off")
        if stored.dtype == "BF16":
            wide = np.frombuffer(data, "<u2").astype(np.uint32) << 16
            return wide.view(np.float32).reshape(stored.shape)
        values = np.frombuffer(data, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}[stored.dtype])
        return values.reshape(stored.shape)


def open_safetensors(folder: Path, path: str) -> SafetensorsFile:
    """Read the header of a file of a bundle: every byte after it belongs to exactly one tensor.

    Raises: Invalid, TooLarge; nothing else, whatever the bytes.
    """
    fault = file_fault(folder, path)
    if fault is not None:
        raise Invalid("safetensors_unreadable", f"The file {path[:80]!r} {fault}.", field="lora.file")
    file_bytes = (folder / path).stat().st_size
    with (folder / path).open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if file_bytes < _LENGTH_BYTES or length > file_bytes - _LENGTH_BYTES:
            raise _malformed("its header is longer than the file")
        if length > MAX_HEADER_BYTES:
            raise TooLarge(
                "safetensors_too_large", f"A header has at most {MAX_HEADER_BYTES:,} bytes.", field="lora.file"
            )
        header = file.read(length)
    entries, metadata = _decoded(header)
    if len(entries) > MAX_TENSORS:
        raise TooLarge("safetensors_too_large", f"A file has at most {MAX_TENSORS:,} tensors.", field="lora.file")
    data_begin = _LENGTH_BYTES + length
    tensors = {name: _stored(name, entry, data_begin) for name, entry in entries.items()}
    _check_cover(tensors, data_begin, file_bytes)
    return SafetensorsFile(folder / path, tensors, metadata)


def _decoded(header: bytes) -> tuple[Mapping[str, _Entry], Mapping[str, str]]:
    try:
        parts = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(parts.pop(_METADATA, b"{}"), type=dict[str, str])
        return {name: msgspec.json.decode(raw, type=_Entry) for name, raw in parts.items()}, metadata
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _malformed(f"its header is not understood: {' '.join(str(error).split())[:120]}") from None


def _stored(name: str, entry: _Entry, data_begin: int) -> StoredTensor:
    width = _WIDTHS.get(entry.dtype)
    if width is None:
        raise _malformed(f"{name[:80]!r} is of the type {entry.dtype[:20]!r}; known are {', '.join(_WIDTHS)}")
    begin, end = entry.data_offsets
    expected = math.prod(entry.shape) * width
    if end - begin != expected:
        raise _malformed(f"{name[:80]!r} lies in {end - begin:,} bytes; its shape needs {expected:,}")
    return StoredTensor(entry.dtype, entry.shape, data_begin + begin, expected)


def _check_cover(tensors: Mapping[str, StoredTensor], data_begin: int, file_bytes: int) -> None:
    """See that tensors neither overlap nor leave gaps in which something could hide."""
    place = data_begin
    for name, each in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].size_bytes)):
        if each.begin != place:
            raise _malformed(f"{name[:80]!r} overlaps another tensor, or leaves a gap before it")
        place += each.size_bytes
    if place != file_bytes:
        raise _malformed("its tensors end elsewhere than the file")


def _malformed(reason: str) -> Invalid:
    return Invalid("safetensors_malformed", f"This is not a .safetensors file: {reason}.", field="lora.file")
