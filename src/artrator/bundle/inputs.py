"""Check what a request sends against what the manifest asks for, before anything is paid or run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from artrator.bundle.fields import default_of, is_drawn, is_required
from artrator.bundle.manifest import Manifest
from artrator.bundle.values import FileReference, InputValue, check_value
from artrator.kernel.errors import Invalid

__all__ = ["FileReference", "InputValue", "check_inputs", "fill_seeds"]


def check_inputs(manifest: Manifest, raw: Mapping[str, object]) -> dict[str, InputValue]:
    """Give the inputs of a run in the manifest's order, defaults applied.

    A seed to be drawn is None; an optional field that was left out is absent; null counts as left out.
    Raises: Invalid with field `inputs.<name>`.
    """
    unknown = next((name for name in raw if name not in manifest.inputs), None)
    if unknown is not None:
        known = ", ".join(list(manifest.inputs)[:20]) or "none"
        message = f"There is no input {unknown[:40]!r}; the inputs are: {known}."
        raise Invalid("input_unknown", message, field=f"inputs.{unknown[:100]}")
    checked: dict[str, InputValue] = {}
    for name, field in manifest.inputs.items():
        path = f"inputs.{name}"
        value = raw.get(name)
        if value is None:
            value = default_of(field)
        if value is not None:
            checked[name] = check_value(field, value, path=path)
        elif is_required(field):
            raise Invalid("input_missing", f"The input {name!r} is required.", field=path)
        elif is_drawn(field):
            checked[name] = None
    return checked


def fill_seeds(inputs: Mapping[str, InputValue], draw: Callable[[], int]) -> dict[str, InputValue]:
    """Put a drawn number, 0 to 2**32 - 1, in the place of every seed that was left out."""
    return {name: draw() if value is None else value for name, value in inputs.items()}
