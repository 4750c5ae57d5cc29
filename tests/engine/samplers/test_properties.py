"""What holds of every sampler, whatever the config and the number of steps."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from artrator.bundle.sampler_config import LcmConfig, SamplerConfig
from artrator.bundle.sampler_reader import read_sampler_config
from artrator.engine.execution.call import Floats
from artrator.engine.samplers import State, begin, begin_from, noised, plan
from artrator.kernel.errors import Invalid
from tests.engine.samplers.cases import PREDICTIONS, SHAPE, ToyModel, noise_source, scaled

CONFIGS = some.builds(
    lambda name, spacing, velocity, offset: scaled(
        name,
        timestep_spacing=spacing,
        prediction_type="v_prediction" if velocity else "epsilon",
        steps_offset=offset,
    ),
    some.sampled_from(sorted(PREDICTIONS)),
    some.sampled_from(["leading", "linspace", "trailing"]),
    some.booleans(),
    some.integers(0, 1),
)


def run(config: SamplerConfig, steps: int, *, seed: int = 1, beside: int = 0) -> Floats:
    """Sample; with `beside`, other runs of the same plan are stepped in between."""
    sampler, model = plan(config, steps), ToyModel(config)
    draws = [noise_source(seed), *(noise_source(100 + each) for each in range(beside))]
    states = [begin(sampler.path, draw()) for draw in draws]
    for timestep in sampler.path.timesteps:
        states = [
            sampler.step(state, model(state.x, timestep), draw) for state, draw in zip(states, draws, strict=True)
        ]
    return states[0].x


@settings(deadline=None, max_examples=60)
@given(CONFIGS, some.integers(1, 60))
def test_samples_are_finite_and_float32_and_timesteps_descend(raw: dict[str, Any], steps: int) -> None:
    config = read_sampler_config(raw)
    assume(steps <= 50 or not isinstance(config, LcmConfig))  # it takes no more than it was distilled with
    path, x = plan(config, steps).path, run(config, steps)
    assert x.dtype == np.float32
    assert np.isfinite(x).all()
    assert list(path.timesteps) == sorted(path.timesteps, reverse=True)
    assert all(0 <= step < 1000 for step in path.timesteps)


@settings(deadline=None, max_examples=30)
@given(CONFIGS, some.integers(1, 12))
def test_a_seed_gives_the_same_picture_whatever_runs_beside_it(raw: dict[str, Any], steps: int) -> None:
    config = read_sampler_config(raw)
    np.testing.assert_array_equal(run(config, steps), run(config, steps, beside=3))


@settings(deadline=None, max_examples=30)
@given(CONFIGS, some.integers(2, 12), some.data())
def test_a_run_can_be_taken_up_again_at_any_step(raw: dict[str, Any], steps: int, data: some.DataObject) -> None:
    config = read_sampler_config({**raw, **({"eta": 0.0} if raw["_class_name"] == "DDIMScheduler" else {})})
    sampler, model, draw = plan(config, steps), ToyModel(config), noise_source()
    stop = data.draw(some.integers(0, sampler.path.evaluations - 1))
    state = begin(sampler.path, draw())
    for index, timestep in enumerate(sampler.path.timesteps):
        if index == stop:
            state = State(state.x.copy(), state.index, tuple(each.copy() for each in state.history))
        before = state.x.copy()
        after = sampler.step(state, model(state.x, timestep), draw)
        np.testing.assert_array_equal(state.x, before)  # a step leaves the state that it was given as it was
        state = after
    np.testing.assert_array_equal(state.x, run(config, steps, seed=5))


@pytest.mark.parametrize("name", sorted(PREDICTIONS))
@pytest.mark.parametrize("steps", [0, -1, 1001, 10_000])
def test_numbers_of_steps_out_of_range_are_refused(name: str, steps: int) -> None:
    with pytest.raises(Invalid) as caught:
        plan(read_sampler_config(scaled(name)), steps)
    assert caught.value.code == "steps_out_of_range"
    assert caught.value.field == "inputs.steps"


@settings(deadline=None, max_examples=40)
@given(CONFIGS, some.integers(990, 1000))
def test_as_many_steps_as_there_are_levels_are_taken_or_refused(raw: dict[str, Any], steps: int) -> None:
    with suppress(Invalid):
        assert all(level.sigma > 0 for level in plan(read_sampler_config(raw), steps).path.levels[:-1])


def test_no_strength_leaves_the_picture_as_it_is_and_full_strength_begins_at_the_first_level() -> None:
    picture, noise = np.ones(SHAPE, np.float32), noise_source()()
    for name in PREDICTIONS:
        path = plan(read_sampler_config(scaled(name)), 10).path
        none, all_of_it = (begin_from(path, picture, noise, strength=strength) for strength in (0.0, 1.0))
        assert none.index == path.evaluations, name
        np.testing.assert_array_equal(none.x, picture)
        assert all_of_it.index == 0
        np.testing.assert_array_equal(all_of_it.x, noised(path, picture, noise, 0))
