"""Train both halves of the museum's decoder together, on the pixels, once what is encoded stays as it is.

What the latents leave open (strokes, dots, the cloth's grain) would be painted as its average, a blur. So a critic of small
patches says whether they could be a painting's, and the decoder paints something that could (Esser et al. 2021, VQGAN).
"""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn
from torch.nn.utils.parametrizations import spectral_norm

from artrator.recipes.harness import Options, Paintings, descend, follow, half_precision, train
from artrator.recipes.museum.autoencoder import FOLD
from artrator.recipes.museum.compression import WEIGHT_EDGES, Latents, descent, unlikeness
from artrator.recipes.museum.whole import WholeDecoder

STEPS = 1_000
BATCH, CROP = 12, 4  # latents a side
LEARNING_RATE, CRITIC_RATE = 5e-4, 5e-4
KEEP, FOLLOW_EVERY = 0.99, 5
ROUGHNESS = 0.1  # noise on the latents: what a diffusion makes is not quite what an encoder would have made
ALONE = 0.2  # the share of the steps before the critic is heard
HEARD, LOUDEST = (
    0.5,
    1.0,
)  # how much it counts beside the pixels, by the lengths of their slopes; its weight at the most


class PatchCritic(nn.Module):
    """image (N, 3, H, W) in -1..1 -> how real each patch looks, (N, 1, H / 8, W / 8), and what was seen on the way."""

    def __init__(self) -> None:
        super().__init__()
        widths = (48, 64, 96, 128)
        strides = (1, 2, 1)
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1))
            for inputs, outputs, stride in zip(widths, widths[1:], strides, strict=False)
        )
        self.real = spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, image: Tensor) -> tuple[Tensor, list[Tensor]]:
        x, seen = fn.pixel_unshuffle(image, 4), []
        for layer in self.layers:
            x = fn.leaky_relu(layer(x), 0.2)
            seen.append(x)
        return self.real(x), seen


def polish(options: Options, decoder: WholeDecoder, latents: Latents, paintings: Paintings) -> WholeDecoder:
    """Train a copy of the decoder; gives it with averaged weights."""
    options = replace(options, steps=options.steps if options.quick else STEPS)
    rng = np.random.default_rng(options.seed)
    learner = copy.deepcopy(decoder).train().to(memory_format=torch.channels_last)
    average, critic = copy.deepcopy(learner), PatchCritic().to(memory_format=torch.channels_last)
    adam = torch.optim.AdamW(learner.parameters(), LEARNING_RATE, (0.5, 0.99), weight_decay=1e-4, fused=True)
    critics_adam = torch.optim.AdamW(critic.parameters(), CRITIC_RATE, (0.5, 0.99), weight_decay=1e-4, fused=True)

    def step(i: int) -> dict[str, float]:
        share = descent(i, options.steps, warm=50)
        adam.param_groups[0]["lr"] = LEARNING_RATE * share
        critics_adam.param_groups[0]["lr"] = CRITIC_RATE * (0.2 + 0.8 * share)
        seen, images = _pieces(latents, paintings, rng)
        seen = seen + ROUGHNESS * torch.randn_like(seen)
        with half_precision():
            copies = learner(seen.contiguous(memory_format=torch.channels_last))
        error, edges = unlikeness(copies, images)
        loss = error + WEIGHT_EDGES * edges
        if i >= ALONE * options.steps:
            loss = loss + _criticism(critic, learner, copies, images, loss)
        descend(adam, loss)
        judged = _judgement(critic, copies.detach().float(), images)
        descend(critics_adam, judged)
        if i % FOLLOW_EVERY == 0:
            follow(average, learner, min(KEEP, (i + 1) / (i + 50)) ** FOLLOW_EVERY)
        return {"error": error.item(), "edges": edges.item(), "critic": judged.item()}

    parts = {"learner": learner, "average": average, "adam": adam, "critic": critic, "critics_adam": critics_adam}
    train(options, "museum-decoder", parts, step)
    return average.eval()


def _criticism(critic: PatchCritic, learner: WholeDecoder, copies: Tensor, images: Tensor, pixels: Tensor) -> Tensor:
    """Say what the critic holds against the copies, as loud beside the pixels as HEARD says."""
    real, seen = critic(copies.float())
    with torch.no_grad():
        _, wanted = critic(images)
    features = sum((a - b).abs().mean() for a, b in zip(seen, wanted, strict=True)) / len(wanted)
    against = features - real.mean()
    last = learner.outer.layers[-1].weight
    (of_pixels,) = torch.autograd.grad(pixels, last, retain_graph=True)
    (of_critic,) = torch.autograd.grad(against, last, retain_graph=True)
    weight = (HEARD * of_pixels.norm() / (of_critic.norm() + 1e-6)).clamp(max=LOUDEST)
    return weight.detach() * against


def _judgement(critic: PatchCritic, copies: Tensor, images: Tensor) -> Tensor:
    """Measure how badly the critic tells paintings from copies (hinge)."""
    painted, _ = critic(images)
    copied, _ = critic(copies)
    return fn.relu(1 - painted).mean() + fn.relu(1 + copied).mean()


def _pieces(latents: Latents, paintings: Paintings, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Cut the same piece out of some paintings and of their latents."""
    side = latents.values.shape[2]
    cuts = [(i, *rng.integers(side - CROP + 1, size=2)) for i in rng.integers(len(paintings.images), size=BATCH)]
    seen = [latents.values[i, :, y : y + CROP, x : x + CROP] for i, y, x in cuts]
    images = [paintings.images[i, FOLD * y : FOLD * (y + CROP), FOLD * x : FOLD * (x + CROP)] for i, y, x in cuts]
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return torch.from_numpy(np.stack(seen)).float(), pixels.contiguous(memory_format=torch.channels_last)
