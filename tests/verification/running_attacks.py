"""Hostile bundles whose files look honest: only loading and running them shows what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto
from onnx import helper as make
from tests.bundle import graphs
from tests.verification.attack_builders import of


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAttack:
    """How it is made, and the code of the fault that rehearsal must name (one of)."""

    build: Callable[[Path], None]
    codes: tuple[str, ...]


def endless_loop() -> ModelProto:
    """A Loop without a bound whose condition stays true."""
    body = make.make_graph(
        [make.make_node("Identity", ["go"], ["going"]), make.make_node("Sin", ["x"], ["y"])],
        "body",
        [
            graphs.value("i", [], TensorProto.INT64),
            graphs.value("go", [], TensorProto.BOOL),
            graphs.value("x", ["N", 4]),
        ],
        [graphs.value("going", [], TensorProto.BOOL), graphs.value("y", ["N", 4])],
    )
    built = graphs.tensors()
    built.graph.node[0].output[0] = "sum"
    built.graph.node.append(make.make_node("Loop", ["", "yes", "sum"], ["total"], body=body))
    built.graph.initializer.append(graphs.weight("yes", True, "bool"))
    return built


def folded_bomb() -> ModelProto:
    """A shape that only constant folding, or the run, multiplies out to half a terabyte."""
    return _bomb([make.make_node("Mul", ["side", "side"], ["size"])], [graphs.weight("side", [2**17, 2**2], "int64")])


def computed_bomb() -> ModelProto:
    """A shape that depends on the input, so that nothing but the run shows it."""
    nodes = [
        make.make_node("ReduceSum", ["left"], ["sum"], keepdims=0),
        make.make_node("Mul", ["sum", "nothing"], ["zero"]),
        make.make_node("Cast", ["zero"], ["whole"], to=TensorProto.INT64),
        make.make_node("Add", ["whole", "sizes"], ["size"]),
    ]
    return _bomb(nodes, [graphs.weight("nothing", 0.0), graphs.weight("sizes", [2**12, 2**26], "int64")])


def _bomb(nodes: list[object], weights: list[TensorProto]) -> ModelProto:
    built = graphs.tensors()
    built.graph.node[0].output[0] = "sum_of_both"
    built.graph.initializer.extend([*weights, graphs.weight("one", 1.0)])
    built.graph.node.extend(
        [
            *nodes,
            make.make_node("Expand", ["one", "size"], ["boom"]),
            make.make_node("ReduceMax", ["boom"], ["most"], keepdims=0),
            make.make_node("Add", ["sum_of_both", "most"], ["total"]),
        ]
    )
    return built


def not_a_number() -> ModelProto:
    """Finite weights, and the logarithm of a negative number."""
    built = graphs.tensors()
    built.graph.node[0].output[0] = "sum"
    built.graph.node.extend([make.make_node("Sub", ["sum", "far"], ["low"]), make.make_node("Log", ["low"], ["total"])])
    built.graph.initializer.append(graphs.weight("far", 1e6))
    return built


def wrong_types() -> ModelProto:
    """A graph that the runtime refuses to load."""
    built = graphs.tensors()
    built.graph.node[0].input[1] = "words"
    built.graph.initializer.append(graphs.weight("words", np.ones(4), "int64"))
    return built


RUN: Mapping[str, RunningAttack] = {
    "a loop without end": RunningAttack(build=of(endless_loop), codes=("model_timed_out",)),
    "a bomb that constant folding sets off": RunningAttack(
        build=of(folded_bomb), codes=("model_out_of_memory", "model_failed", "model_crashed")
    ),
    "a bomb that the run sets off": RunningAttack(
        build=of(computed_bomb), codes=("model_out_of_memory", "model_failed", "model_crashed")
    ),
    "a graph that cannot be loaded": RunningAttack(build=of(wrong_types), codes=("model_failed",)),
    "values that are not numbers": RunningAttack(build=of(not_a_number), codes=("output_invalid", "model_failed", "")),
}
