"""What OpenAI's words mean for a model, by its manifest: pure, and refused before anything is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from artrator.bundle.fields import (
    MAX_SEED,
    BooleanInput,
    ImageInput,
    ImageOutput,
    ImagesOutput,
    InputField,
    IntegerInput,
    NumberInput,
    SeedInput,
    TextInput,
)
from artrator.bundle.manifest import Manifest
from artrator.http.compat.openai.schemas import SIZE, ImageGeneration
from artrator.kernel.errors import Invalid

PROMPT, IMAGE, MASK, COUNT = "prompt", "image", "mask", "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The inputs of each run; one run makes all pictures where the model can."""

    runs: tuple[Mapping[str, JsonValue], ...]
    contents: Mapping[str, bytes]


def plan_runs(manifest: Manifest, asked: ImageGeneration, files: Mapping[str, bytes]) -> Plan:
    """Say which runs of a model give what is asked for. files: `image` and `mask` of an edit. Raises: Invalid."""
    if not any(isinstance(field, ImageOutput | ImagesOutput) for field in manifest.outputs.values()):
        raise Invalid("model_makes_no_images", "This model makes no pictures.", field="model")
    further = _read_form(manifest, asked.further) if files else asked.further
    inputs: dict[str, JsonValue] = {
        **further,
        _prompt_input(manifest): asked.prompt,
        **_size(manifest, asked.size),
    }
    contents = {_image_input(manifest, name): content for name, content in files.items()}
    if asked.n == 1:
        return Plan(runs=(inputs,), contents=contents)
    count = manifest.inputs.get(COUNT)
    if isinstance(count, IntegerInput) and (count.maximum is None or asked.n <= count.maximum):
        return Plan(runs=({**inputs, COUNT: asked.n},), contents=contents)
    return Plan(runs=tuple(_apart(manifest, inputs, index) for index in range(asked.n)), contents=contents)


def _read_form(manifest: Manifest, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Read the fields of an edit, which all come as text, as the inputs that they are; the check names what is none."""
    return {
        name: _read_field(manifest.inputs.get(name), text) if isinstance(text, str) else text
        for name, text in fields.items()
    }


def _read_field(field: InputField | None, text: str) -> JsonValue:
    try:
        match field:
            case IntegerInput() | SeedInput():
                return int(text)
            case NumberInput():
                return float(text)
            case BooleanInput():
                return {"true": True, "false": False}.get(text.lower(), text)
            case _:
                return text
    except ValueError:
        return text


def _prompt_input(manifest: Manifest) -> str:
    texts = [name for name, field in manifest.inputs.items() if isinstance(field, TextInput)]
    if PROMPT in texts:
        return PROMPT
    if len(texts) != 1:
        raise Invalid("model_takes_no_prompt", "This model does not paint from a prompt.", field="model")
    return texts[0]


def _image_input(manifest: Manifest, name: str) -> str:
    if isinstance(manifest.inputs.get(name), ImageInput):
        return name
    images = [each for each, field in manifest.inputs.items() if isinstance(field, ImageInput)]
    if name == MASK or len(images) != 1:
        raise Invalid("model_edits_no_images", f"This model takes no {name}.", field=name)
    return images[0]


def _size(manifest: Manifest, size: str) -> dict[str, JsonValue]:
    if size == "auto":
        return {}
    match = SIZE.fullmatch(size)
    if match is None:
        raise Invalid("size_malformed", "A size is auto or WIDTHxHEIGHT, such as 512x512.", field="size")
    sides = {"width": int(match[1]), "height": int(match[2])}
    fixed = {name: manifest.config.get(f"{name}_px") for name in sides if name not in manifest.inputs}
    if any(own != sides[name] for name, own in fixed.items()):
        raise Invalid("size_unsupported", "This model has a size of its own; leave `size` out.", field="size")
    return {name: side for name, side in sides.items() if name not in fixed}


def _apart(manifest: Manifest, inputs: Mapping[str, JsonValue], index: int) -> Mapping[str, JsonValue]:
    """Give the picture at an index a seed of its own where one was asked for; else each draws its own."""
    seeds = {
        name: (value + index) % (MAX_SEED + 1)
        for name, value in inputs.items()
        if isinstance(manifest.inputs.get(name), SeedInput) and isinstance(value, int)
    }
    return {**inputs, **seeds}
