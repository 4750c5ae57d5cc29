"""Haar's wavelet: a picture as one of half the side and the details that it lacks, and back."""

import math

import torch
from torch import Tensor
from torch.nn import functional as fn


def split(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Give the means of two by two pixels (N, 1, S / 2, S / 2), and their details (N, 3, S / 2, S / 2)."""
    a, b, c, d = fn.pixel_unshuffle(picture, 2).chunk(4, 1)
    return (a + b + c + d) / 4, torch.cat([a - b + c - d, a + b - c - d, a - b - c + d], 1) / 4


def merge(means: Tensor, details: Tensor) -> Tensor:
    """Put a picture together again, (N, 1, S, S)."""
    across, down, both = details.chunk(3, 1)
    left, right = (means + across, down + both), (means - across, down - both)
    pixels = [left[0] + left[1], right[0] + right[1], left[0] - left[1], right[0] - right[1]]
    return fn.pixel_shuffle(torch.cat(pixels, 1), 2)


def log_volume(side: int) -> float:
    """Give the logarithm of how much `split` changes the volume, for a picture of that side."""
    return (side // 2) ** 2 * math.log(1 / 16)
