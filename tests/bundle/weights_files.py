"""Write .safetensors files, honest and other ones, byte by byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {"float32": "F32", "float16": "F16", "float64": "F64"}


def write(path: Path, tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> Path:
    """Write tensors as the format has it."""
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    data = b""
    for name, values in tensors.items():
        begin = len(data)
        data += np.ascontiguousarray(values).tobytes()
        header[name] = {
            "dtype": TYPES[values.dtype.name],
            "shape": list(values.shape),
            "data_offsets": [begin, len(data)],
        }
    return write_raw(path, json.dumps(header).encode(), data)


def write_raw(path: Path, header: bytes, data: bytes = b"", *, length: int | None = None) -> Path:
    """Write a header and data as they are, with the length that is claimed for the header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((len(header) if length is None else length).to_bytes(8, "little") + header + data)
    return path
