"""Teach a copy of the UNet to see, from anywhere on its teacher's way, the picture at the way's end: four steps will do.

What is learned is the consistency function of Song et al. 2023, from whole ways of the teacher (as Luhman & Luhman 2021 do
from their two ends), with the teacher's guidance in it (Meng et al. 2023), so that a step is one call and not two.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from artrator.recipes.harness import Options, follow, half_precision, train
from artrator.recipes.museum.compression import descent
from artrator.recipes.museum.diffusion import Diffusion, examples
from artrator.recipes.museum.export import Museum
from artrator.recipes.museum.muon import Muon, hidden_matrices
from artrator.recipes.museum.noise import GUIDANCE, GUIDANCE_RESCALE, TEACHER_STEPS, TRAINED_STEPS, signal_and_noise
from artrator.recipes.museum.shares import Shares

STEPS = 800
LEARNING_RATE, MATRIX_RATE = 4e-4, 4e-3  # of AdamW and of Muon
KEEP, FOLLOW_EVERY = 0.99, 5
HUBER = 0.1  # errors well under this count by their squares, those above by their size


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a teacher came by, (TEACHER_STEPS, B, C, h, w), at which training steps (TEACHER_STEPS,), and its end."""

    points: Tensor
    times: Tensor
    end: Tensor
    texts: Tensor


@torch.no_grad()
def ways(diffusion: Diffusion, batches: Iterator[tuple[Tensor, Tensor]], silence: Tensor) -> Iterator[Way]:
    """Walk from noise to pictures for ever, by DDIM (Song et al. 2021) with guidance. silence: the empty prompt's ids."""
    alphas, sigmas = signal_and_noise()
    times = (torch.arange(TEACHER_STEPS, 0, -1) * TRAINED_STEPS / TEACHER_STEPS).round().long() - 1
    while True:
        clean, ids = next(batches)
        x = torch.randn_like(clean).contiguous(memory_format=torch.channels_last)
        points: list[Tensor] = []
        with half_precision():
            texts = diffusion.text_encoder(torch.cat([ids, silence.expand_as(ids)])).float()
        for here, there in zip(times, [*times[1:], None], strict=True):
            points.append(x)
            with half_precision():
                velocity, unguided = diffusion.denoiser(x.repeat(2, 1, 1, 1), here.expand(2 * len(x)), texts).chunk(2)
            velocity = guided(velocity.float(), unguided.float())
            picture = alphas[here] * x - sigmas[here] * velocity
            noise = sigmas[here] * x + alphas[here] * velocity
            x = picture if there is None else alphas[there] * picture + sigmas[there] * noise
        yield Way(points=torch.stack(points), times=times, end=x, texts=texts[: len(clean)])


def guided(velocity: Tensor, unguided: Tensor) -> Tensor:
    """Guide as the engine will (`engine/pipelines/diffusion/guidance.py`)."""
    wide = unguided + GUIDANCE * (velocity - unguided)
    spread, wanted = (each.std((1, 2, 3), keepdim=True) for each in (wide, velocity))
    return wide * (1 - GUIDANCE_RESCALE * (1 - wanted / spread))


def fit_few_steps(options: Options, museum: Museum) -> Diffusion:
    """Train a student of a few steps; its text encoder is the teacher's."""
    diffusion, rng = museum.diffusion, np.random.default_rng(options.seed + 1)
    batches = examples(museum.latents, museum.paintings, museum.tokenizer, rng, silent=0.0)
    given = ways(diffusion, batches, torch.tensor([list(museum.tokenizer.encode(""))]))
    student, average = copy.deepcopy(diffusion.denoiser).train(), copy.deepcopy(diffusion.denoiser)
    matrices, others = hidden_matrices(student)
    muon = Muon(matrices, MATRIX_RATE)
    adam = torch.optim.AdamW(others, LEARNING_RATE, (0.9, 0.99), weight_decay=0.0, fused=True)
    shares = Shares(student, miss)
    left: list[tuple[Way, int]] = []

    def step(i: int) -> dict[str, float]:
        share = descent(i, options.steps, warm=50)
        for group, rate in ((adam.param_groups[0], LEARNING_RATE), (muon.param_groups[0], MATRIX_RATE)):
            group["lr"] = rate * share
        if not left:
            way = next(given)
            left.extend((way, int(at)) for at in torch.randperm(TEACHER_STEPS))
        way, at = left.pop()
        loss = shares.descend(
            (way.points[at], way.times[at].expand(len(way.end)), way.texts, way.end), adam, muon, longest=1.0
        )
        if i % FOLLOW_EVERY == 0:
            follow(average, student, min(KEEP, (i + 1) / (i + 50)) ** FOLLOW_EVERY)
        return {"loss": loss, f"at {int(way.times[at])}": loss}

    train(options, "museum-few-steps", {"student": student, "average": average, "adam": adam, "muon": muon}, step)
    return Diffusion(text_encoder=diffusion.text_encoder, denoiser=average.eval())


def miss(student: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Measure by how much the student misses the ends of ways. batch: points, times, texts and ends."""
    points, times, texts, ends = batch
    alpha, sigma = (each[times, None, None, None] for each in signal_and_noise())
    with half_precision():
        velocity = student(points, times, texts)
    error = alpha * points - sigma * velocity.float() - ends
    return ((error.square() + HUBER**2).sqrt() - HUBER).mean()
