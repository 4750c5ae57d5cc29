"""Train the museum's autoencoder, and keep the latents of all the paintings, in which the diffusion learns."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from artrator.recipes.harness import (
    Options,
    Paintings,
    descend,
    descent,
    follow,
    half_precision,
    train,
)
from artrator.recipes.museum.autoencoder import Decoder, Encoder, drawn
from artrator.recipes.whole_files import keep_file

STEPS = 1_600
BATCH, CROP_PX = 16, 64  # many small steps: a convolution learns the same from a piece as from the whole
LEARNING_RATE = 2e-3
KEEP = 0.995
WEIGHT_EDGES = 0.7
WEIGHT_DIVERGENCE = 2.5e-3  # a little noise in the latents: the decoder gets used to a diffusion's small errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoencoder:
    """Both halves, with averaged weights."""

    encoder: Encoder
    decoder: Decoder


def fit_autoencoder(options: Options, paintings: Paintings) -> Autoencoder:
    """Train encoder and decoder on flipped and unflipped paintings."""
    options = replace(options, steps=options.steps if options.quick else STEPS)
    batches = paintings.batches(BATCH, np.random.default_rng(options.seed))
    both = nn.ModuleList([Encoder(), Decoder()]).to(memory_format=torch.channels_last)
    average = nn.ModuleList([Encoder(), Decoder()]).to(memory_format=torch.channels_last)
    average.load_state_dict(both.state_dict())
    adam = torch.optim.AdamW(both.parameters(), LEARNING_RATE, (0.9, 0.99), weight_decay=1e-4)

    def step(i: int) -> dict[str, float]:
        for group in adam.param_groups:
            group["lr"] = LEARNING_RATE * descent(i, options.steps, warm=100)
        images = _pieces(next(batches)[0]).contiguous(memory_format=torch.channels_last)
        with half_precision():
            latents, divergence = drawn(both[0](images))
            copies = both[1](latents)
        error, edges = unlikeness(copies, images)
        descend(adam, error + WEIGHT_EDGES * edges + WEIGHT_DIVERGENCE * divergence)
        follow(average, both, min(KEEP, (i + 1) / (i + 10)))
        return {"error": error.item(), "edges": edges.item(), "divergence": divergence.item()}

    train(options, "museum-autoencoder", {"both": both, "average": average, "adam": adam}, step)
    encoder, decoder = average.eval()
    return Autoencoder(encoder=encoder, decoder=decoder)


def _pieces(images: Tensor) -> Tensor:
    """Cut a piece out of each picture, half of them flipped."""
    left, top = torch.randint(images.shape[3] - CROP_PX + 1, (2, len(images)))
    pieces = [
        each[:, y : y + CROP_PX, x : x + CROP_PX]
        for each, x, y in zip(images, left.tolist(), top.tolist(), strict=True)
    ]
    return torch.stack([piece.flip(2) if i % 2 else piece for i, piece in enumerate(pieces)])


def unlikeness(copies: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """Measure the errors of the pixels, and those of their differences, where edges show."""
    error = (copies - images).float()
    return error.abs().mean(), error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Latents:
    """The latents of the paintings, centred and of unit variance: (N, CHANNELS, h, w) float16.

    center: (CHANNELS,) and scale: what was taken off the encoder's means, and by what they were divided.
    """

    values: NDArray[np.float16]
    center: NDArray[np.float32]
    scale: float


@torch.no_grad()
def encode_all(file: Path, count: int, encode: Callable[[int], Tensor]) -> Latents:
    """Encode all the paintings, once: a second call reads them back. encode: moments of a hundred from an index on."""
    if not file.exists():
        rows: list[NDArray[np.float16]] = []
        for first in range(0, count, 100):
            with half_precision():
                moments = encode(first)
            rows.append(moments.float().chunk(2, 1)[0].numpy().astype(np.float16))
        keep_file(file, partial(np.save, arr=np.concatenate(rows)))
    means = np.load(file).astype(np.float32)
    center = means.mean((0, 2, 3))
    means -= center[:, None, None]
    scale = float(means.std())
    return Latents(values=(means / scale).astype(np.float16), center=center, scale=scale)


def encode_paintings(options: Options, encoder: Encoder, paintings: Paintings) -> Latents:
    """Give the fine latents of all the paintings."""

    def encode(first: int) -> Tensor:
        pixels = torch.from_numpy(np.array(paintings.images[first : first + 100])).permute(0, 3, 1, 2)
        return encoder((pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last))

    return encode_all(options.work / "museum-fine-latents.npy", len(paintings.images), encode)
