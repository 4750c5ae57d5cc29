"""What can be said of a graph without trusting it: plain values that a sandboxed child may send to its parent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Dims = tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """An input or output of a graph.

    dtype: numpy's name, or "" where it is not a tensor. dims: a number, a symbol's name, or None where unknown.
    """

    name: str
    dtype: str
    dims: Dims


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalData:
    """Where a tensor's values lie outside the graph's file; length_bytes None means to the end of the file."""

    tensor: str
    location: str
    offset_bytes: int
    length_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something in a graph that may harm whoever loads or runs it."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFacts:
    """One graph's facts. operators: "domain:Op" -> count, subgraphs and functions included; "ai.onnx" is the default
    domain. functions: the model-local functions' "domain:name", which are not operators of anybody else."""

    ir_version: int
    opsets: Mapping[str, int]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    operators: Mapping[str, int]
    functions: tuple[str, ...]
    initializer_count: int
    initializer_bytes: int
    external: tuple[ExternalData, ...]
    node_count: int
    subgraph_depth: int
    file_bytes: int
    non_finite_weights: tuple[str, ...]
    hazards: tuple[Hazard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraFacts:
    """What a LoRA that fits its base says. modules: how many it adapts. size_bytes: of its factors in the base's types."""

    modules: int
    least_rank: int
    most_rank: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCaps:
    """How much of everything a graph may have; far above what real models need, far below what hurts."""

    file_bytes: int = 2**31 - 1
    weight_bytes: int = 8 * 2**30
    message_depth: int = 40
    message_count: int = 2_000_000
    field_count: int = 10_000_000
    node_count: int = 100_000
    subgraph_depth: int = 8
    tensor_elements: int = 2**31 - 1
    made_elements: int = 2**28
    signature_count: int = 256
    listed: int = 100
    """How many hazards and names are reported at most."""
