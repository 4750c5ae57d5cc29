"""The discriminator that both the VAE, late, and the GAN learn from."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.art import PALETTES
from artrator.recipes.layers import Conv, Down, Linear
from artrator.recipes.painter import STYLES

WIDTHS = (24, 48, 88, 144)  # at 32, 16, 8 and 4 px
FLAT = 160
GRAIN = 0.1
GROUP = 4  # pictures that are compared with one another: batches are multiples of it
R1_WEIGHT, R1_EVERY = 1.0, 12


class Critic(nn.Module):
    """image (N, 3, 64, 64), shares of styles and palettes -> how real (N,), and what was seen on the way.

    A projection discriminator (Miyato & Koyama 2018) with the spread of a batch as a feature (Karras et al. 2018).
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = Conv(12, WIDTHS[0])
        self.downs = nn.ModuleList(Down(inputs, outputs) for inputs, outputs in pairwise(WIDTHS))
        self.last = Conv(WIDTHS[-1] + 1, WIDTHS[-1])
        self.flat = Linear(WIDTHS[-1] * 16, FLAT)
        self.real = Linear(FLAT, 1)
        self.kind = Linear(len(STYLES) + len(PALETTES), FLAT)

    def forward(self, image: Tensor, styles: Tensor, palettes: Tensor) -> tuple[Tensor, list[Tensor]]:
        # seen through noise, or it would judge by the cloth's grain, which is printed over the picture anyhow
        image = image + GRAIN * torch.randn_like(image)
        x = fn.leaky_relu(self.first(fn.pixel_unshuffle(image, 2)), 0.2)
        features = [x]
        for down in self.downs:
            x = down(x)
            features.append(x)
        spread = x.unflatten(0, (-1, GROUP)).var(1, unbiased=False).add(1e-8).sqrt().mean((1, 2, 3))
        spread = spread.repeat_interleave(GROUP)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        x = fn.leaky_relu(self.last(torch.cat([x, spread], 1)), 0.2)
        x = fn.leaky_relu(self.flat(x.flatten(1)), 0.2)
        kind = self.kind(torch.cat([styles * len(STYLES), palettes * len(PALETTES)], 1) / 3)
        return self.real(x)[:, 0] + (x * kind).sum(1) / math.sqrt(FLAT), features


def steepness(critic: Critic, images: Tensor, labels: Sequence[Tensor]) -> Tensor:
    """Weigh the critic's slope at real pictures (R1, Mescheder et al. 2018), for a step in R1_EVERY."""
    images = images.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(images, *labels)[0].sum(), images, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() * R1_WEIGHT / 2 * R1_EVERY
