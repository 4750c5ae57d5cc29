"""A graph's facts are true, and no bytes make the reader do anything but give facts or refuse."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, numpy_helper
from onnx import helper as make
from onnx.external_data_helper import convert_model_to_external_data
from tests.bundle import graphs
from tests.bundle.properties import outcome, patient

from artrator.bundle.facts import GraphCaps, GraphFacts, TensorSpec
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.kernel.errors import ArtratorError, Invalid, TooLarge


def facts_of(built: ModelProto, folder: Path) -> GraphFacts:
    return read_graph_facts(graphs.save(built, folder))


def codes(facts: GraphFacts) -> set[str]:
    return {hazard.code for hazard in facts.hazards}


def test_the_facts_of_an_honest_graph_are_true(tmp_path: Path) -> None:
    facts = facts_of(graphs.latent_to_image(), tmp_path)
    assert facts.inputs == (TensorSpec(name="latent", dtype="float32", dims=("N", 8)),)
    assert facts.outputs == (TensorSpec(name="image", dtype="float32", dims=("N", 3, 16, 16)),)
    assert facts.operators == {"ai.onnx:MatMul": 1, "ai.onnx:Tanh": 1, "ai.onnx:Reshape": 1}
    assert (facts.initializer_count, facts.initializer_bytes) == (2, 8 * 768 * 4 + 4 * 8)
    assert (facts.hazards, facts.non_finite_weights) == ((), ())


def test_external_data_inside_the_bundle_is_fine(tmp_path: Path) -> None:
    built = graphs.latent_to_image()
    convert_model_to_external_data(built, location="weights.bin", size_threshold=100)
    onnx.save_model(built, tmp_path / "model.onnx")
    facts = read_graph_facts(tmp_path / "model.onnx")
    assert facts.hazards == ()
    assert [(each.location, each.length_bytes) for each in facts.external] == [("weights.bin", 8 * 768 * 4)]


_STORED = [
    (TensorProto.FLOAT, "float_data"),
    (TensorProto.DOUBLE, "double_data"),
    (TensorProto.FLOAT16, "int32_data"),
    (TensorProto.BFLOAT16, "int32_data"),
    (TensorProto.FLOAT8E4M3FN, "int32_data"),
    (TensorProto.FLOAT8E5M2, "int32_data"),
]


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("bad", [float("nan"), 1.0])
@pytest.mark.parametrize("data_type", [kind for kind, _ in _STORED])
def test_a_weight_that_is_not_finite_is_found_however_it_is_stored(
    tmp_path: Path, data_type: int, bad: float, raw: bool
) -> None:
    dtype = make.tensor_dtype_to_np_dtype(data_type)
    values = np.array([1.0, bad, 2.0], dtype=np.float32).astype(dtype)
    tensor = make.make_tensor("w", data_type, [3], values.tobytes() if raw else values.astype(np.float32).tolist(), raw)
    built = graphs.tensors()
    built.graph.initializer.append(tensor)
    facts = facts_of(built, tmp_path)
    assert facts.hazards == ()
    assert facts.non_finite_weights == (() if bad == 1.0 else ("w",))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("values", "is_mask"),
    [([-np.inf], True), ([0.0, -np.inf], True), ([np.inf], False), ([0.0, np.nan], False), ([0.1, -np.inf], False)],
)
def test_minus_infinity_beside_zeros_alone_is_a_mask_and_no_broken_weight(
    tmp_path: Path, dtype: type, values: list[float], is_mask: bool
) -> None:
    built = graphs.tensors()
    built.graph.initializer.append(numpy_helper.from_array(np.array(values, dtype), "w"))
    assert facts_of(built, tmp_path).non_finite_weights == (() if is_mask else ("w",))


def test_functions_of_the_model_are_walked_and_counted(tmp_path: Path) -> None:
    built = graphs.tensors()
    function = make.make_function(
        "mine", "double", ["x"], ["y"], [make.make_node("Add", ["x", "x"], ["y"])], [make.make_opsetid("", 18)]
    )
    built.functions.append(function)
    built.opset_import.append(make.make_opsetid("mine", 1))
    built.graph.node[0].output[0] = "half"
    built.graph.node.append(make.make_node("double", ["half"], ["total"], domain="mine"))
    facts = facts_of(built, tmp_path)
    assert facts.hazards == ()
    assert facts.functions == ("mine:double",)
    assert facts.node_count == 2
    assert facts.operators == {"ai.onnx:Add": 2, "mine:double": 1}


def test_functions_that_multiply_are_counted_without_being_written_out(tmp_path: Path) -> None:
    built = graphs.tensors()
    for level in range(40):
        body = [
            make.make_node(
                f"f{level + 1}" if level < 39 else "Neg", ["x"], [f"y{index}"], domain="m" if level < 39 else ""
            )
            for index in range(10)
        ]
        built.functions.append(make.make_function("m", f"f{level}", ["x"], ["y0"], body, [make.make_opsetid("m", 1)]))
    built.graph.node.append(make.make_node("f0", ["total"], ["more"], domain="m"))
    assert "graph_too_large" in codes(facts_of(built, tmp_path))


def test_a_function_that_calls_itself_is_a_hazard(tmp_path: Path) -> None:
    built = graphs.tensors()
    body = [make.make_node("again", ["x"], ["y"], domain="m")]
    built.functions.append(make.make_function("m", "again", ["x"], ["y"], body, [make.make_opsetid("m", 1)]))
    built.graph.node.append(make.make_node("again", ["total"], ["more"], domain="m"))
    assert "function_recursion" in codes(facts_of(built, tmp_path))


def test_a_file_above_the_cap_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        read_graph_facts(graphs.save(graphs.tensors(), tmp_path), GraphCaps(file_bytes=10))


@patient
@given(st.data())
def test_no_changed_byte_does_anything_but_give_facts_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray(graphs.latent_to_image(width=1, side_px=8).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "model.onnx"
        path.write_bytes(whole)
        assert isinstance(outcome(lambda: read_graph_facts(path)), GraphFacts | ArtratorError)


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_external_data_behind_a_link_is_a_hazard(tmp_path: Path, link: Callable[[Path, Path], None]) -> None:
    built = graphs.latent_to_image()
    convert_model_to_external_data(built, location="weights.bin", size_threshold=100)
    folder = tmp_path / "bundle"
    folder.mkdir()
    onnx.save_model(built, folder / "model.onnx")
    (folder / "weights.bin").rename(tmp_path / "outside.bin")
    link(tmp_path / "outside.bin", folder / "weights.bin")
    assert codes(read_graph_facts(folder / "model.onnx")) == {"external_data_path"}


def test_a_graph_in_a_folder_of_the_bundle_finds_its_weights_beside_itself(tmp_path: Path) -> None:
    built = graphs.latent_to_image()
    convert_model_to_external_data(built, location="weights.bin", size_threshold=100)
    (tmp_path / "decoder").mkdir()
    onnx.save_model(built, tmp_path / "decoder" / "model.onnx")
    assert read_graph_facts(tmp_path / "decoder" / "model.onnx", folder=tmp_path).hazards == ()


def test_a_graph_outside_its_bundle_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    graphs.save(graphs.tensors(), tmp_path)
    for path in (tmp_path / "model.onnx", tmp_path / "bundle" / ".." / "model.onnx"):
        with pytest.raises(Invalid):
            read_graph_facts(path, folder=tmp_path / "bundle")
