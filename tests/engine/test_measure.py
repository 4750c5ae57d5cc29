"""Graphs are really measured, and the measuring ends when its time is over."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import helper

from artrator.engine.codecs.limits import CodecLimits
from artrator.engine.errors import ModelFault
from artrator.engine.examination.measure import Measurer, doublings, measure_bundle, typical_s
from artrator.engine.examination.profile import BATCHES, GraphProfile
from artrator.engine.execution.call import Call
from artrator.engine.execution.session import StopSwitch, open_session
from artrator.engine.fleet import InputValue, InstalledBundle
from tests.engine.graphs import constant, model, tensor_info

MIB = 1 << 20
LIMITS = CodecLimits(max_image_bytes=MIB, max_image_px=MIB, max_tensor_bytes=64 * MIB)
Bundles = Callable[..., InstalledBundle]


def measure(
    bundle: InstalledBundle, inputs: dict[str, InputValue], *, budget_s: float = 0.3, cores: int = 2
) -> dict[str, GraphProfile]:
    return measure_bundle(bundle, inputs, budget_s=budget_s, cores=cores, limits=LIMITS)


def test_every_size_and_every_number_of_threads_is_measured(bundles: Bundles) -> None:
    ((_, profile),) = measure(bundles("latent"), {"seed": 1}).items()
    assert [point.batch for point in profile.batches] == list(BATCHES)
    assert {(point.threads, point.at_once) for point in profile.parallel} == {(1, 1), (1, 2), (2, 1), (2, 2)}
    assert profile.parallel[0].threads == profile.parallel[0].at_once == 1


def test_a_graph_that_must_not_batch_is_measured_alone(bundles: Bundles) -> None:
    ((_, profile),) = measure(bundles("latent", batchable=False), {"seed": 1}).items()
    assert [point.batch for point in profile.batches] == [1]


def test_a_slow_graph_is_measured_as_far_as_the_time_goes(bundles: Bundles) -> None:
    """The clock goes a second for every look at it, so that a graph seems slow on any machine."""
    bundle = bundles("latent")
    ((role, path),) = bundle.manifest.graphs.items()
    session = open_session(bundle.folder, path, threads=1, stop=StopSwitch())
    call = Call(
        role, {name: np.zeros((1, *spec.dims[1:]), np.float32) for name, spec in session.signature.inputs.items()}
    )
    seconds = iter(range(1_000_000))
    measurer = Measurer(bundle, {role: session}, {role: call}, cores=2, budget_s=10.0, _clock=lambda: next(seconds))
    profile = measurer.measure()[role]
    assert [point.batch for point in profile.batches] == [1]
    assert next(seconds) < 100


def takes_at_most_four_rows() -> onnx.ModelProto:
    """Look a table of five up by the number of rows, as a graph fails that would need too much memory for more."""
    nodes = [
        helper.make_node("Shape", ["a"], ["count"], start=0, end=1),
        helper.make_node("Gather", ["table", "count"], ["known"]),
        helper.make_node("ReduceMean", ["a"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Add", ["mean", "known"], ["sum"]),
    ]
    table = constant("table", [0.0] * 5)
    return model(nodes, [tensor_info("a", ["N", 4])], [tensor_info("sum", ["N", 1])], [table])


def test_a_batch_that_fails_ends_the_sizes_and_not_the_profile(bundles: Bundles) -> None:
    bundle = bundles("rows", graph=takes_at_most_four_rows())
    ((_, profile),) = measure(bundle, {"a": json.dumps([[1.0, 2.0, 3.0, 4.0]]).encode()}).items()
    assert [point.batch for point in profile.batches] == [1, 2, 4]


def test_a_graph_that_does_not_even_run_alone_has_no_profile(bundles: Bundles) -> None:
    with pytest.raises(ModelFault):
        measure(bundles("wrong_shape"), {"seed": 1})


def test_sizes_double_up_to_a_limit_which_is_always_there() -> None:
    assert [doublings(limit) for limit in (1, 2, 6, 8)] == [(1,), (1, 2), (1, 2, 4, 6), (1, 2, 4, 8)]


def test_what_else_the_machine_does_hardly_moves_what_is_measured() -> None:
    assert typical_s([1.0, 1.01, 1.02, 9.0, 20.0]) <= 1.02
    assert typical_s([3.0]) == 3.0
