"""Train a conditional variational autoencoder on the paintings, and write its decoder as a bundle's decoder.

    python -m artrator.recipes.palette_vae --out FOLDER

A VAE (Kingma & Welling 2014) that is told style and palette, so that its latent holds the composition alone: change the
palette and the composition stays. A plain VAE paints blurred pictures. So it is made to decide between paints, and a
critic joins later: it lends its features as a measure of likeness (Larsen et al. 2016), and judges pictures from the
prior, which are what users will ask for.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes.art import PALETTES
from artrator.recipes.critic import R1_EVERY, WIDTHS, Critic, steepness
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
from artrator.recipes.layers import Conv, Linear
from artrator.recipes.painter import (
    LATENT,
    LEARNING_SHARPNESS,
    PRINT_PX,
    SIZE_PX,
    STYLES,
    Painter,
    Print,
    mix_paints,
    softness,
)

STEPS, PAINTINGS = 5_200, 23_760
BATCH = 24
LEARNING_RATE = 2e-3
LIKENESS = 3000.0  # what an average error of 1 costs, in nats
WEIGHT_SOFT = 25.0  # nats, lest an undecided painter blend paints: printed sharply, it has to decide
CRITIC_FROM = 4_200  # the steps before are a plain VAE's
WEIGHT_UNLIKE, WEIGHT_CAUGHT = 60.0, 40.0  # of the critic's view, in nats
KEEP = 0.998


class Encoder(nn.Module):
    """image (N, 3, SIZE_PX, SIZE_PX), shares of styles and palettes -> mean and log variance of its latent."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Conv(12, WIDTHS[0])
        self.downs = nn.ModuleList(Conv(inputs, outputs, stride=2) for inputs, outputs in pairwise(WIDTHS))
        self.flat = Linear(WIDTHS[-1] * 16 + len(STYLES) + len(PALETTES), 192)
        self.last = Linear(192, 2 * LATENT)

    def forward(self, image: Tensor, styles: Tensor, palettes: Tensor) -> tuple[Tensor, Tensor]:
        x = fn.leaky_relu(self.first(fn.pixel_unshuffle(image, 2)), 0.2)
        for down in self.downs:
            x = fn.leaky_relu(down(x), 0.2) * 2**0.5
        x = fn.leaky_relu(self.flat(torch.cat([x.flatten(1), styles * 3, palettes * 3], 1)), 0.2)
        mean, log_variance = self.last(x).float().clamp(-12, 12).chunk(2, 1)
        return mean, log_variance


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a run leaves: the painter with averaged weights and the critic, from which the GAN goes on."""

    painter: Painter
    critic: Critic


def fit(options: Options) -> Trained:
    """Train encoder and painter and, later, the critic."""
    paintings = load_paintings(options.work, options.paintings, SIZE_PX, styles=STYLES)
    batches = paintings.batches(BATCH, np.random.default_rng(options.seed))
    encoder, painter, average, critic = Encoder(), Painter(), Painter(), Critic()
    for module in (encoder, painter, average, critic):
        module.to(memory_format=torch.channels_last)
    average.load_state_dict(painter.state_dict())
    adam = torch.optim.Adam([*encoder.parameters(), *painter.parameters()], LEARNING_RATE, (0.5, 0.99))
    adam_d = torch.optim.Adam(critic.parameters(), LEARNING_RATE, (0.0, 0.99))

    critic_from = 2 if options.quick else CRITIC_FROM

    def step(i: int) -> dict[str, float]:
        images, styles, palettes = next(batches)
        labels = [fn.one_hot(styles, len(STYLES)).float(), fn.one_hot(palettes, len(PALETTES)).float()]
        with half_precision():
            mean, log_variance = encoder(images, *labels)
            drawn = painter.draw(mean + torch.randn_like(mean) * torch.exp(log_variance / 2), *labels)
            copies = mix_paints(*drawn, sharpness=LEARNING_SHARPNESS)
            dreams = painter(torch.randn_like(mean), *labels) if i >= critic_from else None
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        error = _unlikeness(copies, images)
        soft = softness(drawn[0])
        loss = LIKENESS * error + divergence + WEIGHT_SOFT * soft
        told = {"error": error.item(), "divergence": divergence.item(), "soft": soft.item()}
        if dreams is not None:
            taught = teach(critic, images, (copies, dreams), labels)
            told["critic"] = taught.item()
            descend(adam_d, taught + (steepness(critic, images, labels) if i % R1_EVERY == 0 else 0))
            loss = loss + _reproach(critic, images, copies, dreams, labels)
        descend(adam, loss)
        follow(average, painter, min(KEEP, (i + 1) / (i + 10)))
        return told

    parts = {"encoder": encoder, "painter": painter, "average": average, "critic": critic}
    train(options, "palette-vae", {**parts, "adam": adam, "adam_d": adam_d}, step)
    return Trained(painter=average, critic=critic)


def _unlikeness(copies: Tensor, images: Tensor) -> Tensor:
    """Measure the error of the pixels, and nearly as much again of their differences, where edges show."""
    error = (copies - images).float()
    return error.abs().mean() + 0.7 * (error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean())


def teach(critic: Critic, images: Tensor, fakes: tuple[Tensor, ...], labels: list[Tensor]) -> Tensor:
    """Give the loss of a critic that should tell paintings from fakes of the same kinds."""
    with half_precision():
        loss = fn.softplus(-critic(images, *labels)[0]).mean()
        caught = [fn.softplus(critic(fake.detach(), *labels)[0]).mean() for fake in fakes]
    return loss + torch.stack(caught).mean()


def _reproach(critic: Critic, images: Tensor, copies: Tensor, dreams: Tensor, labels: list[Tensor]) -> Tensor:
    """Weigh what the critic holds against copies and dreams, and how unlike it finds the copies."""
    critic.requires_grad_(False)
    with half_precision():
        score, features = critic(copies, *labels)
        score_dreams, _ = critic(dreams, *labels)
        with torch.no_grad():
            _, wanted = critic(images, *labels)
        unlike = torch.stack([fn.l1_loss(a, b) for a, b in zip(features, wanted, strict=True)]).sum()
        caught = fn.softplus(-score).mean() + 2 * fn.softplus(-score_dreams).mean()
    critic.requires_grad_(True)
    return WEIGHT_UNLIKE * unlike + WEIGHT_CAUGHT * caught


class Chosen(nn.Module):
    """Take style and palette as numbers of a list: latent (N, LATENT), style (N,) int64, palette (N,) int64."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self.painter = painter
        self.register_buffer("styles", torch.eye(len(STYLES)))
        self.register_buffer("palettes", torch.eye(len(PALETTES)))

    def draw(self, latent: Tensor, style: Tensor, palette: Tensor, decision: float) -> tuple[Tensor, Tensor, Tensor]:
        """Give masks, paints and texture."""
        return self.painter.draw(latent, self.styles[style], self.palettes[palette], decision)


def main(arguments: list[str] | None = None) -> None:
    """Train and write `decoder.onnx`."""
    options = read_options("palette_vae", steps=STEPS, paintings=PAINTINGS, arguments=arguments)
    picture = Print(Chosen(fit(options).painter), SIZE_PX, PRINT_PX, decision=6.0)  # unmixed paints
    labels = {"style": torch.tensor([0, 1]), "palette": torch.tensor([2, 3])}
    export(picture, options.out / "decoder.onnx", {"latent": torch.randn(2, LATENT), **labels}, ["image"])


if __name__ == "__main__":
    main()
