"""Train a conditional variational autoencoder on the paintings, and write its decoder as a bundle's decoder.

    python -m artrator.recipes.palette_vae --out FOLDER

A VAE (Kingma & Welling 2014) that is told style and palette, so that its latent holds the composition alone. The
decoder draws masks from latent and style and takes the paints from the palette: change it and the composition stays.
Pictures of a plain VAE are blurred; after a first part, a discriminator looks at them too and lends its features as a
measure of likeness (Larsen et al. 2016), and looks at pictures from the prior, which is what users will ask for.
"""

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

STYLES = ("colour-field", "cut-outs", "hills", "line-drawing", "nested-squares", "targets", "tilted-planes", "waves")
SIZE_PX, PRINT_PX = 64, 256  # as it learns to paint, and as it is printed
LATENT = 48
STYLE_WIDTH = 128
CHANNELS = (112, 112, 64, 36, 20)  # of the decoder, at 4, 8, 16, 32 and 64 px
MASKS = 7
BATCH = 24
LEARNING_RATE = 1.5e-3
LIKENESS = 700.0  # what an average error of 1 costs, in nats
ADVERSARY_FROM = 0.4  # share of the steps that are a plain VAE's
WEIGHT_UNLIKE, WEIGHT_CAUGHT = 20.0, 12.0  # of the adversary's view, in nats
R1_WEIGHT, R1_EVERY = 1.0, 12
KEEP = 0.998


class Decoder(nn.Module):
    """latent (N, LATENT), style (N,) int64, palette (N,) int64 -> image (N, 3, SIZE_PX, SIZE_PX), about -1..1."""

    def __init__(self) -> None:
        super().__init__()
        self.styles = nn.Embedding(len(STYLES), STYLE_WIDTH // 2)
        self.palettes = nn.Embedding(len(PALETTES), STYLE_WIDTH // 2)
        self.shape = nn.ModuleList([Linear(LATENT + STYLE_WIDTH // 2, STYLE_WIDTH), Linear(STYLE_WIDTH, STYLE_WIDTH)])
        self.start = Linear(STYLE_WIDTH, CHANNELS[0] * 16)
        self.blocks = nn.ModuleList(
            StyledConv(inputs, outputs, STYLE_WIDTH, 4 << i)
            for i, (inputs, outputs) in enumerate(pairwise(CHANNELS), 1)
        )
        self.to_masks = Conv(CHANNELS[-1], MASKS + 1)
        self.colour = nn.Sequential(
            Linear(2 * STYLE_WIDTH // 2 + STYLE_WIDTH, 160), nn.LeakyReLU(0.2), Linear(160, MASKS * 3)
        )

    def forward(self, latent: Tensor, style: Tensor, palette: Tensor) -> Tensor:
        return mix_paints(*self.draw(latent, style, palette))

    def draw(self, latent: Tensor, style: Tensor, palette: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give the masks, the paints and the texture of a picture."""
        kind = self.styles(style)
        shape = torch.cat([latent, kind], 1)
        for layer in self.shape:
            shape = fn.leaky_relu(layer(shape), 0.2) * 2**0.5
        x = self.start(shape).unflatten(1, (CHANNELS[0], 4, 4))
        for block in self.blocks:
            x = block(fn.interpolate(x, scale_factor=2, mode="bilinear"), shape)
        x = self.to_masks(x)
        return x[:, :MASKS], self.colour(torch.cat([shape, kind, self.palettes(palette)], 1)), x[:, MASKS:]


class Trunk(nn.Module):
    """Read an image: features at every scale and one flat vector, given style and palette."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        widths = (24, 48, 88, 128)
        self.kinds = nn.Embedding(len(STYLES) * len(PALETTES), 64)
        self.first = Conv(12, widths[0])
        self.downs = nn.ModuleList(Conv(inputs, width, stride=2) for inputs, width in pairwise(widths))
        self.flat = Linear(widths[-1] * 16 + 64, 192)
        self.last = Linear(192, outputs)

    def forward(self, image: Tensor, style: Tensor, palette: Tensor) -> tuple[Tensor, list[Tensor]]:
        x = fn.leaky_relu(self.first(fn.pixel_unshuffle(image, 2)), 0.2)
        features = [x]
        for down in self.downs:
            x = fn.leaky_relu(down(x), 0.2) * 2**0.5
            features.append(x)
        kind = self.kinds(style * len(PALETTES) + palette)
        x = fn.leaky_relu(self.flat(torch.cat([x.flatten(1), kind], 1)), 0.2)
        return self.last(x), features


def fit(options: Options) -> Decoder:
    """Train encoder, decoder and, later, the adversary; gives the averaged decoder."""
    paintings = load_paintings(options.work, options.paintings, SIZE_PX, styles=STYLES)
    batches = paintings.batches(BATCH, np.random.default_rng(options.seed))
    encoder, decoder, average, adversary = Trunk(2 * LATENT), Decoder(), Decoder(), Trunk(1)
    for module in (encoder, decoder, average, adversary):
        module.to(memory_format=torch.channels_last)
    average.load_state_dict(decoder.state_dict())
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], LEARNING_RATE, (0.5, 0.99))
    adam_d = torch.optim.Adam(adversary.parameters(), LEARNING_RATE, (0.0, 0.99))

    def step(i: int) -> dict[str, float]:
        images, *labels = next(batches)
        with half_precision():
            moments, _ = encoder(images, *labels)
            mean, log_variance = moments.float().clamp(-12, 12).chunk(2, 1)
            copies = decoder(mean + torch.randn_like(mean) * torch.exp(log_variance / 2), *labels)
            dreams = decoder(torch.randn_like(mean), *labels) if i >= options.steps * ADVERSARY_FROM else None
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        error = _unlikeness(copies, images)
        loss = LIKENESS * error + divergence
        told = {"error": error.item(), "divergence": divergence.item()}
        if dreams is not None:
            slope = i % R1_EVERY == 0
            told["adversary"] = _teach(adversary, adam_d, images, (copies, dreams), labels, also_slope=slope)
            loss = loss + _reproach(adversary, images, copies, dreams, labels)
        descend(adam, loss)
        follow(average, decoder, min(KEEP, (i + 1) / (i + 10)))
        return told

    parts = {"encoder": encoder, "decoder": decoder, "average": average, "adversary": adversary}
    train(options, "palette-vae", {**parts, "adam": adam, "adam_d": adam_d}, step)
    return average


def _unlikeness(copies: Tensor, images: Tensor) -> Tensor:
    """Measure the error of the pixels, and as much again of their differences, where edges show."""
    error = (copies - images).float()
    return error.abs().mean() + 0.7 * (error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean())


def _teach(
    adversary: Trunk,
    adam: torch.optim.Optimizer,
    images: Tensor,
    fakes: tuple[Tensor, Tensor],
    labels: list[Tensor],
    *,
    also_slope: bool,
) -> float:
    """Teach the adversary to tell paintings from copies and from dreams; R1 now and then, but then more of it."""
    with half_precision():
        loss = 2 * fn.softplus(-adversary(images, *labels)[0]).mean()
        loss = loss + sum(fn.softplus(adversary(fake.detach(), *labels)[0]).mean() for fake in fakes)
    told = loss.item()
    if also_slope:
        images = images.detach().requires_grad_()
        (slope,) = torch.autograd.grad(adversary(images, *labels)[0].sum(), images, create_graph=True)
        loss = loss + slope.square().sum((1, 2, 3)).mean() * R1_WEIGHT / 2 * R1_EVERY
    descend(adam, loss)
    return told


def _reproach(adversary: Trunk, images: Tensor, copies: Tensor, dreams: Tensor, labels: list[Tensor]) -> Tensor:
    """Weigh what the adversary holds against copies and dreams, and how unlike it finds the copies."""
    adversary.requires_grad_(False)
    with half_precision():
        score, features = adversary(copies, *labels)
        score_dreams, _ = adversary(dreams, *labels)
        with torch.no_grad():
            _, wanted = adversary(images, *labels)
        unlike = torch.stack([fn.l1_loss(a, b) for a, b in zip(features, wanted, strict=True)]).sum()
        caught = fn.softplus(-score).mean() + 2 * fn.softplus(-score_dreams).mean()
    adversary.requires_grad_(True)
    return WEIGHT_UNLIKE * unlike + WEIGHT_CAUGHT * caught


def main(arguments: list[str] | None = None) -> None:
    """Train and write `decoder.onnx`."""
    options = read_options("palette_vae", steps=14_000, paintings=26_400, arguments=arguments)
    decoder = fit(options)
    labels = {"style": torch.tensor([0, 1]), "palette": torch.tensor([2, 3])}
    export(
        Print(decoder, SIZE_PX, PRINT_PX),
        options.out / "decoder.onnx",
        {"latent": torch.randn(2, LATENT), **labels},
        ["image"],
    )


if __name__ == "__main__":
    main()
