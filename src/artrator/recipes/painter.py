"""The network that both the VAE and the GAN train: from a latent, a style and a palette to a picture.

It paints as the paintings are painted: it draws soft masks, chooses a tube of the palette for each, and adds a little
texture. That keeps planes flat and colours in the palette, keeps composition and palette apart, and lets a picture be
printed larger than it was learned.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.art import PALETTES
from artrator.recipes.art.palettes import hex_colour
from artrator.recipes.layers import Conv, Linear, StyledConv

STYLES = ("colour-field", "cut-outs", "hills", "nested-squares", "targets", "tilted-planes")
SIZE_PX, PRINT_PX = 64, 256  # as it learns to paint, and as it is printed
LATENT = 48
WIDTH = 128  # of the vector that styles every layer
CHANNELS = (128, 128, 80, 48)  # at 4, 8, 16 and 32 px
FINE = 24  # channels that are enlarged to SIZE_PX
MASKS = 7
LEARNING_SHARPNESS, PRINT_SHARPNESS = 2.5, 16.0  # of the masks' edges
PRINT_TEXTURE = 0.5


class Painter(nn.Module):
    """latent (N, LATENT), shares of STYLES (N, S) and PALETTES (N, P) -> image (N, 3, 64, 64), about -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.style = Linear(len(STYLES), 64)
        self.palette = Linear(len(PALETTES), 64)
        self.shape = nn.ModuleList([Linear(LATENT + 64, WIDTH), Linear(WIDTH, WIDTH)])
        self.start = Linear(WIDTH, CHANNELS[0] * 16)
        self.blocks = nn.ModuleList(StyledConv(inputs, outputs, WIDTH) for inputs, outputs in pairwise(CHANNELS))
        self.fine = StyledConv(CHANNELS[-1], FINE, WIDTH)
        self.to_masks = Conv(FINE, MASKS + 1)
        tubes = _tubes()
        self.register_buffer("tubes", tubes)  # (P, T, 3)
        self.choice = nn.Sequential(Linear(WIDTH + 128, 160), nn.LeakyReLU(0.2), Linear(160, MASKS * tubes.shape[1]))

    def forward(self, latent: Tensor, styles: Tensor, palettes: Tensor) -> Tensor:
        return mix_paints(*self.draw(latent, styles, palettes), sharpness=LEARNING_SHARPNESS)

    def draw(
        self, latent: Tensor, styles: Tensor, palettes: Tensor, decision: float = 1.0
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Give masks (N, MASKS, 64, 64), paints (N, 3, MASKS) and texture (N, 1, 64, 64).

        decision: how firmly a tube is chosen rather than several mixed.
        """
        kind, hue = self.style(styles * len(STYLES) ** 0.5), self.palette(palettes * len(PALETTES) ** 0.5)
        shape = torch.cat([latent, kind], 1)
        for layer in self.shape:
            shape = fn.leaky_relu(layer(shape), 0.2) * 2**0.5
        x = self.start(shape).unflatten(1, (CHANNELS[0], 4, 4))
        for block in self.blocks:
            x = block(fn.interpolate(x, scale_factor=2, mode="bilinear"), shape)
        x = self.to_masks(fn.interpolate(self.fine(x, shape), scale_factor=2, mode="bilinear"))
        # the palette reaches the paints alone, so that another palette keeps the composition
        choice = self.choice(torch.cat([shape, kind, hue], 1)).float().unflatten(1, (MASKS, -1))
        tubes = (palettes @ self.tubes.flatten(1)).unflatten(1, (-1, 3))  # (N, T, 3)
        paints = (torch.softmax(2 * decision * choice, 2) @ tubes).transpose(1, 2)
        return x[:, :MASKS], paints, x[:, MASKS:]


def _tubes() -> Tensor:
    """List the colours of every palette, (P, T, 3) in -1..1; where one has fewer, its last repeats."""
    lists = [[*p.colours, p.dark, p.light, *p.grounds] for p in PALETTES.values()]
    longest = max(len(each) for each in lists)
    filled = [each + each[-1:] * (longest - len(each)) for each in lists]
    return torch.from_numpy(np.array([[hex_colour(code) for code in each] for each in filled])) * 2 - 1


def mix_paints(masks: Tensor, paints: Tensor, texture: Tensor, sharpness: float = 1.0) -> Tensor:
    """Paint as the paintings are painted: flat paints through soft masks, and a little texture over all.

    masks: (N, K, H, W) logits; paints: (N, 3, K); texture: (N, 1, H, W). Gives (N, 3, H, W), about -1..1.
    """
    shares = torch.softmax(3 * sharpness * masks.float(), 1)
    flat = paints @ shares.flatten(2)
    return flat.unflatten(2, masks.shape[2:]) + 0.3 * texture


def softness(masks: Tensor) -> Tensor:
    """Measure how undecided masks are between paints (entropy, in nats a pixel)."""
    shares = torch.log_softmax(3 * LEARNING_SHARPNESS * masks.float(), 1)
    return -(shares.exp() * shares).sum(1).mean()


class Print(nn.Module):
    """Print a painter's picture larger than it learned to paint.

    Masks near an edge are like signed distances: enlarged smoothly and only then made hard, they give edges that are
    sharp at the larger size (as glyphs are drawn in Green 2007, Improved Alpha-Tested Magnification). Cloth goes over.
    painter: has `draw(*inputs, decision=…)` that gives masks, paints and texture, square.
    """

    def __init__(
        self, painter: nn.Module, from_px: int, to_px: int, *, decision: float, sharpness: float = PRINT_SHARPNESS
    ) -> None:
        super().__init__()
        self.painter, self.sharpness, self.decision = painter, sharpness, decision
        self.register_buffer("enlarge", mitchell(from_px, to_px))
        seeded = torch.Generator().manual_seed(0)
        threads = torch.randn(1, 1, to_px, to_px // 3, generator=seeded).repeat_interleave(3, 3)
        threads = fn.pad(threads, (0, to_px - threads.shape[3], 0, 0), mode="replicate")
        self.register_buffer("cloth", 0.012 * (threads + threads.transpose(2, 3)))

    def forward(self, *inputs: Tensor) -> Tensor:
        masks, paints, texture = self.painter.draw(*inputs, decision=self.decision)
        masks, texture = (self.enlarge @ each @ self.enlarge.T for each in (masks, texture))
        image = mix_paints(masks, paints, PRINT_TEXTURE * texture, self.sharpness)
        return (image + (image + 1) * self.cloth).clamp(-1, 1)


def mitchell(from_px: int, to_px: int) -> Tensor:
    """Make the (to_px, from_px) matrix that enlarges by Mitchell and Netravali's cubic (1988)."""
    centres = (torch.arange(to_px) + 0.5) * from_px / to_px - 0.5
    away = (centres[:, None] - torch.arange(from_px)).abs()
    near = (7 * away**3 - 12 * away**2 + 16 / 3) / 6
    far = (-7 / 3 * away**3 + 12 * away**2 - 20 * away + 32 / 3) / 6
    weights = torch.where(away < 1, near, torch.where(away < 2, far, torch.zeros(())))
    return weights / weights.sum(1, keepdim=True)
