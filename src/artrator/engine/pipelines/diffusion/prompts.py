"""What a prompt tells the UNet: hidden states of one text encoder, or of two with a pooled embedding and sizes (SDXL).

Source: Podell et al. 2023, "SDXL", section 2.2 for the sizes.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping
from typing import TypeAlias

import numpy as np

from artrator.bundle.config import TextToImageConfig
from artrator.engine.codecs.picture_tensor import check_finite
from artrator.engine.codecs.text import Tokenizer
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Call, Floats, Reply, Step, Tensors, evaluate_together
from artrator.engine.pipelines.diffusion.request import DiffusionRequest
from artrator.engine.pipelines.job import Job

TEXT_ENCODER, TEXT_ENCODER_2 = "text_encoder", "text_encoder_2"
LAST, POOLED = "last_hidden_state", "text_embeds"
_LAYER = re.compile(r"hidden_states[._](\d+)\Z")

Texts: TypeAlias = tuple[Mapping[str, Floats], ...]
"""By the UNet's names, a row a picture; before what the prompt says what the negative one does, where guidance needs it."""


def read_prompts(
    job: Job, config: TextToImageConfig, request: DiffusionRequest, *, guided: bool
) -> Generator[Step, Reply, Texts]:
    """Encode the prompt, and where the run is guided the negative one."""
    encoders = _encoders(job)
    negative, prompt = request.asked.negative_prompt, request.asked.prompt
    zeros = config.zero_empty_negative and not negative.strip()
    prompts = (negative, prompt) if guided and not zeros else (prompt,)
    calls = tuple(_call(job, role, tokenizer, text) for text in prompts for role, tokenizer in encoders.items())
    results = iter((yield from evaluate_together(calls)))
    texts = [_said(dict(zip(encoders, results, strict=False))) for _ in prompts]
    if guided and zeros:
        texts.insert(0, {name: np.zeros_like(each) for name, each in texts[0].items()})
    if len(encoders) > 1:
        size = (request.height_px, request.width_px)
        sizes = np.array([[*size, 0, 0, *size]], np.float32)
        texts = [{**each, "time_ids": sizes} for each in texts]
    count = len(request.asked.seeds)
    return tuple({name: np.repeat(each, count, axis=0) for name, each in text.items()} for text in texts)


def _encoders(job: Job) -> dict[str, Tokenizer]:
    tokenizers = {TEXT_ENCODER: job.tokenizer}
    if TEXT_ENCODER_2 in job.graphs:
        tokenizers[TEXT_ENCODER_2] = None if job.tokenizer is None else job.tokenizer.second
    found = {role: each for role, each in tokenizers.items() if each is not None}
    if len(found) < len(tokenizers):
        raise ModelFault(Fault.FAILED, "The bundle has no tokenizer for each of its text encoders.")
    return found


def _call(job: Job, role: str, tokenizer: Tokenizer, text: str) -> Call:
    spec = job.main_input(role)
    return Call(role, {spec.name: np.array([tokenizer.encode(text)], spec.dtype)})


def _said(results: Mapping[str, Tensors]) -> dict[str, Floats]:
    """Join what the encoders give for one text."""
    if TEXT_ENCODER_2 not in results:
        name = LAST if LAST in results[TEXT_ENCODER] else _only(results[TEXT_ENCODER])
        return {"encoder_hidden_states": check_finite(results[TEXT_ENCODER][name], name)}
    second = results[TEXT_ENCODER_2]
    if POOLED not in second:
        raise ModelFault(Fault.FAILED, f"The {TEXT_ENCODER_2} must give {POOLED}; it gives {_listed(second)}.")
    states = [check_finite(each[name], name) for each in results.values() for name in (_penultimate(each),)]
    if states[0].shape[:-1] != states[1].shape[:-1]:
        raise ModelFault(Fault.OUTPUT_INVALID, "The two text encoders give hidden states of different shapes.")
    return {
        "encoder_hidden_states": np.concatenate(states, axis=-1),
        POOLED: check_finite(second[POOLED], POOLED),
    }


def _penultimate(tensors: Tensors) -> str:
    """Name the hidden states before the last layer's."""
    layers = sorted((int(found[1]), name) for name in tensors if (found := _LAYER.match(name)))
    if len(layers) < 2:
        message = (
            f"A text encoder of SDXL must give hidden_states.0, hidden_states.1, ...; it gives {_listed(tensors)}."
        )
        raise ModelFault(Fault.FAILED, message)
    return layers[-2][1]


def _only(tensors: Tensors) -> str:
    if len(tensors) != 1:
        raise ModelFault(Fault.FAILED, f"The {TEXT_ENCODER} must give {LAST}; it gives {_listed(tensors)}.")
    return next(iter(tensors))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:10])
