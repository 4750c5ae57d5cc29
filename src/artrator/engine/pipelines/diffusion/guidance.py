"""One prediction of the UNet with all that conditions it: text, guidance, a masked picture, a ControlNet."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from artrator.engine.codecs.picture_tensor import check_finite
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array, Floats, Reply, Step, evaluate_together
from artrator.engine.pipelines.diffusion.prompts import Texts
from artrator.engine.pipelines.diffusion.unet import CONTROLNET, UNET, call_with
from artrator.engine.pipelines.job import Job
from artrator.engine.samplers import Sampler, State
from artrator.engine.samplers.mixing import mix

Part: TypeAlias = Generator[Step, Reply, Floats]
FREQUENCIES = 10_000.0
GUIDANCE_UNIT = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What every step of a run is told, a row a picture.

    guidance: by which the second of two texts outweighs the first. guidance_rescale: see `rescaled`.
    embedded: the guidance as an input of the UNet.
    beside: channels that the UNet takes after the latent's. control: the picture that a ControlNet follows, 0 to 1.
    """

    texts: Texts
    guidance: float
    embedded: Floats | None = None
    beside: Floats | None = None
    control: Floats | None = None
    control_scale: float = 1.0
    guidance_rescale: float = 0.0


def predict(job: Job, sampler: Sampler, state: State, conditions: Conditions) -> Part:
    """Ask the UNet, with and without the prompt; the two are calls of one graph and meet in its batches.

    Source: Ho and Salimans 2022, "Classifier-Free Diffusion Guidance".
    """
    timestep = np.full(len(state.x), sampler.path.timesteps[state.index])
    known: dict[str, Array] = {"sample": state.x, "timestep": timestep}
    if conditions.embedded is not None:
        known["timestep_cond"] = conditions.embedded
    halves: list[dict[str, Array]] = [{**known, **text} for text in conditions.texts]
    if conditions.control is not None:
        residuals = yield from _controlled(job, halves, conditions.control, conditions.control_scale)
        halves = [{**half, **added} for half, added in zip(halves, residuals, strict=True)]
    if conditions.beside is not None:
        sample = np.concatenate([state.x, conditions.beside], axis=1)
        halves = [{**half, "sample": sample} for half in halves]
    name = job.main_output(UNET)
    results = yield from evaluate_together(tuple(call_with(job, UNET, half) for half in halves))
    answers = [_like(each[name], state.x, name) for each in results]
    if len(answers) == 1:
        return answers[0]
    guided = mix((1 - conditions.guidance, answers[0]), (conditions.guidance, answers[1]))
    return rescaled(guided, answers[1], conditions.guidance_rescale)


def rescaled(guided: Floats, prompted: Floats, share: float) -> Floats:
    """Bring a guided answer back towards the spread of the answer to the prompt alone, lest colours burn out; rows apart.

    share: 0 leaves the answer as it is. Source: Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps Are
    Flawed", section 3.4.
    """
    if share == 0:
        return guided
    axes = tuple(range(1, guided.ndim))
    spread, wanted = (each.std(axes, keepdims=True) for each in (guided, prompted))
    ratio = np.divide(wanted, spread, out=np.ones_like(wanted), where=spread > 0)
    return guided * (1 - np.float32(share) * (1 - ratio))


def embed_guidance(guidance: float, *, width: int, count: int) -> Floats:
    """Give the guidance as a UNet that was distilled with it takes it, (count, width).

    Source: Meng et al. 2023, "On Distillation of Guided Diffusion Models"; the frequencies are diffusers'.
    """
    half = width // 2
    frequencies = np.exp(np.arange(half, dtype=np.float32) * np.float32(-np.log(FREQUENCIES) / (half - 1)))
    angles = np.float32((guidance - 1) * GUIDANCE_UNIT) * frequencies
    embedded = np.concatenate([np.sin(angles), np.cos(angles), np.zeros(width % 2, np.float32)])
    return np.repeat(embedded[None].astype(np.float32), count, axis=0)


def _controlled(
    job: Job, halves: list[dict[str, Array]], control: Floats, scale: float
) -> Generator[Step, Reply, list[Mapping[str, Array]]]:
    """Ask the ControlNet what to add inside the UNet: its outputs have the names of the UNet's inputs.

    Source: Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models".
    """
    calls = tuple(call_with(job, CONTROLNET, {**half, "controlnet_cond": control}) for half in halves)
    results = yield from evaluate_together(calls)
    return [{name: mix((scale, check_finite(each, name))) for name, each in result.items()} for result in results]


def _like(answer: Array, x: Floats, name: str) -> Floats:
    if answer.shape != x.shape:
        message = f"The output {name!r} has the shape {list(answer.shape)}; that of its input is {list(x.shape)}."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    return check_finite(answer, name)
