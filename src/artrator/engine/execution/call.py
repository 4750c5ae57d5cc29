"""What a pipeline may yield and get back, so that it needs neither a session nor a thread of its own."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.generic]
Floats: TypeAlias = NDArray[np.float32]
Pixels: TypeAlias = NDArray[np.uint8]
Flags: TypeAlias = NDArray[np.bool_]
Tensors: TypeAlias = Mapping[str, Array]
Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Call:
    """One evaluation of a graph.

    graph: the role that the manifest gives the graph, `decoder`.
    tensors: every input of the graph by name; the leading axis is the batch.
    """

    graph: str
    tensors: Tensors


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    preview: (H, W, 1|3|4) uint8, where there is something to see.
    """

    step: int
    steps: int
    preview: Pixels | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One finished image: (H, W, 1|3|4) uint8."""

    pixels: Pixels


@dataclass(frozen=True, slots=True)
class TensorValue:
    """One finished tensor."""

    values: Array


@dataclass(frozen=True, slots=True)
class JsonValue:
    """One finished value that JSON can say."""

    value: Json


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes that mean something to this engine alone."""

    content: bytes


OutputPart: TypeAlias = Picture | tuple[Picture, ...] | TensorValue | JsonValue | Bytes


@dataclass(frozen=True, slots=True)
class Output:
    """What a run made: a value for every output that the manifest names."""

    values: Mapping[str, OutputPart]


Step: TypeAlias = Call | tuple[Call, ...] | Progress
Reply: TypeAlias = Tensors | tuple[Tensors, ...] | None
Steps: TypeAlias = Generator[Step, Reply, Output]
"""A running pipeline: a Call is answered by its tensors, several by as many, a Progress by nothing."""


def evaluate(call: Call) -> Generator[Step, Reply, Tensors]:
    """Yield one call and return the tensors that answer it."""
    reply = yield call
    if not isinstance(reply, Mapping):
        raise TypeError("a call is answered by its tensors")
    return reply


def evaluate_together(calls: tuple[Call, ...]) -> Generator[Step, Reply, tuple[Tensors, ...]]:
    """Yield calls that do not depend on each other and return their answers in the same order."""
    reply = yield calls
    if not isinstance(reply, tuple) or len(reply) != len(calls):
        raise TypeError("calls yielded together are answered together")
    return reply


def report(step: int, steps: int, preview: Pixels | None = None) -> Generator[Step, Any, None]:
    """Yield how far the run has come."""
    yield Progress(step, steps, preview)
