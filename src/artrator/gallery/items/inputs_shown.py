"""What of a run's inputs may be shown to others: plain values alone, since a file is its sender's own."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from artrator.bundle.fields import (
    BooleanInput,
    ChoiceInput,
    IntegerInput,
    LatentInput,
    NumberInput,
    SeedInput,
    TextInput,
)
from artrator.bundle.manifest import Manifest
from artrator.predictions.prediction import Json

PLAIN = (TextInput, IntegerInput, NumberInput, BooleanInput, ChoiceInput, SeedInput)
MAX_LATENT_BYTES = 16 * 1024
"""A larger point would make every list of items heavy."""


def plain_inputs(manifest: Manifest, given: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out what is a file, by whatever address, and what the manifest does not know."""
    return {name: value for name, value in given.items() if _is_plain(manifest, name, value)}


def _is_plain(manifest: Manifest, name: str, value: Json) -> bool:
    field = manifest.inputs.get(name)
    if isinstance(field, PLAIN):
        return True
    # a latent may also come as the address of an .npy file
    return (
        isinstance(field, LatentInput)
        and isinstance(value, list)
        and len(msgspec.json.encode(value)) <= MAX_LATENT_BYTES
    )
