"""Train a generative adversarial network on the paintings, and write its generator as a bundle's decoder.

    python -m artrator.recipes.shape_gan --out FOLDER

The label is *in* the latent: its first numbers choose style and palette through a sharp softmax, so that a seed is a
whole picture and a walk between seeds passes from style to style. The generator begins as the decoder of `palette_vae`
(trained first where `--work` holds none), because a VAE learns to draw much sooner; from there on it is a plain GAN
(Goodfellow et al. 2014) with R1 and a moving average of the weights, and no picture is copied.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from artrator.recipes import palette_vae
from artrator.recipes.art import PALETTES
from artrator.recipes.critic import R1_EVERY, steepness
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
from artrator.recipes.painter import LATENT, PRINT_PX, SIZE_PX, STYLES, Painter, Print

SEED_LATENT = len(STYLES) + len(PALETTES) + LATENT
BATCH = 16
LEARNING_RATE = 1.5e-3
KEEP = 0.998
SHARPNESS = 6.0  # of the choice of style and palette
BEGIN_STEPS = 3_750  # of the VAE


class Seeded(nn.Module):
    """latent (N, SEED_LATENT) standard normal -> a picture, style and palette included."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self.painter = painter

    def draw(self, latent: Tensor, decision: float) -> tuple[Tensor, Tensor, Tensor]:
        """Give masks, paints and texture."""
        styles, palettes, composition = split(latent)
        return self.painter.draw(composition, styles, palettes, decision)


def split(latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Read a latent: shares of the styles (N, S), of the palettes (N, P), and the painter's own latent (N, LATENT).

    The shares do not depend on the latent's length, so truncation calms the picture and does not change its kind.
    """
    blocks = latent.split([len(STYLES), len(PALETTES), LATENT], 1)
    return _shares(blocks[0]), _shares(blocks[1]), blocks[2]


def _shares(block: Tensor) -> Tensor:
    level = block - block.mean(1, keepdim=True)
    return torch.softmax(SHARPNESS * level * torch.rsqrt(level.square().mean(1, keepdim=True) + 1e-8), 1)


def fit(options: Options) -> Painter:
    """Train painter and critic against each other; gives the painter with averaged weights."""
    begun = palette_vae.fit(replace(options, steps=options.steps if options.quick else BEGIN_STEPS))
    painter, average, critic = begun.painter, Painter(), begun.critic
    average.load_state_dict(painter.state_dict())
    paintings = load_paintings(options.work, options.paintings, SIZE_PX, styles=STYLES)
    batches = paintings.batches(BATCH, np.random.default_rng(options.seed))
    adam = torch.optim.Adam(painter.parameters(), LEARNING_RATE, (0.0, 0.99))
    adam_d = torch.optim.Adam(critic.parameters(), LEARNING_RATE, (0.0, 0.99))

    def step(i: int) -> dict[str, float]:
        images, styles, palettes = next(batches)
        labels = [fn.one_hot(styles, len(STYLES)).float(), fn.one_hot(palettes, len(PALETTES)).float()]
        fake_styles, fake_palettes, composition = split(torch.randn(BATCH, SEED_LATENT))
        fake_labels = [fake_styles, fake_palettes]
        with half_precision():
            fakes = painter(composition, *fake_labels)
            both = [torch.cat(pair) for pair in zip(labels, fake_labels, strict=True)]
            real, fake = critic(torch.cat([images, fakes.detach()]), *both)[0].chunk(2)
            taught = fn.softplus(-real).mean() + fn.softplus(fake).mean()
        descend(adam_d, taught + (steepness(critic, images, labels) if i % R1_EVERY == 0 else 0))
        critic.requires_grad_(False)
        with half_precision():
            caught = fn.softplus(-critic(fakes, *fake_labels)[0]).mean()
        descend(adam, caught)
        critic.requires_grad_(True)
        follow(average, painter, min(KEEP, (i + 1) / (i + 10)))
        return {"critic": taught.item(), "painter": caught.item()}

    parts = {"painter": painter, "average": average, "critic": critic, "adam": adam, "adam_d": adam_d}
    train(options, "shape-gan", parts, step)
    return average


def main(arguments: list[str] | None = None) -> None:
    """Train and write `decoder.onnx`."""
    options = read_options("shape_gan", steps=3_000, paintings=palette_vae.PAINTINGS, arguments=arguments)
    picture = Print(Seeded(fit(options)), SIZE_PX, PRINT_PX, decision=2.0)  # a walk should not flicker
    export(picture, options.out / "decoder.onnx", {"latent": torch.randn(2, SEED_LATENT)}, ["image"])


if __name__ == "__main__":
    main()
