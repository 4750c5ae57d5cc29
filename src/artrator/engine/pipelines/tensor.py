"""Any graph of plain tensors: named tensors or pictures in, named tensors out."""

from __future__ import annotations

from typing import assert_never

from artrator.bundle.facts import TensorSpec
from artrator.bundle.fields import (
    AudioOutput,
    ImageInput,
    ImageOutput,
    ImagesOutput,
    JsonOutput,
    LabelOutput,
    OutputField,
    TensorOutput,
    TextOutput,
    VideoOutput,
)
from artrator.engine.codecs.image import resize
from artrator.engine.codecs.picture_tensor import to_tensor
from artrator.engine.codecs.tensor import decode_tensor, tensor_as_json
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array, Call, JsonValue, Output, OutputPart, Steps, TensorValue, evaluate
from artrator.engine.pipelines.conditions import conditions
from artrator.engine.pipelines.given import field_path, missing, wrong_type
from artrator.engine.pipelines.image_to_image import fixed_size
from artrator.engine.pipelines.job import Job

ROLE = "model"
UNIT_RANGE = (0.0, 1.0)


def tensor(job: Job) -> Steps:
    """Evaluate the graph once on the run's tensors; a picture is one, black 0 and white 1, of the size that the graph takes."""
    results = yield from evaluate(Call(ROLE, _tensors(job)))
    outputs = {
        name: _part(field, results[job.graph_output(ROLE, name)], name) for name, field in job.manifest.outputs.items()
    }
    return Output(outputs)


def _tensors(job: Job) -> dict[str, Array]:
    tensors = conditions(job, ROLE)
    for name, spec in job.graphs[ROLE].inputs.items():
        if name in tensors:
            continue
        if isinstance(job.manifest.inputs.get(name), ImageInput):
            tensors[name] = _picture(job, spec)
            continue
        value = job.inputs.get(name)
        if value is None:
            raise missing(name)
        if not isinstance(value, str | bytes):
            raise wrong_type(name, "nested lists of numbers or an .npy file")
        tensors[name] = decode_tensor(value, spec, limits=job.limits, field=field_path(name))
    return tensors


def _picture(job: Job, spec: TensorSpec) -> Array:
    pixels, size = job.image(spec.name), fixed_size(spec)
    if size is not None:
        pixels = resize(pixels, height_px=size[0], width_px=size[1])
    return to_tensor(pixels, UNIT_RANGE).astype(spec.dtype)


def _part(field: OutputField, values: Array, name: str) -> OutputPart:
    match field:
        case TensorOutput():
            return TensorValue(values)
        case JsonOutput():
            return JsonValue(tensor_as_json(values, name))
        case ImageOutput() | ImagesOutput() | VideoOutput() | AudioOutput() | TextOutput() | LabelOutput():
            raise ModelFault(Fault.FAILED, f"The pipeline tensor gives tensors; the output {name!r} is {field.type}.")
        case _:
            assert_never(field)
