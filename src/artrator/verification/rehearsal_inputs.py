"""Inputs to rehearse a version with: its own examples, or else made-up ones that any honest version can take."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

import numpy as np
from PIL import Image

from artrator.bundle.facts import TensorSpec
from artrator.bundle.fields import (
    AudioInput,
    BooleanInput,
    ChoiceInput,
    FileInput,
    ImageInput,
    InputField,
    IntegerInput,
    LatentInput,
    NumberInput,
    SeedInput,
    TensorInput,
    TextInput,
    default_of,
    is_required,
)
from artrator.bundle.inputs import FileReference, check_inputs, fill_seeds
from artrator.bundle.manifest import Manifest
from artrator.bundle.paths import file_fault
from artrator.engine.fleet import InputValue
from artrator.kernel.errors import Invalid, TooLarge

SEEDS = (1, 2)
MAX_EXAMPLE_BYTES = 16 * 1024 * 1024
MAX_TENSOR_ELEMENTS = 2**24
PICTURE_SIDE_PX = 192
SYMBOLIC_SIZE = 8
"""What a named size other than the batch is in made-up tensors."""

Specs = Mapping[str, TensorSpec]


def rehearsal_inputs(manifest: Manifest, folder: Path, specs: Specs) -> list[Mapping[str, InputValue]]:
    """Make one set of inputs for each seed. specs: the graph's inputs by name.

    Raises: Invalid where an example is wrong or an input cannot be made up.
    """
    examples = [*manifest.examples[: len(SEEDS)], *({} for _ in SEEDS)][: len(SEEDS)]
    return [_complete(manifest, folder, specs, example, seed) for example, seed in zip(examples, SEEDS, strict=True)]


def _complete(
    manifest: Manifest, folder: Path, specs: Specs, example: Mapping[str, object], seed: int
) -> dict[str, InputValue]:
    given = dict(example)
    made: dict[str, InputValue] = {}
    for name, field in manifest.inputs.items():
        if name not in given and is_required(field):
            made[name] = _made_up(name, field, specs.get(name), seed)
    # what was made up keeps its field by construction; the example is checked as a request is
    rest = manifest.model_copy(
        update={"inputs": {name: field for name, field in manifest.inputs.items() if name not in made}}
    )
    checked = fill_seeds(check_inputs(rest, given), lambda: seed)
    return {**made, **{name: example_value(value, folder, name) for name, value in checked.items()}}


def example_value(value: str | int | float | bool | FileReference | None, folder: Path, name: str) -> InputValue:
    """Give an example's value, and for a file of the bundle its content. Raises: Invalid, TooLarge."""
    if not isinstance(value, FileReference):
        return value
    fault = file_fault(folder, value.url)
    if fault is not None:
        raise Invalid("example_file_missing", f"The example's file {value.url[:80]!r} {fault}.", field=f"inputs.{name}")
    path = folder / value.url
    if path.stat().st_size > MAX_EXAMPLE_BYTES:
        message = f"The example's file {value.url[:80]!r} has more than {MAX_EXAMPLE_BYTES:,} bytes."
        raise TooLarge("example_file_too_large", message, field=f"inputs.{name}")
    return path.read_bytes()


def _made_up(name: str, field: InputField, spec: TensorSpec | None, seed: int) -> InputValue:
    value: InputValue
    match field:
        case TextInput():
            value = "a warm colour field with a blue circle"[: field.max_length].ljust(field.min_length, ".")
        case IntegerInput():
            value = _between(field.minimum, field.maximum, 1)
        case NumberInput():
            value = float(_between(field.minimum, field.maximum, 1))
        case BooleanInput():
            value = True
        case ChoiceInput():
            value = field.choices[0]
        case SeedInput():
            value = seed
        case ImageInput():
            value = picture(seed)
        case TensorInput() | LatentInput():
            value = _tensor(name, field, spec, seed)
        case AudioInput() | FileInput():
            message = f"The input {name!r} is of type {field.type}, and no example gives one."
            raise Invalid("example_missing", message, field=f"inputs.{name}")
        case _:
            assert_never(field)
    return default_of(field) if default_of(field) is not None else value


def _between(minimum: float | None, maximum: float | None, wanted: int) -> int | float:
    if minimum is not None and wanted < minimum:
        return minimum
    return maximum if maximum is not None and wanted > maximum else wanted


def picture(seed: int) -> bytes:
    """Paint a PNG with gradients, edges and fine grain, as photographs have them."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:PICTURE_SIDE_PX, 0:PICTURE_SIDE_PX] / PICTURE_SIDE_PX
    pixels = np.stack([rows, columns, 1 - rows * columns], axis=-1) * 220
    pixels[40:120, 50:140] = random.integers(0, 255, 3)
    pixels += random.normal(0, 8, pixels.shape)
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _tensor(name: str, field: TensorInput | LatentInput, spec: TensorSpec | None, seed: int) -> bytes:
    dtype = field.dtype if isinstance(field, TensorInput) else "float32"
    sizes = [_size(index, dim, spec) for index, dim in enumerate(field.shape)]
    if np.prod(sizes, dtype=np.float64) > MAX_TENSOR_ELEMENTS:
        raise Invalid("tensor_too_large", f"The tensor {name!r} is too large to be made up.", field=f"inputs.{name}")
    numbers = np.random.default_rng(seed).standard_normal(sizes)
    buffer = io.BytesIO()
    np.save(buffer, (numbers > 0 if dtype == "bool" else np.abs(numbers) * 2).astype(dtype))
    return buffer.getvalue()


def _size(index: int, dim: int | str, spec: TensorSpec | None) -> int:
    wanted = spec.dims[index] if spec is not None and index < len(spec.dims) else None
    if isinstance(dim, int):
        return dim
    if isinstance(wanted, int):
        return wanted
    return 1 if index == 0 else SYMBOLIC_SIZE
