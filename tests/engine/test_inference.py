"""Runs through the whole engine in one process, with the real runtime."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artrator.engine.examination.profile import GraphPlan
from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import Finished, InstalledBundle, OutputFile, OutputJson, Started
from tests.engine.conftest import Listener, Slots, request
from tests.engine.graphs import latent_decoder

Engines = Callable[..., Inference]
Bundles = Callable[..., InstalledBundle]
ROW = json.dumps([[1.0, 2.0, 3.0, 4.0]])


def pixels(finished: Finished, name: str = "image") -> np.ndarray:
    file = finished.outputs[name]
    assert isinstance(file, OutputFile)
    return np.asarray(Image.open(io.BytesIO(file.data)))


def run(engine: Inference, bundle: InstalledBundle, inputs: dict, **options: object) -> Listener:
    listener = Listener()
    engine.submit(request(bundle, inputs, **options), listener)  # type: ignore[arg-type]
    return listener


def test_a_run_starts_and_then_finishes_with_its_output_and_times(engine: Inference, bundles: Bundles) -> None:
    listener = run(engine, bundles("latent"), {"seed": 7})
    finished = listener.finished()
    file = finished.outputs["image"]
    assert isinstance(file, OutputFile)
    assert (file.media_type, file.width_px, file.height_px) == ("image/png", 16, 16)
    assert [type(event) for event in listener.seen] == [Started, Finished]
    assert finished.timings.queue_s > 0
    assert finished.timings.predict_s > 0
    assert finished.timings.encode_s > 0
    assert finished.engine["provider"] == "CPUExecutionProvider"


def test_the_same_seed_gives_the_same_picture_alone_and_in_a_batch(engines: Engines, bundles: Bundles) -> None:
    bundle = bundles("latent")
    alone = pixels(run(engines(max_batch=1), bundle, {"seed": 3}).finished())
    engine = engines(threads_per_worker=1)
    many = [run(engine, bundle, {"seed": seed}) for seed in (*range(10), 3)]
    together = [pixels(each.finished()) for each in many]
    assert np.abs(together[3].astype(int) - alone).max() <= 1
    assert np.array_equal(together[3], together[10])
    assert not np.array_equal(together[3], together[4])


def behind_a_blocker(
    engines: Engines, bundles: Bundles, bundle: InstalledBundle, rows: list[str], **settings: object
) -> list[Listener]:
    """Submit a run for each row while the engine's only thread is taken, so that their calls meet."""
    slots = Slots()
    engine = engines(threads_per_worker=1, on_running=slots, **settings)
    engine.load(bundle)
    blocker = request(bundles("endless"), {"a": ROW}, account="blocker")
    engine.submit(blocker, Listener())
    slots.wait_busy(range(1))
    listeners = [run(engine, bundle, {"a": row}) for row in rows]
    engine.cancel(blocker.id)
    return listeners


def test_calls_of_one_graph_that_wait_together_run_together(engines: Engines, bundles: Bundles) -> None:
    listeners = behind_a_blocker(engines, bundles, bundles("rows"), [ROW] * 8, max_batch=4)
    assert [each.finished().outputs["sum"] for each in listeners] == [OutputJson(value=[[4.0]])] * 8


@pytest.mark.parametrize("pays", [2, 8])
def test_calls_run_together_as_far_as_their_graphs_plan_says(engines: Engines, bundles: Bundles, pays: int) -> None:
    planned = replace(bundles("rows"), plans={"model": GraphPlan(max_batch=pays, threads=1)})
    listeners = behind_a_blocker(engines, bundles, planned, [ROW] * 8, max_batch=8)
    assert [each.finished().outputs["sum"] for each in listeners] == [OutputJson(value=[[float(pays)]])] * 8


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts the threads that Linux shows")
def test_a_graph_is_loaded_with_the_threads_that_its_plan_says(engines: Engines, bundles: Bundles) -> None:
    engine, tasks = engines(), Path("/proc/self/task")
    added: list[int] = []
    for threads in (1, 5):
        bundle = bundles("latent", name=f"on-{threads}")
        before = len(list(tasks.iterdir()))
        engine.load(replace(bundle, plans={"decoder": GraphPlan(max_batch=1, threads=threads)}))
        added.append(len(list(tasks.iterdir())) - before)
    assert added == [0, 4]


def test_a_run_tells_what_it_kept_threads_busy(engines: Engines, bundles: Bundles) -> None:
    timings = run(engines(), bundles("latent"), {"seed": 1}).finished().timings
    assert 0 < timings.busy_s <= timings.predict_s + timings.encode_s


def test_calls_of_a_bundle_that_is_not_batchable_run_alone(engines: Engines, bundles: Bundles) -> None:
    listeners = behind_a_blocker(engines, bundles, bundles("rows", batchable=False), [ROW] * 3)
    assert [each.finished().outputs["sum"] for each in listeners] == [OutputJson(value=[[1.0]])] * 3


def test_a_fault_in_one_run_of_a_batch_leaves_the_others_alone(engines: Engines, bundles: Bundles) -> None:
    rows = [ROW, json.dumps([[0.0, 0.0, 0.0, 99.0]]), ROW]
    good, bad, fine = behind_a_blocker(engines, bundles, bundles("picky"), rows)
    assert bad.error().code == "model_failed"
    for each in (good, fine):
        assert each.finished().outputs["sum"] == OutputJson(value=[[4.0]])


def test_a_run_past_its_deadline_stops_the_graph_itself(engines: Engines, bundles: Bundles) -> None:
    slots = Slots()
    engine = engines(on_running=slots)
    listener = run(engine, bundles("endless"), {"a": ROW}, deadline_s=0.3)
    assert listener.error().code == "model_timed_out"
    slots.wait_idle()


def test_a_cancelled_run_stops_the_graph_itself_and_falls_silent(engines: Engines, bundles: Bundles) -> None:
    slots = Slots()
    engine = engines(on_running=slots)
    listener, endless = Listener(), request(bundles("endless"), {"a": ROW})
    engine.submit(endless, listener)
    slots.wait_busy(range(2))
    engine.cancel(endless.id)
    slots.wait_idle()
    assert [type(event) for event in listener.seen] == [Started]


def test_an_endless_graph_leaves_the_other_thread_to_the_others(engine: Inference, bundles: Bundles) -> None:
    endless = run(engine, bundles("endless"), {"a": ROW}, deadline_s=20, account="mallory")
    assert isinstance(endless.next(), Started)
    for seed in range(3):
        run(engine, bundles("latent"), {"seed": seed}).finished()
    assert isinstance(endless.seen[-1], Started)


def test_the_slot_and_the_bundle_are_told_before_a_graph_runs_and_after(engines: Engines, bundles: Bundles) -> None:
    slots = Slots()
    engine, bundle = engines(on_running=slots), bundles("latent")
    run(engine, bundle, {"seed": 1}).finished()
    (load_slot, loaded), (_, nothing), (call_slot, called), (_, nothing_again) = slots.told
    assert (loaded, nothing, called, nothing_again) == (bundle.digest, None, bundle.digest, None)
    assert call_slot < 2 <= load_slot < engine.slots


def test_what_runs_now_is_named_with_its_slot(engines: Engines, bundles: Bundles) -> None:
    slots = Slots()
    engine = engines(on_running=slots)
    bundle = bundles("endless")
    endless = request(bundle, {"a": ROW})
    engine.submit(endless, Listener())
    slots.wait_busy(range(2))
    (running,) = engine.running()
    assert running.digest == bundle.digest
    assert running.abandoned_s is None
    assert engine.running_digests() == (bundle.digest,)
    engine.cancel(endless.id)


def test_a_graph_that_returns_nan_is_refused_with_what_was_expected(engine: Inference, bundles: Bundles) -> None:
    error = run(engine, bundles("nan"), {"seed": 1}).error()
    assert error.code == "output_invalid"
    assert "finite" in error.message


def test_a_graph_that_returns_another_shape_than_it_declares_is_refused(engine: Inference, bundles: Bundles) -> None:
    error = run(engine, bundles("wrong_shape"), {"seed": 1}).error()
    assert error.code == "output_invalid"
    assert "[1, 3, 5, 5]" in error.message


def test_a_graph_that_asks_for_too_much_memory_says_so(engine: Inference, bundles: Bundles) -> None:
    assert run(engine, bundles("hungry"), {"a": ROW}).error().code == "model_out_of_memory"


def test_a_file_that_is_no_graph_fails_its_run_only(engine: Inference, bundles: Bundles) -> None:
    bundle = bundles("latent")
    (bundle.folder / "model.onnx").write_bytes(b"\x00garbage" * 100)
    error = run(engine, bundle, {"seed": 1}).error()
    assert error.code == "model_failed"
    assert str(bundle.folder) not in error.message
    run(engine, bundles("conditional"), {"seed": 1}).finished()


def test_a_link_in_a_bundle_is_not_followed(engine: Inference, bundles: Bundles) -> None:
    bundle = bundles("latent")
    (bundle.folder / "weights.bin").symlink_to("/etc/passwd")
    assert run(engine, bundle, {"seed": 1}).error().code == "model_failed"


def test_a_model_larger_than_the_cache_is_refused(engines: Engines, bundles: Bundles) -> None:
    engine = engines(cache_bytes=1 << 20)
    assert run(engine, bundles("latent"), {"seed": 1}).error().code == "model_out_of_memory"


def test_more_models_than_the_cache_holds_take_turns(engines: Engines, bundles: Bundles) -> None:
    engine = engines(cache_bytes=5 << 20)
    many = [bundles("latent", graph=latent_decoder(side_px=16 + side)) for side in range(4)]
    runs = [run(engine, bundle, {"seed": 1}, account=f"user-{index}") for index, bundle in enumerate(many * 3)]
    for each in runs:
        each.finished()


def test_an_engine_with_enough_waiting_says_that_it_is_busy(engines: Engines, bundles: Bundles) -> None:
    engine, bundle = engines(max_waiting=2), bundles("endless")
    waiting = [request(bundle, {"a": ROW}) for _ in range(2)]
    for each in waiting:
        engine.submit(each, Listener())
    error = run(engine, bundle, {"a": ROW}).error()
    assert error.code == "engine_busy"
    assert error.facts["retry_after_s"]
    for each in waiting:
        engine.cancel(each.id)


def test_a_run_that_never_got_its_turn_is_not_blamed_on_its_model(engines: Engines, bundles: Bundles) -> None:
    engine = engines(threads_per_worker=1, max_batch=1)
    endless = request(bundles("endless"), {"a": ROW}, account="mallory")
    blocking = Listener()
    engine.submit(endless, blocking)
    assert isinstance(blocking.next(), Started)
    assert run(engine, bundles("latent"), {"seed": 1}, deadline_s=0.2).error().code == "engine_busy"
    engine.cancel(endless.id)


def test_an_unknown_output_format_is_refused_by_name(engine: Inference, bundles: Bundles) -> None:
    error = run(engine, bundles("latent"), {"seed": 1}, output_format="tiff").error()
    assert (error.code, error.field) == ("output_format_unknown", "output_format")


def test_closing_ends_the_runs_in_flight_with_an_error(engines: Engines, bundles: Bundles) -> None:
    engine = engines()
    listener = run(engine, bundles("endless"), {"a": ROW})
    assert isinstance(listener.next(), Started)
    engine.close()
    assert listener.error().code == "engine_closing"
    assert run(engine, bundles("latent"), {"seed": 1}).error().code == "engine_busy"


def test_a_preloaded_bundle_runs_without_loading_again(engines: Engines, bundles: Bundles) -> None:
    slots = Slots()
    engine, bundle = engines(on_running=slots), bundles("latent")
    engine.load(bundle)
    run(engine, bundle, {"seed": 1}).finished()
    assert slots.began(range(2, engine.slots)) == [engine.slots - 1]
    assert len(slots.began(range(2))) == 1


def test_an_unloaded_bundle_is_loaded_again_for_the_next_run(engines: Engines, bundles: Bundles) -> None:
    slots = Slots()
    engine = engines(on_running=slots)
    bundle = bundles("latent")
    run(engine, bundle, {"seed": 1}).finished()
    engine.unload(bundle.digest)
    run(engine, bundle, {"seed": 1}).finished()
    assert len(slots.began(range(2, engine.slots))) == 2


def test_a_listener_that_fails_stops_nobody(
    engine: Inference, bundles: Bundles, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_event: object) -> None:
        raise RuntimeError("listener")

    engine.submit(request(bundles("latent"), {"seed": 1}), fail)
    for seed in range(4):
        run(engine, bundles("latent"), {"seed": seed}).finished()
    assert "a listener failed" in caplog.text


def test_hundred_runs_of_many_accounts_and_models_all_finish(engines: Engines, bundles: Bundles) -> None:
    slots = Slots()
    engine = engines(on_running=slots)
    models = [bundles("latent"), bundles("conditional"), bundles("latent", batchable=False)]
    runs = [run(engine, models[n % 3], {"seed": n}, account=f"user-{n % 7}") for n in range(100)]
    for each in runs:
        each.finished()
    slots.wait_idle()
