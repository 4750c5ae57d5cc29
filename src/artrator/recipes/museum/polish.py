"""Train both halves of the museum's decoder together, on the pixels, once what is encoded stays as it is."""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from artrator.recipes.harness import Options, Paintings, descend, follow, half_precision, train
from artrator.recipes.museum.autoencoder import FOLD
from artrator.recipes.museum.compression import WEIGHT_EDGES, Latents, descent, unlikeness
from artrator.recipes.museum.whole import WholeDecoder

STEPS = 400
BATCH, CROP = 16, 4  # latents a side
LEARNING_RATE = 5e-4
KEEP, FOLLOW_EVERY = 0.99, 5
ROUGHNESS = 0.1  # noise on the latents: what a diffusion makes is not quite what an encoder would have made


def polish(options: Options, decoder: WholeDecoder, latents: Latents, paintings: Paintings) -> WholeDecoder:
    """Train a copy of the decoder; gives it with averaged weights."""
    options = replace(options, steps=options.steps if options.quick else STEPS)
    rng = np.random.default_rng(options.seed)
    learner = copy.deepcopy(decoder).train().to(memory_format=torch.channels_last)
    average = copy.deepcopy(learner)
    adam = torch.optim.AdamW(learner.parameters(), LEARNING_RATE, (0.9, 0.99), weight_decay=1e-4, fused=True)

    def step(i: int) -> dict[str, float]:
        for group in adam.param_groups:
            group["lr"] = LEARNING_RATE * descent(i, options.steps, warm=50)
        seen, images = _pieces(latents, paintings, rng)
        seen = seen + ROUGHNESS * torch.randn_like(seen)
        with half_precision():
            copies = learner(seen.contiguous(memory_format=torch.channels_last))
        error, edges = unlikeness(copies, images.contiguous(memory_format=torch.channels_last))
        descend(adam, error + WEIGHT_EDGES * edges)
        if i % FOLLOW_EVERY == 0:
            follow(average, learner, min(KEEP, (i + 1) / (i + 50)) ** FOLLOW_EVERY)
        return {"error": error.item(), "edges": edges.item()}

    train(options, "museum-decoder", {"learner": learner, "average": average, "adam": adam}, step)
    return average.eval()


def _pieces(latents: Latents, paintings: Paintings, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Cut the same piece out of some paintings and of their latents."""
    side = latents.values.shape[2]
    cuts = [(i, *rng.integers(side - CROP + 1, size=2)) for i in rng.integers(len(paintings.images), size=BATCH)]
    seen = [latents.values[i, :, y : y + CROP, x : x + CROP] for i, y, x in cuts]
    images = [paintings.images[i, FOLD * y : FOLD * (y + CROP), FOLD * x : FOLD * (x + CROP)] for i, y, x in cuts]
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return torch.from_numpy(np.stack(seen)).float(), pixels
