"""Weights in few bytes: a quarter or half the size, nearly the same results, and float32 again once a graph is loaded."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from artrator.recipes.weights import store_float16, store_int8

WORDS, WIDTH = 60, 64


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Words to vectors, a matrix product, a convolution over them, and a Gemm with its weight transposed."""
    rng = np.random.default_rng(0)
    weights = {
        "words": rng.standard_normal((WORDS, WIDTH)),
        "matrix": rng.standard_normal((WIDTH, WIDTH)) * np.linspace(0.01, 1, WIDTH),  # columns of many sizes
        "kernel": rng.standard_normal((32, WIDTH, 1)) * np.linspace(0.01, 1, 32)[:, None, None],
        "gemm": rng.standard_normal((40, 32)),
        "bias": rng.standard_normal(40),
    }
    nodes = [
        helper.make_node("Gather", ["words", "ids"], ["found"]),
        helper.make_node("MatMul", ["found", "matrix"], ["product"]),
        helper.make_node("Transpose", ["product"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["turned", "kernel"], ["convolved"]),
        helper.make_node("ReduceMean", ["convolved"], ["mean"], axes=[2], keepdims=0),
        helper.make_node("Gemm", ["mean", "gemm", "bias"], ["result"], transB=1),
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "small",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["N", 5])],
            [helper.make_tensor_value_info("result", TensorProto.FLOAT, ["N", 40])],
            [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=10,
    )
    onnx.save(model, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def run(file: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(None, {"ids": np.random.default_rng(1).integers(0, WORDS, (50, 5))})[0]


@pytest.mark.parametrize(("store", "size", "error"), [(store_int8, 0.35, 0.02), (store_float16, 0.6, 0.0005)])
def test_small_weights_give_nearly_the_same_result(
    graph: Path, store: Callable[[Path], None], size: float, error: float
) -> None:
    before, bytes_before = run(graph), graph.stat().st_size
    store(graph)
    assert graph.stat().st_size < size * bytes_before
    assert np.sqrt(np.mean((run(graph) - before) ** 2)) < error * before.std()


@pytest.mark.parametrize("store", [store_int8, store_float16])
def test_small_weights_are_float32_again_once_a_graph_is_loaded(
    graph: Path, tmp_path: Path, store: Callable[[Path], None]
) -> None:
    store(graph)
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    loaded = onnx.load(tmp_path / "loaded.onnx").graph
    assert not {"Cast", "Mul"} & {node.op_type for node in loaded.node}
    assert {tensor.data_type for tensor in loaded.initializer if np.prod(tensor.dims) > 100} == {TensorProto.FLOAT}


def test_biases_stay_as_they_are(graph: Path) -> None:
    store_int8(graph)
    stored = {tensor.name: tensor.data_type for tensor in onnx.load(graph).graph.initializer}
    assert stored["bias"] == TensorProto.FLOAT
    assert {stored[f"{name}.int8"] for name in ("words", "matrix", "kernel", "gemm")} == {TensorProto.INT8}
