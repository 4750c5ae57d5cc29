"""The weights of a base that a LoRA may adapt, and the names by which a graph that is open to it takes the factors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class WeightKind(StrEnum):
    """What a weight does to its input."""

    LINEAR = "linear"
    CONV = "conv"


class Reach(StrEnum):
    """Which weights a graph is opened at: most LoRAs adapt few kinds of layers, and what is open costs a little."""

    LINEAR = "linear"
    POINTWISE = "pointwise"
    """Convolutions of one pixel too, which stand around the attention of Stable Diffusion 1.x."""
    ALL = "all"

    def covers(self, weight: AdaptableWeight) -> bool:
        """Tell whether a weight is in reach."""
        return self.includes(_reach_for(weight))

    def includes(self, other: Reach) -> bool:
        """Tell whether all that is in the other's reach is in this one's."""
        order = list(Reach)
        return order.index(other) <= order.index(self)


def reach_of(weights: Iterable[AdaptableWeight]) -> Reach:
    """Give the least reach that covers some weights."""
    order = list(Reach)
    return max((_reach_for(each) for each in weights), key=order.index, default=Reach.LINEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptableWeight:
    """One weight, by the module that it belongs to in PyTorch.

    inputs, outputs: features or channels. kernel: (height, width) of a convolution.
    """

    module: str
    kind: WeightKind
    dtype: str
    inputs: int
    outputs: int
    kernel: tuple[int, int] = (1, 1)

    @property
    def least_rank(self) -> int:
        """The rank of the zeros that stand for no LoRA; a convolution needs a channel."""
        return 1 if self.kind is WeightKind.CONV else 0

    @property
    def rank_axes(self) -> tuple[int, int]:
        """Name the axis of the rank in the factor that narrows, and in the one that widens."""
        return (1, 0) if self.kind is WeightKind.LINEAR else (0, 1)

    def down_shape(self, rank: int | str) -> tuple[int | str, ...]:
        """Give the shape of the factor that narrows: (inputs, rank), or (rank, inputs, height, width)."""
        return (self.inputs, rank) if self.kind is WeightKind.LINEAR else (rank, self.inputs, *self.kernel)

    def up_shape(self, rank: int | str) -> tuple[int | str, ...]:
        """Give the shape of the factor that widens: (rank, outputs), or (outputs, rank, 1, 1)."""
        return (rank, self.outputs) if self.kind is WeightKind.LINEAR else (self.outputs, rank, 1, 1)


def down_input(module: str) -> str:
    """Name the input that takes a module's narrowing factor."""
    return f"lora/{module}/down"


def up_input(module: str) -> str:
    """Name the input that takes a module's widening factor."""
    return f"lora/{module}/up"


def strength_input(dtype: str) -> str:
    """Name the input, (1,), by which all that LoRAs add is multiplied."""
    return f"lora/strength/{dtype}"


def _reach_for(weight: AdaptableWeight) -> Reach:
    if weight.kind is WeightKind.LINEAR:
        return Reach.LINEAR
    return Reach.POINTWISE if weight.kernel == (1, 1) else Reach.ALL
