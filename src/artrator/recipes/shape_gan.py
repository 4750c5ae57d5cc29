"""Train a small generative adversarial network on the paintings, and write its generator as a bundle's decoder.

    python -m artrator.recipes.shape_gan --out FOLDER

The generator follows StyleGAN2 (Karras et al. 2020: modulated convolutions, R1, a moving average of the weights) with a
projection discriminator (Miyato & Koyama 2018) told style and palette. Two things differ. The label is *in* the
latent: its first numbers choose style and palette through a sharp softmax, so a seed is a whole picture and a walk
between seeds passes from style to style. And it paints as the paintings are painted: it draws soft masks, mixes one
colour for each, and adds a little texture, which keeps planes flat and colours in harmony.
"""

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.art import PALETTES
from artrator.recipes.harness import (
    Options,
    descend,
    export,
    follow,
    half_precision,
    load_paintings,
    read_options,
    train,
)
from artrator.recipes.layers import Conv, Linear, Print, StyledConv, mix_paints

STYLES = ("colour-field", "cut-outs", "grid", "hills", "nested-squares", "stripes", "targets", "tilted-planes", "waves")
SIZE_PX, PRINT_PX = 64, 256  # as it learns to paint, and as it is printed
DETAIL = 64  # numbers of the latent that are neither style nor palette
LATENT = len(STYLES) + len(PALETTES) + DETAIL
STYLE_WIDTH = 128
CHANNELS = (128, 128, 72, 40, 20)  # of the generator, at 4, 8, 16, 32 and 64 px
MASKS = 7
BATCH = 16
LEARNING_RATE = 1.5e-3
R1_WEIGHT, R1_EVERY = 1.0, 12
KEEP = 0.999
SHARPNESS = 9.0


class Generator(nn.Module):
    """latent (N, LATENT) standard normal -> image (N, 3, SIZE_PX, SIZE_PX), about -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.mapping = nn.ModuleList(
            [Linear(LATENT, STYLE_WIDTH, speed=0.1), *(Linear(STYLE_WIDTH, STYLE_WIDTH, speed=0.1) for _ in range(2))]
        )
        self.start = nn.Parameter(torch.randn(1, CHANNELS[0], 4, 4))
        self.first = StyledConv(CHANNELS[0], CHANNELS[0], STYLE_WIDTH, 4)
        self.blocks = nn.ModuleList(
            StyledConv(inputs, outputs, STYLE_WIDTH, 4 << i)
            for i, (inputs, outputs) in enumerate(pairwise(CHANNELS), 1)
        )
        self.to_masks = Conv(CHANNELS[-1], MASKS + 1)
        self.paints = nn.Sequential(Linear(STYLE_WIDTH, STYLE_WIDTH), nn.LeakyReLU(0.2), Linear(STYLE_WIDTH, MASKS * 3))

    def forward(self, latent: Tensor) -> Tensor:
        return mix_paints(*self.draw(latent))

    def draw(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give the masks, the paints and the texture of a picture."""
        styles, palettes, detail = split(latent)
        style = torch.cat([styles * math.sqrt(len(STYLES)), palettes * math.sqrt(len(PALETTES)), detail], 1)
        style = style * torch.rsqrt(style.square().mean(1, keepdim=True) + 1e-8)
        for layer in self.mapping:
            style = fn.leaky_relu(layer(style), 0.2) * math.sqrt(2)
        x = self.first(self.start.repeat(latent.shape[0], 1, 1, 1), style)
        for block in self.blocks:
            x = block(fn.interpolate(x, scale_factor=2, mode="bilinear"), style)
        x = self.to_masks(x)
        return x[:, :MASKS], self.paints(style), x[:, MASKS:]


def split(latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Read a latent: shares of the styles (N, S), of the palettes (N, P), and what is left (N, DETAIL).

    The shares do not depend on the latent's length, so truncation calms the picture and does not change its kind.
    """
    shares = []
    for block in latent.split([len(STYLES), len(PALETTES), DETAIL], 1)[:2]:
        level = block - block.mean(1, keepdim=True)
        shares.append(torch.softmax(SHARPNESS * level * torch.rsqrt(level.square().mean(1, keepdim=True) + 1e-8), 1))
    return shares[0], shares[1], latent[:, -DETAIL:]


class Down(nn.Module):
    """Halve the side: a residual block of the discriminator."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.one, self.two = Conv(inputs, inputs), Conv(inputs, outputs, stride=2)
        self.skip = Conv(inputs, outputs, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        bent = fn.leaky_relu(self.two(fn.leaky_relu(self.one(x), 0.2)), 0.2) * 2
        return (bent + self.skip(fn.avg_pool2d(x, 2))) / math.sqrt(2)


class Discriminator(nn.Module):
    """image (N, 3, SIZE_PX, SIZE_PX), shares of styles and palettes -> how real (N,)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (24, 48, 88, 144)
        self.first = Conv(12, widths[0])
        self.downs = nn.ModuleList(Down(inputs, outputs) for inputs, outputs in pairwise(widths))
        self.last = Conv(widths[-1] + 1, widths[-1])
        self.flat = Linear(widths[-1] * 16, 160)
        self.real = Linear(160, 1)
        self.kind = Linear(len(STYLES) + len(PALETTES), 160)

    def forward(self, image: Tensor, styles: Tensor, palettes: Tensor) -> Tensor:
        x = fn.leaky_relu(self.first(fn.pixel_unshuffle(image, 2)), 0.2)
        for down in self.downs:
            x = down(x)
        spread = x.unflatten(0, (-1, 4)).var(1, unbiased=False).add(1e-8).sqrt().mean((1, 2, 3))  # of groups of four
        spread = spread.repeat_interleave(4)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        x = fn.leaky_relu(self.last(torch.cat([x, spread], 1)), 0.2)
        x = fn.leaky_relu(self.flat(x.flatten(1)), 0.2)
        kind = self.kind(torch.cat([styles * len(STYLES), palettes * len(PALETTES)], 1) / 3)
        return self.real(x)[:, 0] + (x * kind).sum(1) / math.sqrt(160)


def fit(options: Options) -> Generator:
    """Train generator and discriminator against each other; gives the averaged generator."""
    paintings = load_paintings(options.work, options.paintings, SIZE_PX, styles=STYLES)
    batches = paintings.batches(BATCH, np.random.default_rng(options.seed))
    generator, average, discriminator = (
        m.to(memory_format=torch.channels_last) for m in (Generator(), Generator(), Discriminator())
    )
    average.load_state_dict(generator.state_dict())
    optimisers = [torch.optim.Adam(m.parameters(), LEARNING_RATE, (0.0, 0.99)) for m in (generator, discriminator)]

    def real_batch() -> tuple[Tensor, Tensor, Tensor]:
        images, styles, palettes = next(batches)
        return images, fn.one_hot(styles, len(STYLES)).float(), fn.one_hot(palettes, len(PALETTES)).float()

    def step(i: int) -> dict[str, float]:
        images, *labels = real_batch()
        latent = torch.randn(BATCH, LATENT)
        fake_labels = split(latent)[:2]
        with half_precision():
            fakes = generator(latent)
            loss = fn.softplus(-discriminator(images, *labels)).mean()
            loss = loss + fn.softplus(discriminator(fakes.detach(), *fake_labels)).mean()
        descend(optimisers[1], loss + (_steepness(discriminator, images, labels) if i % R1_EVERY == 0 else 0))
        discriminator.requires_grad_(False)
        with half_precision():
            fooled = fn.softplus(-discriminator(fakes, *fake_labels)).mean()
        descend(optimisers[0], fooled)
        discriminator.requires_grad_(True)
        follow(average, generator, min(KEEP, (i + 1) / (i + 10)))
        return {"discriminator": loss.item(), "generator": fooled.item()}

    parts = {"generator": generator, "average": average, "discriminator": discriminator}
    train(options, "shape-gan", {**parts, "adam_g": optimisers[0], "adam_d": optimisers[1]}, step)
    return average


def _steepness(discriminator: Discriminator, images: Tensor, labels: list[Tensor]) -> Tensor:
    """Weigh the discriminator's slope at real pictures (R1, Mescheder et al. 2018), now and then but then more."""
    images = images.requires_grad_()
    (slope,) = torch.autograd.grad(discriminator(images, *labels).sum(), images, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() * R1_WEIGHT / 2 * R1_EVERY


def main(arguments: list[str] | None = None) -> None:
    """Train and write `decoder.onnx`."""
    options = read_options("shape_gan", steps=24_000, paintings=36_000, arguments=arguments)
    generator = fit(options)
    export(
        Print(generator, SIZE_PX, PRINT_PX), options.out / "decoder.onnx", {"latent": torch.randn(2, LATENT)}, ["image"]
    )


if __name__ == "__main__":
    main()
