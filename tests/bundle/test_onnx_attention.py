"""Attention that a graph spells out becomes the runtime's own, gives the same, and whatever is spelled otherwise is left alone."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper as make
from tests.bundle.graphs import simple, value, weight
from tests.engine.pipelines.tiny_models import TINY

from artrator.bundle.onnx_attention import fuse_attention

RNG = np.random.default_rng(3)
HEADS, WIDTH = 2, 3
PLACES = {"query": ["N", "S", HEADS * WIDTH], "key": ["N", "T", HEADS * WIDTH], "value": ["N", "T", HEADS * WIDTH]}


def spelled_out(*, masked: bool = False, keys_shown: bool = False, shape: str = "known") -> onnx.ModelProto:
    """One attention as PyTorch's exporter writes it."""
    nodes: list[onnx.NodeProto] = []
    for role, perm in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        nodes += [
            make.make_node("Reshape", [role, "split" if shape == "known" else "unknown"], [f"{role}/split"]),
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
    inputs = [value(name, dims) for name, dims in PLACES.items()]
    weights = [
        weight("split", np.array([0, -1, HEADS, WIDTH]), "int64"),
        weight("joined", np.array([0, -1, HEADS * WIDTH]), "int64"),
        weight("scale", np.array([WIDTH**-0.25])),
        weight("mask", np.array([-1e4])),
    ]
    if shape == "unknown":
        inputs.append(make.make_tensor_value_info("unknown", onnx.TensorProto.INT64, [4]))
    outputs = [value("y", ["N", "S", HEADS * WIDTH]), *([value("scores", ["N", "H", "S", "T"])] if keys_shown else [])]
    return simple(nodes, inputs, outputs, weights)


def run(model: onnx.ModelProto, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, inputs)


def example(**more: np.ndarray) -> dict[str, np.ndarray]:
    sizes = {"N": 2, "S": 5, "T": 7}
    return {
        **{
            name: RNG.standard_normal([sizes.get(str(d), d) for d in dims]).astype(np.float32)
            for name, dims in PLACES.items()
        },  # type: ignore[arg-type]
        **more,
    }


def test_an_attention_becomes_one_node_that_gives_the_same() -> None:
    model, inputs = spelled_out(), example()
    before = run(model, inputs)[0]
    assert fuse_attention(model) == 1
    onnx.checker.check_model(model, full_check=False)
    assert {node.op_type for node in model.graph.node} == {"Reshape", "Mul", "MultiHeadAttention"}
    np.testing.assert_allclose(run(model, inputs)[0], before, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "model",
    [spelled_out(masked=True), spelled_out(keys_shown=True), spelled_out(shape="unknown")],
    ids=["masked", "shown", "unknown"],
)
def test_what_is_spelled_otherwise_stays_as_it_is(model: onnx.ModelProto) -> None:
    before = model.SerializeToString()
    assert fuse_attention(model) == 0
    assert model.SerializeToString() == before


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
