"""Every sampler against diffusers' own, on the same noise and the same model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artrator.bundle.sampler_reader import read_sampler_config
from artrator.engine.execution.call import Floats
from artrator.engine.samplers import begin, begin_from, plan
from tests.engine.samplers.cases import SHAPE, Case, ToyModel, cases, noise_source, picture

GOLDEN = Path(__file__).parent / "golden" / "samples.npz"
TOLERANCE = 1e-4
RATIO_SAMPLERS = ("EulerAncestralDiscreteScheduler", "EulerDiscreteScheduler", "HeunDiscreteScheduler")


def sample(case: Case) -> Floats:
    config = read_sampler_config(case.config)
    sampler, model, draw = plan(config, case.steps), ToyModel(config), noise_source()
    noise = draw()
    if case.strength is None:
        state = begin(sampler.path, noise)
    else:
        state = begin_from(sampler.path, picture(), noise, strength=case.strength)
    while state.index < sampler.path.evaluations:
        state = sampler.step(state, model(state.x, sampler.path.timesteps[state.index]), draw)
    return state.x


def tolerance(case: Case, wanted: Floats) -> float:
    """Give 1e-4 of the latent's size, and what float32 itself rounds away in diffusers.

    Its Karras samplers hold x / alpha, which at zero terminal SNR begins in the thousands.
    """
    first = plan(read_sampler_config(case.config), case.steps).path.levels[0]
    held = first.ratio if case.config["_class_name"] in RATIO_SAMPLERS and first.alpha else 1.0
    return TOLERANCE * max(1.0, float(np.abs(wanted).max())) + 2 * held * float(np.finfo(np.float32).eps)


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as file:
        return dict(file)


def test_each_sampler_gives_the_latents_of_diffusers(golden: dict[str, np.ndarray]) -> None:
    off: dict[str, float] = {}
    for case, wanted in zip(cases(), golden["finals"], strict=True):
        error = float(np.abs(sample(case) - wanted).max())
        if not error < tolerance(case, wanted):
            off[case.name] = error
    assert not off


def test_each_sampler_visits_the_training_steps_of_diffusers(golden: dict[str, np.ndarray]) -> None:
    wanted = np.split(golden["timesteps"], np.cumsum(golden["counts"])[:-1])
    for case, steps in zip(cases(), wanted, strict=True):
        found = plan(read_sampler_config(case.config), case.steps).path.timesteps
        np.testing.assert_allclose(found, steps, rtol=0, atol=1e-2, err_msg=case.name)


def test_the_golden_samples_are_of_the_latents_shape_and_finite(golden: dict[str, np.ndarray]) -> None:
    assert golden["finals"].shape[1:] == SHAPE
    assert np.isfinite(golden["finals"]).all()
