"""What keeps affine couplings tame: they begin as the identity, and no number grows or shrinks without bound."""

from typing import TypeVar

import torch
from torch import Tensor, nn

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


def silent(layer: Layer) -> Layer:
    """Let a layer say nothing at first."""
    assert layer.bias is not None
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def bounded(scale: Tensor, most: float) -> Tensor:
    """Keep the logarithm of a scale between -most and most."""
    return most * torch.tanh(scale / most)
