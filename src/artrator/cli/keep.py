"""Keep what a model made: pictures, arrays and bytes as files, text and JSON where a file is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artrator.kernel.errors import Invalid, NotFound


def check_place(output: Path | None) -> None:
    """Find out before the run whether its output can be written. Raises: NotFound, Invalid."""
    if output is None:
        return
    if output.is_dir():
        raise Invalid("output_is_folder", f"{output} is a folder; name a file.", field="output")
    if not output.absolute().parent.is_dir():
        raise NotFound("folder_not_found", f"There is no folder {output.parent}.", field="output")


def check_picture_ending(output: Path | None) -> None:
    """Find out before the run whether a picture can have this name. Raises: Invalid."""
    if output is not None and output.suffix.lower() not in Image.registered_extensions():
        raise Invalid(
            "output_format_unknown",
            f"{output.name}: no picture format has this ending; use .png, .webp or .jpg.",
            field="output",
        )


def keep(value: object, output: Path | None, name: str) -> list[Path]:
    """Write pictures, arrays and bytes to files and give the files; JSON and text only where a file is named.

    name: what a file without a given name is called, without its ending.
    """
    pictures = _pictures(value)
    if pictures:
        first = output or Path(f"{name}.png")
        return [path for index, each in enumerate(pictures) for path in keep(each, _numbered(first, index), name)]
    match value:
        case Image.Image():
            path = output or Path(f"{name}.png")
            _write_image(value, path)
        case bytes():
            path = output or Path(f"{name}.bin")
            path.write_bytes(value)
        case np.ndarray():
            path = output or Path(f"{name}.npy")
            with path.open("wb") as file:  # given a path, numpy would add an ending of its own
                np.save(file, cast("NDArray[np.generic]", value), allow_pickle=False)
        case _ if output is not None:
            path = output
            path.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
        case _:
            return []
    return [path]


def _pictures(value: object) -> list[Image.Image]:
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return [each for each in listed if isinstance(each, Image.Image)]


def _numbered(output: Path, index: int) -> Path:
    return output.with_stem(f"{output.stem}-{index}")


def _write_image(picture: Image.Image, path: Path) -> None:
    check_picture_ending(path)
    opaque = path.suffix.lower() in {".jpg", ".jpeg"} and picture.mode not in {"RGB", "L"}
    (picture.convert("RGB") if opaque else picture).save(path)
