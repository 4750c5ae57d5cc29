"""A bundle as people point at it: a folder, a zip, or a plain .onnx file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from artrator.bundle.pack import pack, unpack
from artrator.kernel.errors import Invalid, NotFound


@contextmanager
def as_folder(path: Path) -> Generator[Path]:
    """Give the bundle's folder; a zip is unpacked and a graph copied to a temporary one.

    Raises: NotFound, Invalid; whatever unpacking a hostile zip meets.
    """
    if path.is_dir():
        yield path
        return
    _require_file(path)
    with tempfile.TemporaryDirectory(prefix="artrator-") as temporary:
        folder = Path(temporary) / path.stem
        if path.suffix == ".onnx":
            folder.mkdir()
            shutil.copy(path, folder / path.name)
        elif path.suffix == ".zip":
            unpack(path, folder)
        else:
            raise Invalid("bundle_unknown", f"{path.name} is neither a folder, a .zip nor an .onnx file.", field="path")
        yield folder


@contextmanager
def as_archive(path: Path) -> Generator[Path]:
    """Give one file to upload: a zip or a graph as it is, a folder packed. Raises: NotFound, Invalid."""
    if not path.is_dir():
        _require_file(path)
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="artrator-") as temporary:
        archive = Path(temporary) / f"{path.resolve().name}.zip"
        pack(path, archive)
        yield archive


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise NotFound("path_not_found", f"There is no {path}.", field="path")
