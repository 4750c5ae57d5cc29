"""A manifest's inputs and outputs as JSON Schema, in the shape that Replicate's clients and our forms read."""

from __future__ import annotations

from typing import assert_never

from pydantic import JsonValue

from artrator.bundle.fields import (
    MAX_SEED,
    AudioInput,
    AudioOutput,
    BooleanInput,
    ChoiceInput,
    FileInput,
    ImageInput,
    ImageOutput,
    ImagesOutput,
    InputField,
    IntegerInput,
    JsonOutput,
    LabelOutput,
    LatentInput,
    NumberInput,
    OutputField,
    SeedInput,
    TensorInput,
    TensorOutput,
    TextInput,
    TextOutput,
    VideoOutput,
    default_of,
    is_drawn,
    is_required,
)
from artrator.bundle.manifest import Manifest

Schema = dict[str, JsonValue]


def input_schema(manifest: Manifest) -> Schema:
    """Describe the inputs as an object; `x-order` keeps the manifest's order, `x-type` its own word for the type."""
    properties: dict[str, JsonValue] = {}
    for order, (name, field) in enumerate(manifest.inputs.items()):
        properties[name] = {
            "title": _title(name),
            "description": field.description,
            "x-order": order,
            "x-type": field.type,
            **_input(field),
        }
    required: list[JsonValue] = [name for name, field in manifest.inputs.items() if is_required(field)]
    schema: Schema = {"type": "object", "title": "Input", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    return schema


def output_schema(manifest: Manifest) -> Schema:
    """Describe the output: the value itself where there is one, an object by name where there are several."""
    each: dict[str, JsonValue] = {
        name: {"title": _title(name), "description": field.description, "x-type": field.type, **_output(field)}
        for name, field in manifest.outputs.items()
    }
    if len(each) == 1:
        (only,) = each.values()
        assert isinstance(only, dict)
        return {**only, "title": "Output"}
    required: list[JsonValue] = list(each)
    return {"type": "object", "title": "Output", "properties": each, "required": required}


def _title(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip().capitalize() or name


def _input(field: InputField) -> Schema:
    schema = _type(field)
    default = default_of(field)
    if default is not None:
        schema["default"] = default
    if is_drawn(field):
        schema["x-drawn"] = True  # left out, it is drawn for each run
    return schema


def _type(field: InputField) -> Schema:
    schema: Schema
    match field:
        case TextInput():
            schema = {"type": "string", "minLength": field.min_length, "maxLength": field.max_length}
        case IntegerInput():
            schema = {"type": "integer", **_bounds(field.minimum, field.maximum)}
        case NumberInput():
            schema = {"type": "number", **_bounds(field.minimum, field.maximum)}
        case BooleanInput():
            schema = {"type": "boolean"}
        case ChoiceInput():
            choices: list[JsonValue] = list(field.choices)
            schema = {"type": "string", "enum": choices}
        case SeedInput():
            schema = {"type": "integer", **_bounds(0, MAX_SEED)}
        case ImageInput() | AudioInput() | FileInput():
            schema = {"type": "string", "format": "uri"}
        case TensorInput() | LatentInput():
            numbers: Schema = {"type": "array", "items": {}}
            schema = {"anyOf": [numbers, {"type": "string", "format": "uri"}], "x-shape": list(field.shape)}
        case _:
            assert_never(field)
    return schema


def _bounds(minimum: float | None, maximum: float | None) -> Schema:
    bounds: Schema = {}
    if minimum is not None:
        bounds["minimum"] = minimum
    if maximum is not None:
        bounds["maximum"] = maximum
    return bounds


def _output(field: OutputField) -> Schema:
    match field:
        case ImageOutput() | VideoOutput() | AudioOutput():
            return {"type": "string", "format": "uri"}
        case ImagesOutput():
            return {"type": "array", "items": {"type": "string", "format": "uri"}}
        case TextOutput():
            return {"type": "string"}
        case LabelOutput():
            entry: Schema = {
                "type": "object",
                "properties": {"label": {"type": "string"}, "score": {"type": "number"}},
                "required": ["label", "score"],
            }
            return {"type": "array", "items": entry}
        case TensorOutput():
            return {"type": "array", "items": {}}
        case JsonOutput():
            return {}
        case _:
            assert_never(field)
