"""The plain values of a run's inputs, read by their types, whether its model is at hand or not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from artrator.engine.fleet import InputValue
from artrator.kernel.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a run was given, by the names of the manifest's inputs."""

    inputs: Mapping[str, InputValue]

    def has(self, name: str) -> bool:
        """Tell whether an input was given."""
        return self.inputs.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """Give a text, the default where it is left out. Raises: Invalid where there is none either."""
        value = self.inputs.get(name)
        if value is None:
            if default is None:
                raise missing(name)
            return default
        if not isinstance(value, str):
            raise wrong_type(name, "a text")
        return value

    def whole(self, name: str, default: int) -> int:
        """Give a whole number, the default where it is left out. Raises: Invalid."""
        value = self.inputs.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(name, "a whole number")
        return value

    def number(self, name: str, default: float) -> float:
        """Give a number, the default where it is left out. Raises: Invalid."""
        value = self.inputs.get(name)
        if value is None:
            return default
        if isinstance(value, str | bytes) or not math.isfinite(value):
            raise wrong_type(name, "a finite number")
        return float(value)

    def seed(self, name: str) -> int | None:
        """Give a seed, None where it is left out. Raises: Invalid."""
        value = self.inputs.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
            raise wrong_type(name, "a seed, a whole number from 0 to 4294967295")
        return value


def field_path(name: str) -> str:
    """Name an input as errors do."""
    return f"inputs.{name}"


def missing(name: str) -> Invalid:
    """Say that an input is needed."""
    return Invalid("input_missing", f"The input {name!r} is required.", field=field_path(name))


def wrong_type(name: str, wanted: str) -> Invalid:
    """Say what an input must be."""
    return Invalid("input_wrong_type", f"The input {name!r} must be {wanted}.", field=field_path(name))
