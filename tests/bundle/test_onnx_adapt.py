"""Graphs opened to LoRAs: without factors they are what they were, and with them what the merged weights would give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper as make
from onnx import numpy_helper
from tests.bundle.graphs import simple, value, weight

from artrator.bundle.adaptable import Reach, WeightKind, down_input, strength_input, up_input
from artrator.bundle.onnx_adapt import open_to_adaptation, read_adaptable
from artrator.kernel.errors import Invalid

RNG = np.random.default_rng(11)
MATRIX = RNG.standard_normal((6, 4)).astype(np.float32)
FILTER = RNG.standard_normal((4, 4, 3, 3)).astype(np.float32)
PICTURE = RNG.standard_normal((2, 4, 7, 7)).astype(np.float32)


def linear_graph(style: str) -> onnx.ModelProto:
    """One linear layer y = x W^T as exporters of several kinds write it."""
    nodes, weights = {
        "gemm": ([make.make_node("Gemm", ["x", "a.b.weight"], ["y"], transB=1)], [weight("a.b.weight", MATRIX)]),
        "transposed": (
            [
                make.make_node("Transpose", ["a.b.weight"], ["w"], perm=[1, 0]),
                make.make_node("MatMul", ["x", "w"], ["y"]),
            ],
            [weight("a.b.weight", MATRIX)],
        ),
        "folded": (
            [make.make_node("MatMul", ["x", "onnx::MatMul_7"], ["y"], name="/a/b/MatMul")],
            [weight("onnx::MatMul_7", MATRIX.T)],
        ),
        "quantised": (
            [
                make.make_node("DequantizeLinear", ["a.b.weight", "scale"], ["wide"]),
                make.make_node("Transpose", ["wide"], ["w"], perm=[1, 0]),
                make.make_node("MatMul", ["x", "w"], ["y"]),
            ],
            [weight("a.b.weight", np.round(MATRIX * 30), "int8"), weight("scale", 1 / 30)],
        ),
    }[style]
    return simple(nodes, [value("x", ["N", 4])], [value("y", ["N", 6])], weights)


def conv_graph(kernel: int = 3, **attributes: object) -> onnx.ModelProto:
    filters = FILTER[:, :, :kernel, :kernel]
    node = make.make_node("Conv", ["x", "c.weight"], ["y"], **attributes)
    return simple(
        [node], [value("x", ["N", 4, "H", "W"])], [value("y", ["N", "C", "h", "w"])], [weight("c.weight", filters)]
    )


def saved(folder: Path, model: onnx.ModelProto) -> Path:
    onnx.save(model, folder / "model.onnx")
    return folder / "model.onnx"


def run(graph: Path | bytes, **inputs: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(graph) if isinstance(graph, Path) else graph, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


@pytest.mark.parametrize("style", ["gemm", "transposed", "folded", "quantised"])
def test_a_linear_layer_is_found_however_it_was_exported(tmp_path: Path, style: str) -> None:
    path = saved(tmp_path, linear_graph(style))
    found = read_adaptable(path)["a.b"]
    assert (found.kind, found.inputs, found.outputs, found.dtype) == (WeightKind.LINEAR, 4, 6, "float32")
    down, up = RNG.standard_normal((4, 2)).astype(np.float32), RNG.standard_normal((2, 6)).astype(np.float32)
    x = RNG.standard_normal((3, 4)).astype(np.float32)
    opened = open_to_adaptation(path, Reach.LINEAR)
    np.testing.assert_array_equal(run(opened, x=x), run(path, x=x))
    given = {down_input("a.b"): down, up_input("a.b"): up, strength_input("float32"): np.array([0.5], np.float32)}
    np.testing.assert_allclose(run(opened, x=x, **given), run(path, x=x) + 0.5 * (x @ down @ up), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "attributes", [{"pads": [1, 1, 1, 1]}, {"strides": [2, 2], "pads": [0, 1, 1, 0]}, {"dilations": [2, 2]}]
)
def test_a_convolution_is_adapted_with_its_own_strides_and_pads(
    tmp_path: Path, attributes: dict[str, list[int]]
) -> None:
    path = saved(tmp_path, conv_graph(**attributes))
    down = RNG.standard_normal((2, 4, 3, 3)).astype(np.float32)
    up = RNG.standard_normal((4, 2, 1, 1)).astype(np.float32)
    opened = open_to_adaptation(path, Reach.ALL)
    given = {down_input("c"): down, up_input("c"): up, strength_input("float32"): np.ones(1, np.float32)}
    merged = conv_graph(**attributes)
    added = (up.reshape(4, 2) @ down.reshape(2, -1)).reshape(FILTER.shape)
    merged.graph.initializer[0].CopyFrom(numpy_helper.from_array(FILTER + added, "c.weight"))
    expected = run(merged.SerializeToString(), x=PICTURE)
    np.testing.assert_allclose(run(opened, x=PICTURE, **given), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(run(opened, x=PICTURE), run(path, x=PICTURE), rtol=1e-5, atol=1e-5)


def test_only_what_is_in_reach_is_opened(tmp_path: Path) -> None:
    wide = saved(tmp_path, conv_graph())
    assert onnx.load_from_string(open_to_adaptation(wide, Reach.POINTWISE)).graph.node[0].op_type == "Conv"
    assert len(onnx.load_from_string(open_to_adaptation(wide, Reach.POINTWISE)).graph.node) == 1
    point = saved(tmp_path, conv_graph(kernel=1))
    assert len(onnx.load_from_string(open_to_adaptation(point, Reach.POINTWISE)).graph.node) == 5
    assert len(onnx.load_from_string(open_to_adaptation(point, Reach.LINEAR)).graph.node) == 1


def test_weights_without_names_of_modules_are_not_adaptable(tmp_path: Path) -> None:
    folded = linear_graph("folded")
    folded.graph.node[0].name = "MatMul_7"
    assert read_adaptable(saved(tmp_path, folded)) == {}
    assert read_adaptable(saved(tmp_path, conv_graph(group=2))) == {}


def test_one_name_for_two_different_weights_is_nobodys(tmp_path: Path) -> None:
    model = linear_graph("folded")
    model.graph.initializer.append(weight("onnx::MatMul_8", MATRIX))
    model.graph.node.append(make.make_node("MatMul", ["y", "onnx::MatMul_8"], ["z"], name="/a/b/MatMul_1"))
    assert read_adaptable(saved(tmp_path, model)) == {}


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x0a\xff\xff\xff\xff\x7fgarbage")
    with pytest.raises(Invalid):
        read_adaptable(tmp_path / "model.onnx")
