"""Attention that a graph spells out becomes the runtime's own, gives the same, and whatever is spelled otherwise is left alone."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper as make
from tests.bundle.graphs import model as with_opset
from tests.bundle.graphs import value, weight
from tests.engine.pipelines.tiny_models import TINY

from artrator.bundle.onnx_attention import fuse_attention

RNG = np.random.default_rng(3)
HEADS, WIDTH = 2, 3
PLACES = {"query": ["N", "S", HEADS * WIDTH], "key": ["N", "T", HEADS * WIDTH], "value": ["N", "T", HEADS * WIDTH]}


def spelled_out(
    *,
    masked: bool = False,
    keys_shown: bool = False,
    shape: str = "known",
    keys_of: int = 0,
    scale_axes: int = 1,
    opset: int = 18,
    dtype: str = "float32",
) -> onnx.ModelProto:
    """One attention as PyTorch's exporter writes it; keys_of: how many of a batch have keys of their own, 0 for all."""
    split = {"query": "split", "key": "split_keys", "value": "split"}
    nodes: list[onnx.NodeProto] = []
    for role, perm in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        nodes += [
            make.make_node("Reshape", [role, split[role] if shape == "known" else "unknown"], [f"{role}/split"]),
            make.make_node("Transpose", [f"{role}/split"], [f"{role}/turned"], perm=perm),
        ]
    nodes += [
        make.make_node("Mul", ["query/turned", "scale"], ["query/scaled"]),
        make.make_node("Mul", ["scale", "key/turned"], ["key/scaled"]),
        make.make_node("MatMul", ["query/scaled", "key/scaled"], ["scores"]),
        *([make.make_node("Add", ["scores", "mask"], ["masked"])] if masked else []),
        make.make_node("Softmax", ["masked" if masked else "scores"], ["shares"], axis=-1),
        make.make_node("MatMul", ["shares", "value/turned"], ["weighed"]),
        make.make_node("Transpose", ["weighed"], ["back"], perm=[0, 2, 1, 3]),
        make.make_node("Reshape", ["back", "joined"], ["y"]),
    ]
    elem_type = make.np_dtype_to_tensor_dtype(np.dtype(dtype))
    inputs = [value(name, dims, elem_type) for name, dims in PLACES.items()]
    weights = [
        weight("split", np.array([0, -1, HEADS, WIDTH]), "int64"),
        weight("split_keys", np.array([keys_of, -1, HEADS, WIDTH]), "int64"),
        weight("joined", np.array([0, -1, HEADS * WIDTH]), "int64"),
        weight("scale", np.full([1] * scale_axes, WIDTH**-0.25), dtype),
        weight("mask", np.array([-1e4]), dtype),
    ]
    if shape == "unknown":
        inputs.append(value("unknown", [4], onnx.TensorProto.INT64))
    outputs = [value("y", ["N", "S", HEADS * WIDTH], elem_type)]
    outputs += [value("scores", ["N", "H", "S", "T"], elem_type)] if keys_shown else []
    return with_opset(make.make_graph(nodes, "graph", inputs, outputs, weights), opset=opset)


def run(model: onnx.ModelProto, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, inputs)


def example(dtype: str = "float32") -> dict[str, np.ndarray]:
    places = {"query": 5, "key": 7, "value": 7}
    return {name: RNG.standard_normal((2, count, HEADS * WIDTH)).astype(dtype) for name, count in places.items()}


def test_an_attention_becomes_one_node_that_gives_the_same() -> None:
    model, inputs = spelled_out(), example()
    before = run(model, inputs)[0]
    assert fuse_attention(model) == 1
    onnx.checker.check_model(model, full_check=False)
    assert {node.op_type for node in model.graph.node} == {"Reshape", "Mul", "MultiHeadAttention"}
    np.testing.assert_allclose(run(model, inputs)[0], before, rtol=1e-5, atol=1e-6)
    assert fuse_attention(model) == 0


def test_halves_are_attended_to_as_well() -> None:
    model, inputs = spelled_out(dtype="float16"), example("float16")
    before = run(model, inputs)[0]
    assert fuse_attention(model) == 1
    np.testing.assert_allclose(run(model, inputs)[0], before, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(
    "model",
    [
        spelled_out(masked=True),
        spelled_out(keys_shown=True),
        spelled_out(shape="unknown"),
        spelled_out(keys_of=1),
        spelled_out(scale_axes=4),
        spelled_out(opset=12),
    ],
    ids=["masked", "shown", "unknown", "one for all", "more axes", "old"],
)
def test_what_is_spelled_otherwise_stays_as_it_is(model: onnx.ModelProto) -> None:
    before = model.SerializeToString()
    assert fuse_attention(model) == 0
    assert model.SerializeToString() == before


def test_what_is_no_graph_is_left_to_the_runtime() -> None:
    model = spelled_out()
    for node in model.graph.node:
        del node.input[1:]
    assert fuse_attention(model) == 0


def test_a_value_that_a_subgraph_takes_is_kept() -> None:
    model = spelled_out()
    inner = make.make_graph(
        [make.make_node("Identity", ["shares"], ["inner"])], "inner", [], [value("inner", ["N", "H", "S", "T"])]
    )
    model.graph.node.append(make.make_node("If", ["yes"], ["taken"], then_branch=inner, else_branch=inner))
    model.graph.initializer.append(weight("yes", True, "bool"))
    model.graph.output.append(value("taken", ["N", "H", "S", "T"]))
    inputs = example()
    before = run(model, inputs)
    fuse_attention(model)
    for found, wanted in zip(run(model, inputs), before, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_every_attention_of_a_unet_is_found() -> None:
    model = onnx.load(TINY / "unet" / "model.onnx")
    inputs = {
        "sample": RNG.standard_normal((2, 4, 16, 24)).astype(np.float32),
        "timestep": np.array([7.0, 400.0], np.float32),
        "encoder_hidden_states": RNG.standard_normal((2, 16, 16)).astype(np.float32),
    }
    before = run(model, inputs)[0]
    spelled = sum(node.op_type == "Softmax" for node in model.graph.node)
    assert fuse_attention(model) == spelled > 0
    assert all(node.op_type != "Softmax" for node in model.graph.node)
    np.testing.assert_allclose(run(model, inputs)[0], before, rtol=1e-3, atol=1e-5)
