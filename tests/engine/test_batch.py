"""Joining and splitting rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.bundle.facts import Dims, TensorSpec
from artrator.engine.execution.batch import Unsplittable, batch_key, join, split
from artrator.engine.execution.call import Call
from artrator.engine.execution.signature import GraphSignature
from artrator.kernel.ids import Digest


def signature(*dims: Dims, output: Dims = ("N", 2)) -> GraphSignature:
    inputs = [TensorSpec(name=f"x{index}", dtype="float32", dims=each) for index, each in enumerate(dims)]
    outputs = [TensorSpec(name="y", dtype="float32", dims=output)]
    return GraphSignature({each.name: each for each in inputs}, {each.name: each for each in outputs})


def call(*shapes: tuple[int, ...], dtype: type = np.float32) -> Call:
    return Call("model", {f"x{index}": np.zeros(shape, dtype) for index, shape in enumerate(shapes)})


def key(each: Call, of: GraphSignature) -> object:
    return batch_key(Digest("d"), each, of)


def test_calls_of_equal_shape_but_for_their_rows_share_a_key() -> None:
    of = signature(("N", "K"))
    assert key(call((1, 4)), of) == key(call((3, 4)), of) is not None


@pytest.mark.parametrize(
    "other", [call((1, 5)), call((1, 4), dtype=np.float64), Call("encoder", {"x0": np.zeros((1, 4))})]
)
def test_calls_of_another_shape_dtype_or_graph_do_not(other: Call) -> None:
    of = signature(("N", "K"))
    assert key(call((1, 4)), of) != key(other, of)


@pytest.mark.parametrize("of", [signature((1, 4)), signature(("N", 4), output=(1, 2)), signature(("N", 4), output=())])
def test_a_graph_with_a_fixed_leading_axis_never_batches(of: GraphSignature) -> None:
    assert key(call((1, 4)), of) is None


def test_inputs_of_different_rows_never_batch() -> None:
    assert key(call((2, 4), (1, 4)), signature(("N", 4), ("M", 4))) is None


@given(rows=st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_every_call_gets_its_own_rows_back(rows: list[int]) -> None:
    calls = [Call("m", {"x": np.full((count, 2), index)}) for index, count in enumerate(rows)]
    parts = split({"y": join(calls)["x"] * 10}, calls)
    for index, (count, part) in enumerate(zip(rows, parts, strict=True)):
        assert part["y"].shape == (count, 2)
        assert (part["y"] == 10 * index).all()


@pytest.mark.parametrize("result", [np.zeros((3, 2)), np.zeros(())])
def test_results_whose_rows_do_not_add_up_are_not_split(result: np.ndarray) -> None:
    with pytest.raises(Unsplittable):
        split({"y": result}, [call((1, 2)), call((1, 2))])
