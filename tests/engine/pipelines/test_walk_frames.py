"""Frames of walks by diffusion on the tiny random model: their ends, their sharing, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.engine.conftest import Listener, request
from tests.engine.pipelines.test_text_to_image import TINY, finish, mask, photograph, pictures, tiny

from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import (
    WALK_STATES,
    Finished,
    InputValue,
    InstalledBundle,
    OutputFile,
    Priority,
    WalkFrame,
    WalkStart,
)
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError, Invalid

__all__ = ["tiny"]

Inputs = dict[str, InputValue]
START: Inputs = {"prompt": "a red circle", "negative_prompt": "blue", "guidance": 4.0, "steps": 6, "seed": 11}
END: Inputs = {**START, "prompt": "o'clock!", "guidance": 6.0, "seed": 12}
STEPS = 6
SAMPLERS = {
    "ddim": {},
    "eta": {"_class_name": "DDIMScheduler", "eta": 1.0},
    "ancestral": {"_class_name": "EulerAncestralDiscreteScheduler"},
    "euler": {"_class_name": "EulerDiscreteScheduler"},
    "heun": {"_class_name": "HeunDiscreteScheduler"},
    "dpm": {"_class_name": "DPMSolverMultistepScheduler"},
    "sde": {"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver++"},
    "unipc": {"_class_name": "UniPCMultistepScheduler"},
    "pndm": {"_class_name": "PNDMScheduler", "skip_prk_steps": True},
    "lcm": {"_class_name": "LCMScheduler"},
}
Tiny = Callable[..., InstalledBundle]


@pytest.fixture(scope="module")
def engine() -> Iterator[Inference]:
    made = Inference(EngineSettings(threads_per_worker=2))
    yield made
    made.close()


def sampled(tiny: Tiny, sampler: str) -> InstalledBundle:
    trained = json.loads((TINY / "scheduler" / "scheduler_config.json").read_text())
    return tiny(scheduler={**trained, **SAMPLERS[sampler]})


def submit(engine: Inference, bundle: InstalledBundle, start: Inputs, walk: WalkFrame) -> Listener:
    listener = Listener()
    engine.submit(replace(request(bundle, start, priority=Priority.WALK), walk=walk), listener)
    return listener


def frame(
    engine: Inference,
    bundle: InstalledBundle,
    part: float,
    *,
    start: Inputs = START,
    end: Inputs = END,
    begin: WalkStart | None = None,
    keep: tuple[int, ...] = (),
) -> Finished:
    return submit(engine, bundle, start, WalkFrame(end=end, part=part, start=begin, keep=keep)).finished()


def fail(engine: Inference, bundle: InstalledBundle, start: Inputs, walk: WalkFrame) -> ArtratorError:
    return submit(engine, bundle, start, walk).error()


def states(finished: Finished) -> bytes:
    file = finished.outputs[WALK_STATES]
    assert isinstance(file, OutputFile)
    assert file.media_type == "application/octet-stream"
    return file.data


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_a_frame_at_a_keyframe_is_that_keyframes_own_run_bit_for_bit(
    engine: Inference, tiny: Tiny, sampler: str
) -> None:
    bundle = sampled(tiny, sampler)
    for part, inputs in ((0.0, START), (1.0, END)):
        assert np.array_equal(pictures(frame(engine, bundle, part)), pictures(finish(engine, bundle, inputs)))


def test_a_frame_between_equal_keyframes_is_their_run_bit_for_bit(engine: Inference, tiny: Tiny) -> None:
    for sampler in ("ddim", "ancestral"):
        bundle = sampled(tiny, sampler)
        between = pictures(frame(engine, bundle, 0.37, end=START))
        assert np.array_equal(between, pictures(finish(engine, bundle, START)))


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_a_frame_goes_on_from_its_own_states_as_if_it_had_never_stopped(
    engine: Inference, tiny: Tiny, sampler: str
) -> None:
    bundle = sampled(tiny, sampler)
    whole = frame(engine, bundle, 0.4, keep=(1, 2, 4))
    for index in (1, 2, 4):
        begin = WalkStart(index=index, before=states(whole), after=states(whole), weight=0.0)
        taken_up = frame(engine, bundle, 0.4, begin=begin)
        assert np.array_equal(pictures(taken_up), pictures(whole))


def test_a_frame_that_begins_between_its_neighbours_is_near_the_one_rendered_alone(
    engine: Inference, tiny: Tiny
) -> None:
    bundle = tiny()
    before, alone, after = (frame(engine, bundle, part, keep=(3,)) for part in (0.2, 0.3, 0.4))
    begin = WalkStart(index=3, before=states(before), after=states(after), weight=0.5)
    shared = frame(engine, bundle, 0.3, begin=begin)
    apart = distance(pictures(before), pictures(after))
    assert 0 < distance(pictures(shared), pictures(alone)) < apart / 10


def test_frames_move_on_along_the_way(engine: Inference, tiny: Tiny) -> None:
    bundle = tiny()
    made = [pictures(frame(engine, bundle, part)) for part in (0.0, 0.3, 0.6, 1.0)]
    gone = [distance(made[0], each) for each in made]
    assert gone == sorted(gone)
    assert gone[1] > 0


def test_only_the_states_that_a_frame_passes_are_kept(engine: Inference, tiny: Tiny) -> None:
    bundle = tiny()
    assert WALK_STATES not in frame(engine, bundle, 0.5).outputs
    early = frame(engine, bundle, 0.5, keep=(1, 4))
    begin = WalkStart(index=4, before=states(early), after=states(early), weight=0.5)
    late = frame(engine, bundle, 0.5, begin=begin, keep=(1, 4, 5))
    again = WalkStart(index=1, before=states(late), after=states(late), weight=0.5)
    error = fail(engine, bundle, START, WalkFrame(end=END, part=0.5, start=again))
    assert (error.code, error.field) == ("walk_states_unfit", "walk.start.before")


def test_a_walk_between_seeds_keeps_the_strength_of_the_noise(engine: Inference, tiny: Tiny) -> None:
    bundle = tiny()
    end = {**START, "seed": 99}
    ends = [pictures(frame(engine, bundle, part, end=end)).std() for part in (0.0, 1.0)]
    middle = pictures(frame(engine, bundle, 0.5, end=end)).std()
    assert middle > 0.8 * min(ends)


def test_a_way_to_an_image_is_continuous_at_both_of_its_ends(engine: Inference, tiny: Tiny) -> None:
    bundle = tiny()
    end: Inputs = {**START, "prompt": "", "image": photograph(), "strength": 0.5}
    at = {part: pictures(frame(engine, bundle, part, end=end)) for part in (0.0, 0.001, 0.5, 0.999, 1.0)}
    assert np.array_equal(at[0.0], pictures(finish(engine, bundle, START)))
    assert np.array_equal(at[1.0], pictures(finish(engine, bundle, end)))
    step = distance(at[0.0], at[0.5])
    assert distance(at[0.0], at[0.001]) < step / 20
    assert distance(at[1.0], at[0.999]) < step / 20


def test_a_way_between_images_begins_where_their_strength_says(engine: Inference, tiny: Tiny) -> None:
    bundle = tiny()
    start: Inputs = {**START, "image": photograph(), "strength": 0.5}
    end: Inputs = {**start, "image": mask(), "strength": 0.9}
    assert np.array_equal(
        pictures(frame(engine, bundle, 0.0, start=start, end=end)), pictures(finish(engine, bundle, start))
    )
    kept = frame(engine, bundle, 0.1, start=start, end=end, keep=(0, 1, 3))
    begin = WalkStart(index=3, before=states(kept), after=states(kept), weight=0.0)
    assert np.array_equal(pictures(frame(engine, bundle, 0.1, start=start, end=end, begin=begin)), pictures(kept))
    unkept = replace(begin, index=1)
    assert fail(engine, bundle, start, WalkFrame(end=end, part=0.1, start=unkept)).code == "walk_states_unfit"


def test_a_walk_within_a_mask_leaves_the_rest_of_the_picture(engine: Inference, tiny: Tiny) -> None:
    bundle = tiny()
    start: Inputs = {**START, "image": photograph(), "mask": mask(), "strength": 1.0}
    end: Inputs = {**start, "prompt": "blue", "seed": 5}
    one, half = (pictures(frame(engine, bundle, part, start=start, end=end)) for part in (0.0, 0.5))
    # the decoder looks two pixels beyond a latent
    assert distance(one[:, :4], half[:, :4]) < distance(one[:, 12:20, 16:24], half[:, 12:20, 16:24]) / 4


@pytest.mark.parametrize(("change", "field"), [({"steps": 5}, "inputs.steps"), ({"width": 40}, "inputs.width")])
def test_keyframes_that_cannot_meet_are_refused(engine: Inference, tiny: Tiny, change: Inputs, field: str) -> None:
    error = fail(engine, tiny(), START, WalkFrame(end={**END, **change}, part=0.5))
    assert isinstance(error, Invalid)
    assert (error.code, error.field) == ("walk_input_differs", field)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93\x93\x04\x10\x10\x90\xc4\x00"])
def test_states_that_no_frame_has_kept_are_refused(engine: Inference, tiny: Tiny, content: bytes) -> None:
    begin = WalkStart(index=2, before=content, after=content, weight=0.5)
    error = fail(engine, tiny(), START, WalkFrame(end=END, part=0.5, start=begin))
    assert (error.code, error.field) == ("walk_states_unfit", "walk.start.before")


def test_a_frame_is_one_picture_however_many_a_run_makes(engine: Inference, tiny: Tiny) -> None:
    many = {"count": 3}
    made = pictures(frame(engine, tiny(), 0.5, start={**START, **many}, end={**END, **many}))
    assert len(made) == 1
    assert np.array_equal(made, pictures(frame(engine, tiny(), 0.5)))
