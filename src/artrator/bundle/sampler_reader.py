"""Read a diffusers folder's `scheduler_config.json`.

The file comes from a stranger. What is read is bounded, finite and supported; what is not is refused by name, so that no
picture is made by another method than its creator's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from artrator.bundle.sampler_config import (
    DdimConfig,
    DpmSolverConfig,
    EulerAncestralConfig,
    EulerConfig,
    HeunConfig,
    LcmConfig,
    NoiseConfig,
    PndmConfig,
    SamplerConfig,
    UniPcConfig,
)
from artrator.kernel.errors import Invalid

MAX_CONFIG_BYTES = 256 * 1024
_ADAPTER: TypeAdapter[SamplerConfig] = TypeAdapter(Annotated[SamplerConfig, Field(discriminator="class_name")])
_CLASSES: Mapping[str, type[NoiseConfig]] = {
    "DDIMScheduler": DdimConfig,
    "DPMSolverMultistepScheduler": DpmSolverConfig,
    "EulerAncestralDiscreteScheduler": EulerAncestralConfig,
    "EulerDiscreteScheduler": EulerConfig,
    "HeunDiscreteScheduler": HeunConfig,
    "LCMScheduler": LcmConfig,
    "PNDMScheduler": PndmConfig,
    "UniPCMultistepScheduler": UniPcConfig,
}
_OTHERS_KEYS = frozenset(
    {name for each in _CLASSES.values() for name in each.model_fields} - {"class_name", "eta"}
    | {"sample_max_value", "dynamic_thresholding_ratio", "flow_shift", "time_shift_type"}
)
"""Keys that diffusers itself leaves behind in the config of a class that has no use for them."""


def parse_sampler_config(text: str | bytes) -> SamplerConfig:
    """Read the text of a `scheduler_config.json`. Raises: Invalid; nothing else, whatever the text."""
    if len(text) > MAX_CONFIG_BYTES:
        raise _unsupported(f"it is larger than {MAX_CONFIG_BYTES // 1024} KB")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _unsupported("it is not JSON") from None
    if not isinstance(value, dict):
        raise _unsupported("it must be an object with a _class_name")
    return read_sampler_config(value)  # pyright: ignore[reportUnknownArgumentType] - JSON has no other dicts


def read_sampler_config(raw: Mapping[str, JsonValue]) -> SamplerConfig:
    """Read a scheduler's config. Raises: Invalid naming the class or key that is not supported, and what is."""
    name = raw.get("_class_name")
    kind = _CLASSES.get(name) if isinstance(name, str) else None
    if kind is None:
        found = f"{name[:60]!r}" if isinstance(name, str) else "no name"
        raise _unsupported(f"its _class_name is {found}; supported are {', '.join(_CLASSES)}")
    known = {"_class_name", *kind.model_fields} - {"class_name"}
    kept: dict[str, Any] = {}
    for key, value in raw.items():
        if key in known:
            kept[key] = value
        elif not (key.startswith("_") or key in _OTHERS_KEYS or value is None or value is False):
            raise _unsupported(f"{name} has the unknown key {key[:60]!r}", key)
    try:
        return _ADAPTER.validate_python(kept)
    except (ValidationError, RecursionError, OverflowError) as error:
        raise _refused(error, str(name)) from None


def _refused(error: Exception, name: str) -> Invalid:
    if not isinstance(error, ValidationError):
        return _unsupported(f"{name} holds a value that is too large")
    details = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = [str(step) for step in details["loc"] if step != name]
    said = details["msg"].removeprefix("Value error, ").rstrip(".")
    key = ".".join(place[:2])[:80]
    return _unsupported(f"{name}, {key}: {said}" if key else f"{name}: {said}", key)


def _unsupported(reason: str, key: str = "") -> Invalid:
    field = "scheduler_config" + (f".{key[:60]}" if key else "")
    return Invalid(
        "sampler_unsupported", f"The scheduler_config.json cannot be used: {reason}.", field=field, reason=reason
    )
