"""Train the inner pair of the museum's autoencoder, in the outer's latents, where that costs next to nothing."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from artrator.recipes.harness import Options, descend, follow, half_precision, train
from artrator.recipes.museum.autoencoder import Condenser, Expander, drawn
from artrator.recipes.museum.compression import Latents, descent, encode_all

STEPS = 1_200
BATCH = 24
LEARNING_RATE = 2e-3
KEEP, FOLLOW_EVERY = 0.99, 5
WEIGHT_DIVERGENCE = 8e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerPair:
    """Both halves, with averaged weights."""

    condenser: Condenser
    expander: Expander


def fit_inner_pair(options: Options, fine: Latents) -> InnerPair:
    """Train condenser and expander."""
    options = replace(options, steps=options.steps if options.quick else STEPS)
    rng = np.random.default_rng(options.seed)
    both = nn.ModuleList([Condenser(), Expander()]).to(memory_format=torch.channels_last)
    average = nn.ModuleList([Condenser(), Expander()]).to(memory_format=torch.channels_last)
    average.load_state_dict(both.state_dict())
    adam = torch.optim.AdamW(both.parameters(), LEARNING_RATE, (0.9, 0.99), weight_decay=1e-4, fused=True)

    def step(i: int) -> dict[str, float]:
        for group in adam.param_groups:
            group["lr"] = LEARNING_RATE * descent(i, options.steps, warm=100)
        latents = _channels_last(fine.values[rng.integers(len(fine.values), size=BATCH)])
        with half_precision():
            condensed, divergence = drawn(both[0](latents))
            copies = both[1](condensed)
        error = (copies.float() - latents).abs().mean()
        descend(adam, error + WEIGHT_DIVERGENCE * divergence)
        if i % FOLLOW_EVERY == 0:
            follow(average, both, min(KEEP, (i + 1) / (i + 50)) ** FOLLOW_EVERY)
        return {"error": error.item(), "divergence": divergence.item()}

    train(options, "museum-inner-pair", {"both": both, "average": average, "adam": adam}, step)
    condenser, expander = average.eval()
    return InnerPair(condenser=condenser, expander=expander)


def condense_all(options: Options, condenser: Condenser, fine: Latents) -> Latents:
    """Give the latents of all the paintings."""
    file = options.work / "museum-latents.npy"
    return encode_all(file, len(fine.values), lambda first: condenser(_channels_last(fine.values[first : first + 100])))


def _channels_last(latents: np.ndarray) -> Tensor:
    return torch.from_numpy(latents).float().contiguous(memory_format=torch.channels_last)
