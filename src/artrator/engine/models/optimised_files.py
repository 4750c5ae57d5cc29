"""What an optimised copy of a bundle's graphs looks like on disk, for the server that keeps it and the worker that loads it."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

import msgspec

from artrator.bundle.config import Pipeline

OPTIMISED_GRAPH = "graph.onnx"
"""In a folder for each role."""
WEIGHTS_DESCRIPTOR = 200
"""Also the name of the file of weights, as the child that writes it reaches it by this number alone."""
FUSED = frozenset({Pipeline.TEXT_TO_IMAGE})
"""Pipelines in whose graphs spelled-out attention is worth looking for."""
REVISION = 3
"""Of what we do to a graph before and after the runtime does: one more whenever that changes, so that older copies are made anew."""
RECORD = "record.json"


class Record(msgspec.Struct, frozen=True):
    """The sha256 of each file, by its path in the copy's folder."""

    files: dict[str, str]


def machine_key() -> str:
    """Name what an optimised graph depends on beside the graph: we, the runtime, and what this processor can do."""
    words = (str(REVISION), version("onnxruntime"), platform.system(), platform.machine(), _processor_flags())
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def record_of(folder: Path) -> Record:
    """Read all files of a copy and name their digests. Raises: OSError, also for what is neither file nor folder."""
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise OSError(f"{path.name} is neither a file nor a folder")
        if path.is_file() and path != folder / RECORD:
            files[str(path.relative_to(folder))] = _sha256(path)
    return Record(files=files)


def is_whole(folder: Path) -> bool:
    """Tell whether a copy is what its record says, to the byte."""
    try:
        record = msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
        return record == record_of(folder)
    except (OSError, msgspec.MsgspecError):
        return False


def size_bytes(folder: Path) -> int:
    """Sum the bytes of a folder's files."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _processor_flags() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
