"""Train the text encoder and the UNet together: from noise and a prompt to the latents of a painting."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from artrator.engine.codecs.text import Tokenizer
from artrator.recipes.art import PALETTES, STYLES
from artrator.recipes.harness import Options, Paintings, follow, half_precision, train
from artrator.recipes.museum.compression import Latents, descent
from artrator.recipes.museum.muon import Muon, hidden_matrices
from artrator.recipes.museum.networks import Denoiser, TextEncoder
from artrator.recipes.museum.noise import TRAINED_STEPS, signal_and_noise
from artrator.recipes.museum.prompts import write_prompt
from artrator.recipes.museum.shares import Shares

BATCH = 64
LEARNING_RATE, MATRIX_RATE = 2e-3, 2e-2  # of AdamW and of Muon
KEEP, FOLLOW_EVERY = 0.996, 5
SILENT = 0.1  # the share of prompts left out, for guidance


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffusion:
    """Both networks, with averaged weights."""

    text_encoder: TextEncoder
    denoiser: Denoiser


def caption_prompts(paintings: Paintings, seed: int) -> list[str]:
    """Write a prompt for each painting."""
    styles, palettes, rng = list(STYLES), list(PALETTES), np.random.default_rng(seed)
    labels = zip(paintings.styles, paintings.palettes, paintings.compositions, strict=True)
    return [write_prompt(styles[style], palettes[palette], words, rng) for style, palette, words in labels]


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """Count the tokens: the end's, which pads every prompt, comes last."""
    return tokenizer.encode("")[-1] + 1


def examples(
    latents: Latents, paintings: Paintings, tokenizer: Tokenizer, rng: np.random.Generator, *, silent: float = SILENT
) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw batches for ever: latents (B, C, h, w) float32 and the ids of their prompts (B, LENGTH).

    silent: the share of prompts that are left out.
    """
    styles, palettes = list(STYLES), list(PALETTES)
    while True:
        chosen = rng.integers(len(paintings.images), size=BATCH)
        rows: list[list[int]] = []
        for i in chosen:
            style, palette, words = (
                styles[paintings.styles[i]],
                palettes[paintings.palettes[i]],
                paintings.compositions[i],
            )
            rows.append(
                list(tokenizer.encode("" if rng.random() < silent else write_prompt(style, palette, words, rng)))
            )
        yield torch.from_numpy(latents.values[chosen]).float(), torch.tensor(rows)


def fit_diffusion(options: Options, latents: Latents, paintings: Paintings, tokenizer: Tokenizer) -> Diffusion:
    """Train both; gives the averages."""
    batches = examples(latents, paintings, tokenizer, np.random.default_rng(options.seed))
    both = nn.ModuleList([TextEncoder(vocabulary_size(tokenizer)), Denoiser()]).to(memory_format=torch.channels_last)
    average = copy.deepcopy(both)
    matrices, others = hidden_matrices(both)
    muon = Muon(matrices, MATRIX_RATE)
    adam = torch.optim.AdamW(others, LEARNING_RATE, (0.9, 0.99), weight_decay=0.01, fused=True)
    shares = Shares(both, velocity_error)

    def step(i: int) -> dict[str, float]:
        share = descent(i, options.steps, warm=200)
        for group, rate in ((adam.param_groups[0], LEARNING_RATE), (muon.param_groups[0], MATRIX_RATE)):
            group["lr"] = rate * share
        clean, ids = next(batches)
        loss = shares.descend((clean, torch.randn_like(clean), spread_times(len(clean)), ids), adam, muon, longest=1.0)
        if i % FOLLOW_EVERY == 0:
            follow(average, both, min(KEEP, (i + 1) / (i + 50)) ** FOLLOW_EVERY)
        return {"loss": loss}

    train(options, "museum-diffusion", {"both": both, "average": average, "adam": adam, "muon": muon}, step)
    text_encoder, denoiser = average.eval()
    return Diffusion(text_encoder=text_encoder, denoiser=denoiser)


def velocity_error(both: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Measure how wrong the velocities are that both networks see in noisy latents.

    batch: latents, noise, times and ids. Every time weighs the same: the noisiest, where palette and style are chosen, too.
    """
    clean, noise, times, ids = batch
    alpha, sigma = (each[times, None, None, None] for each in signal_and_noise())
    seen = (alpha * clean + sigma * noise).contiguous(memory_format=torch.channels_last)
    with half_precision():
        velocity = both[1](seen, times, both[0](ids))
    return (velocity.float() - (alpha * noise - sigma * clean)).square().mean()


def spread_times(count: int) -> Tensor:
    """Draw a training step from each of `count` equal parts, in any order: less chance in a batch's loss."""
    return ((torch.randperm(count) + torch.rand(count)) * (TRAINED_STEPS / count)).long().clamp(max=TRAINED_STEPS - 1)
