"""Read `-i name=value` by the model's own input schema, so that 7 is a number where a number is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from artrator.kernel.errors import Invalid
from artrator.sdk.listing import ModelListing


class _Property(msgspec.Struct, frozen=True, rename={"kind": "x-type"}):
    type: str = "string"
    format: str | None = None
    kind: str | None = None


class _Input(msgspec.Struct, frozen=True):
    properties: dict[str, _Property] = {}


class _Schemas(msgspec.Struct, frozen=True):
    Input: _Input = _Input()
    Output: _Property = _Property()


class _Components(msgspec.Struct, frozen=True):
    schemas: _Schemas


class _OpenApi(msgspec.Struct, frozen=True):
    components: _Components


def read_inputs(pairs: Sequence[str], model: ModelListing) -> dict[str, object]:
    """Turn `name=value` pairs into inputs; a file input takes a path or a URL.

    Raises: Invalid for a pair without `=`, a name twice, or a value of the wrong type.
    """
    properties = _schemas(model).Input.properties
    inputs: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Invalid("input_malformed", f"{pair!r} is no input; write -i name=value.", field=name or None)
        if name in inputs:
            raise Invalid("input_twice", f"The input {name!r} is given twice.", field=name)
        inputs[name] = _read(name, value, properties.get(name, _Property()))
    return inputs


def input_names(model: ModelListing) -> list[str]:
    """Name a model's inputs."""
    return list(_schemas(model).Input.properties)


def makes_picture(model: ModelListing) -> bool:
    """Tell whether a model's one output is a picture."""
    return _schemas(model).Output.kind == "image"


def _schemas(model: ModelListing) -> _Schemas:
    if model.latest_version is None or model.latest_version.openapi_schema is None:
        return _Schemas()
    try:
        return msgspec.convert(model.latest_version.openapi_schema, _OpenApi).components.schemas
    except msgspec.ValidationError:
        return _Schemas()


def _read(name: str, value: str, wanted: _Property) -> object:
    if wanted.format == "uri":
        return value if value.startswith(("http://", "https://", "data:")) else Path(value)
    if wanted.type == "string":
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise Invalid("input_malformed", f"{value[:40]!r} is not of type {wanted.type}.", field=name) from None
