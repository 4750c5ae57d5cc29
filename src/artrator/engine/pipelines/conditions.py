"""The inputs that a graph takes beside its picture or latent: one value a row, by the manifest input of the same name."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from artrator.bundle.facts import TensorSpec
from artrator.bundle.fields import (
    AudioInput,
    BooleanInput,
    ChoiceInput,
    FileInput,
    ImageInput,
    InputField,
    IntegerInput,
    LatentInput,
    NumberInput,
    SeedInput,
    TensorInput,
    TextInput,
    default_of,
)
from artrator.engine.errors import Fault, ModelFault
from artrator.engine.execution.call import Array
from artrator.engine.fleet import InputValue
from artrator.engine.pipelines.given import missing, wrong_type
from artrator.engine.pipelines.job import Job


def conditions(job: Job, role: str) -> dict[str, Array]:
    """Give every condition of a graph as one row, (1,), in the dtype that the graph declares.

    Raises: Invalid where a value is missing; ModelFault where a graph asks for what is no single value.
    """
    specs = [spec for spec in job.graphs[role].inputs.values() if job.is_condition(spec)]
    return {spec.name: _row(job, spec) for spec in specs}


def conditions_between(start: Job, end: Job, role: str, part: float) -> list[dict[str, Array]]:
    """Give the conditions between two runs': of numbers one mean; where anything else differs, those of both sides.

    Raises: as `conditions`.
    """
    one, other = conditions(start, role), conditions(end, role)
    for name in one:
        if isinstance(start.manifest.inputs[name], NumberInput):
            mean = (1 - part) * one[name].astype(np.float64) + part * other[name].astype(np.float64)
            one[name] = other[name] = mean.astype(one[name].dtype)
    same = all(np.array_equal(one[name], other[name]) for name in one)
    return [one] if same else [one, other]


def _row(job: Job, spec: TensorSpec) -> Array:
    field = job.manifest.inputs[spec.name]
    value = job.inputs.get(spec.name)
    scalar = _scalar(field, default_of(field) if value is None else value, spec.name)
    return np.array([scalar]).astype(spec.dtype)


def _scalar(field: InputField, value: InputValue, name: str) -> float:
    match field:
        case ChoiceInput():
            if value not in field.choices:
                raise missing(name) if value is None else wrong_type(name, f"one of {', '.join(field.choices[:20])}")
            return field.choices.index(str(value))
        case NumberInput() | IntegerInput() | BooleanInput() | SeedInput():
            if value is None:
                raise missing(name)
            if isinstance(value, str | bytes):
                raise wrong_type(name, "a number")
            return value
        case TextInput() | ImageInput() | AudioInput() | FileInput() | TensorInput() | LatentInput():
            message = f"The graph's input {name!r} is one value a row; the manifest says that it is {field.type}."
            raise ModelFault(Fault.FAILED, message)
        case _:
            assert_never(field)
