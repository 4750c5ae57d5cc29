"""The whole flow: digits of 32 x 32 pixels to 1,024 normally distributed numbers and back, with exact likelihoods."""

import math

import torch
from torch import Tensor, nn

from artrator.recipes.digits.details import Details
from artrator.recipes.digits.drawing import DIGITS, SIDE_PX
from artrator.recipes.digits.drawings import GREYS
from artrator.recipes.digits.overview import SIDE, SIZE, Overview
from artrator.recipes.digits.wavelet import log_volume, merge, split

LATENT = SIDE_PX * SIDE_PX
MIDDLE = SIDE_PX // 2
PARTS = ("overview", "middle", "fine")


class DigitsFlow(nn.Module):
    """A wavelet flow (Yu et al. 2020): a digit seen from afar, then twice the details that half the side lacks.

    The three parts share nothing, so each is trained alone, and their likelihoods multiply.
    """

    def __init__(self) -> None:
        super().__init__()
        self.overview, self.middle, self.fine = Overview(), Details(), Details()

    def log_likelihood(self, pictures: Tensor, kinds: Tensor) -> Tensor:
        """Give the logarithm of the density (N,) of pictures (N, 1, 32, 32) of the digits (N, 10)."""
        parts = [log_density(*self.through(name, pictures, kinds)) for name in PARTS]
        return torch.stack(parts).sum(0) + log_volume(SIDE_PX) + log_volume(MIDDLE)

    def through(self, name: str, pictures: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """Lead pictures' share of one part through it: latents, and the logarithm of the volume's change."""
        means, fine = split(pictures)
        if name == "fine":
            return self.fine(fine, means, kinds)
        coarse, middle = split(means)
        return self.middle(middle, coarse, kinds) if name == "middle" else self.overview(coarse.flatten(1), kinds)

    def measure(self, pictures: Tensor) -> None:
        """Take means and sizes from examples."""
        means, fine = split(pictures)
        coarse, middle = split(means)
        self.overview.measure(coarse.flatten(1))
        self.middle.measure(middle)
        self.fine.measure(fine)

    def draw(self, latents: Tensor, kinds: Tensor) -> Tensor:
        """Give the pictures (N, 1, 32, 32) of latents (N, LATENT)."""
        far, middle, fine = latents.split([SIZE, MIDDLE**2 - SIZE, LATENT - MIDDLE**2], 1)
        coarse = self.overview.draw(far, kinds).unflatten(1, (1, SIDE, SIDE))
        means = merge(coarse, self.middle.draw(_as_maps(middle), coarse, kinds))
        return merge(means, self.fine.draw(_as_maps(fine), means, kinds))


def log_density(latents: Tensor, change: Tensor) -> Tensor:
    """Give the logarithm of the density (N,) of what a flow took to latents, (N, ...), and how it changed the volume."""
    latents = latents.flatten(1)
    return change - 0.5 * (latents.square().sum(1) + latents.shape[1] * math.log(2 * math.pi))


def between_greys(greys: Tensor) -> Tensor:
    """Spread greys (N, 32, 32) evenly over 0..1, (N, 1, 32, 32): a density cannot be of single values.

    Source: Theis et al. 2016: what the density of these costs is an upper bound of what the greys cost.
    """
    return ((greys + torch.rand(greys.shape)) / GREYS)[:, None]


def kinds_of(digits: Tensor) -> Tensor:
    """Give digits (N,) as rows of which one number is one."""
    return torch.eye(len(DIGITS))[digits]


def bits_a_pixel(log_likelihood: Tensor) -> float:
    """Give the mean cost of the sixteen greys, in bits; knowing nothing it is 4."""
    return math.log2(GREYS) - float(log_likelihood.mean()) / (LATENT * math.log(2))


def _as_maps(latents: Tensor) -> Tensor:
    side = math.isqrt(latents.shape[1] // 12)
    return latents.unflatten(1, (12, side, side))
