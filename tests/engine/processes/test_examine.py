"""Examinations in disposable children: what is measured, and that a crash, a loop or a bomb is a verdict."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from artrator.engine.errors import ModelFault
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.rehearsal import Rehearsal
from artrator.engine.fleet import InstalledBundle, OutputJson
from artrator.engine.processes.nursery import Nursery
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import Invalid
from tests.engine.processes import worker_bundles
from tests.engine.processes.process_table import children_of

MIB = 1 << 20
INPUTS = ({"x": "[[1, 2, 3, 4]]"}, {"x": "[[0, 0, 0, 8]]"})


@pytest.fixture(params=["forked", "fresh"])
def examiner(request: pytest.FixtureRequest, engine_settings: EngineSettings, nursery: Nursery | None) -> Examiner:
    """An examiner with the tests' limits, whose children start in either way."""
    return Examiner(engine_settings, nursery if request.param == "forked" else None)


async def rehearse(examiner: Examiner, bundle: InstalledBundle, *, wall_clock_s: float = 30.0) -> Rehearsal:
    """Rehearse with the tests' inputs."""
    return await examiner.rehearse(bundle, INPUTS, wall_clock_s=wall_clock_s, memory_bytes=512 * MIB, runs=2)


async def test_the_facts_of_a_graph_are_read_in_a_child(examiner: Examiner, bundle_cache: Path) -> None:
    bundle = worker_bundles.quick(bundle_cache)
    facts = await examiner.read_facts(bundle.folder, "model.onnx")
    assert facts.operators == {"ai.onnx:Add": 1}
    assert facts.inputs[0].name == "x"


async def test_what_is_no_graph_is_refused_with_a_reason(examiner: Examiner, bundle_cache: Path) -> None:
    bundle = worker_bundles.quick(bundle_cache)
    (bundle.folder / "model.onnx").write_bytes(b"\xff" * 1000)
    with pytest.raises(Invalid, match="ONNX"):
        await examiner.read_facts(bundle.folder, "model.onnx")


async def test_a_graph_outside_the_folder_is_not_found(examiner: Examiner, bundle_cache: Path, tmp_path: Path) -> None:
    bundle, other = worker_bundles.quick(bundle_cache), worker_bundles.quick(tmp_path, "other")
    with pytest.raises(Invalid):
        await examiner.read_facts(bundle.folder, str(other.folder / "model.onnx"))
    with pytest.raises(Invalid):
        await examiner.read_facts(bundle.folder, f"../{'../' * 10}{other.folder}/model.onnx")


async def test_a_folder_that_only_its_owner_reads_is_examined_and_left_as_it_is(
    examiner: Examiner, bundle_cache: Path
) -> None:
    bundle = worker_bundles.quick(bundle_cache)
    graph = bundle.folder / "model.onnx"
    graph.chmod(0o600)
    bundle.folder.chmod(0o700)
    assert (await examiner.read_facts(bundle.folder, "model.onnx")).node_count == 1
    assert graph.stat().st_mode & 0o777 == 0o600
    assert bundle.folder.stat().st_mode & 0o777 == 0o700


async def test_a_rehearsal_measures_what_buyers_want_to_know(examiner: Examiner, bundle_cache: Path) -> None:
    rehearsal = await rehearse(examiner, worker_bundles.quick(bundle_cache, add=1.0))
    (statistics,) = rehearsal.output_statistics
    assert len(rehearsal.latencies_s) == 4
    assert 0 < rehearsal.load_s < 10
    assert 0 < rehearsal.peak_memory_bytes < 512 * MIB
    assert (statistics.name, statistics.dtype, statistics.shape) == ("model.y", "float32", (1, 4))
    values = np.array([2, 3, 4, 5, 1, 1, 1, 9], np.float64)
    assert statistics.minimum == 1
    assert statistics.maximum == 9
    assert statistics.mean == pytest.approx(values.mean())
    assert statistics.deviation == pytest.approx(values.std())
    assert statistics.non_finite == 0
    assert rehearsal.deterministic
    assert rehearsal.batchable
    assert rehearsal.sample == {"y": OutputJson(value=[[2.0, 3.0, 4.0, 5.0]])}


async def test_rows_that_depend_on_their_neighbours_are_not_batchable(examiner: Examiner, bundle_cache: Path) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["y"]),
    ]
    rehearsal = await rehearse(examiner, worker_bundles.install(bundle_cache, "centred", nodes, {}))
    assert rehearsal.deterministic
    assert not rehearsal.batchable


async def test_a_graph_that_rolls_dice_is_not_deterministic(examiner: Examiner, bundle_cache: Path) -> None:
    nodes = [helper.make_node("RandomNormalLike", ["x"], ["dice"]), helper.make_node("Add", ["x", "dice"], ["y"])]
    rehearsal = await rehearse(examiner, worker_bundles.install(bundle_cache, "dice", nodes, {}))
    assert not rehearsal.deterministic
    assert not rehearsal.batchable


async def test_values_that_are_not_finite_are_counted(examiner: Examiner, bundle_cache: Path) -> None:
    nodes = [helper.make_node("Div", ["x", "nothing"], ["y"])]
    bundle = worker_bundles.install(
        bundle_cache, "division", nodes, {"nothing": np.zeros(4, np.float32)}, output="tensor"
    )
    (statistics,) = (await rehearse(examiner, bundle)).output_statistics
    assert statistics.non_finite == 16
    assert statistics.mean is None


async def test_an_endless_loop_is_not_done_in_time(examiner: Examiner, bundle_cache: Path) -> None:
    with pytest.raises(ModelFault) as fault:
        await rehearse(examiner, worker_bundles.endless(bundle_cache), wall_clock_s=1.0)
    assert fault.value.code == "model_timed_out"


async def test_a_memory_bomb_is_out_of_memory(examiner: Examiner, bundle_cache: Path) -> None:
    with pytest.raises(ModelFault) as fault:
        await rehearse(examiner, worker_bundles.bomb(bundle_cache))
    assert fault.value.code == "model_out_of_memory"


async def test_a_crash_is_a_verdict_that_names_the_signal(examiner: Examiner, bundle_cache: Path) -> None:
    with pytest.raises(ModelFault) as fault:
        await rehearse(examiner, worker_bundles.crashing(bundle_cache))
    assert fault.value.code == "model_crashed"
    assert fault.value.facts["signal"] == "SIGFPE"
    assert (await rehearse(examiner, worker_bundles.quick(bundle_cache))).deterministic


async def test_a_rehearsal_that_is_cancelled_leaves_no_process(examiner: Examiner, bundle_cache: Path) -> None:
    rehearsing = asyncio.create_task(rehearse(examiner, worker_bundles.endless(bundle_cache)))
    async with asyncio.timeout(20):
        while not children_of(os.getpid(), "examinee"):  # noqa: ASYNC110 - a process rings no bell
            await asyncio.sleep(0.01)
    rehearsing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rehearsing
    async with asyncio.timeout(20):
        while children_of(os.getpid(), "examinee"):  # noqa: ASYNC110 - one that was killed is still there for a moment
            await asyncio.sleep(0.01)
