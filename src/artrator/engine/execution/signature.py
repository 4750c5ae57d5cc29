"""What a loaded graph takes and gives, as pipelines and batches read it without knowing the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from artrator.bundle.facts import TensorSpec


@dataclass(frozen=True, slots=True)
class GraphSignature:
    """Inputs and outputs by name, in the graph's order."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
