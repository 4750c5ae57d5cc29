"""Classifiers: a picture goes in, the most likely labels of each group come out."""

from __future__ import annotations

import numpy as np

from artrator.bundle.config import ImageToLabelConfig
from artrator.engine.codecs.image import resize
from artrator.engine.codecs.picture_tensor import check_finite, to_tensor
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array, Call, Floats, Json, JsonValue, Output, Pixels, Steps, evaluate
from artrator.engine.pipelines.conditions import conditions
from artrator.engine.pipelines.image_to_image import fixed_size, image_input
from artrator.engine.pipelines.job import Job

ROLE = "model"
TOP = 10
"""Labels that an answer holds at most; further ones say nothing to anybody."""


def image_to_label(job: Job) -> Steps:
    """Classify one picture; each output of the graph is a group of labels, softmax or probabilities by `scores`."""
    config = ImageToLabelConfig.model_validate(job.manifest.config)
    spec = job.main_input(ROLE)
    size = fixed_size(spec)
    if size is None:
        raise ModelFault(Fault.FAILED, f"The picture {spec.name!r} must have a fixed height and width.")
    pixels = job.image(image_input(job))
    seen = _centre(pixels, *size) if config.resize == "crop" else pixels
    tensor = to_tensor(resize(seen, height_px=size[0], width_px=size[1]), config.image_range)
    tensor = _normalised(tensor, config)
    results = yield from evaluate(Call(ROLE, {spec.name: tensor.astype(spec.dtype), **conditions(job, ROLE)}))
    groups = {output: job.graph_output(ROLE, output) for output in job.manifest.outputs}
    return Output(
        {
            output: JsonValue(_ranking(results[name], config.labels.get(output), output, config))
            for output, name in groups.items()
        }
    )


def _centre(pixels: Pixels, height: int, width: int) -> Pixels:
    """Cut the largest middle part that has the aspect of height to width."""
    have_height, have_width = pixels.shape[:2]
    scale = min(have_height / height, have_width / width)
    cut_height, cut_width = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = (have_height - cut_height) // 2, (have_width - cut_width) // 2
    return pixels[top : top + cut_height, left : left + cut_width]


def _normalised(tensor: Floats, config: ImageToLabelConfig) -> Floats:
    mean = np.array(config.mean or (0, 0, 0), np.float32).reshape(1, 3, 1, 1)
    std = np.array(config.std or (1, 1, 1), np.float32).reshape(1, 3, 1, 1)
    return (tensor - mean) / std


def _ranking(scores: Array, labels: tuple[str, ...] | None, name: str, config: ImageToLabelConfig) -> Json:
    """Sort one group: (1, K) scores to labels with probabilities, the most likely first."""
    if scores.ndim != 2 or scores.shape[0] != 1 or (labels is not None and scores.shape[1] != len(labels)):
        wanted = "K" if labels is None else len(labels)
        message = f"The output {name!r} has the shape {list(scores.shape)}; scores of shape (1, {wanted}) are expected."
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    values = check_finite(scores, name)[0].astype(np.float64)
    if config.scores == "logits":
        powers = np.exp(values - values.max())
        values = powers / powers.sum()
    elif values.min() < -1e-3 or values.max() > 1 + 1e-3:
        message = (
            f"The output {name!r} lies between {values.min():.3g} and {values.max():.3g}; probabilities are expected."
        )
        raise ModelFault(Fault.OUTPUT_INVALID, message)
    order = np.argsort(-values, kind="stable")[:TOP]
    names = labels or [str(index) for index in range(values.size)]
    return [{"label": names[index], "score": round(float(np.clip(values[index], 0, 1)), 6)} for index in order]
