"""What a loaded graph takes and gives, as pipelines and batches read it without knowing the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from artrator.bundle.facts import TensorSpec


@dataclass(frozen=True, slots=True)
class GraphSignature:
    """Inputs and outputs by name, in the graph's order."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
    takes_rows: bool = field(init=False)
    """Whether every input and output has a leading axis of any length."""

    def __post_init__(self) -> None:
        """Look once at what is asked of every call."""
        specs = (*self.inputs.values(), *self.outputs.values())
        takes_rows = all(spec.dims and not isinstance(spec.dims[0], int) for spec in specs)
        object.__setattr__(self, "takes_rows", takes_rows)
