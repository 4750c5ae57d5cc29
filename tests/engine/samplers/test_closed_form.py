"""Where pictures are N(mean, deviation²) the best model is known in closed form, and so is what a sampler must give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from artrator.bundle.sampler_config import NoiseConfig
from artrator.bundle.sampler_reader import read_sampler_config
from artrator.engine.execution.call import Floats
from artrator.engine.samplers import begin, begin_from, plan, seen_in
from artrator.engine.samplers.levels import Level
from artrator.engine.samplers.trained_noise import kept_variance
from tests.engine.samplers.cases import SPACED, scaled

MEAN, DEVIATION = 0.4, 0.3
COUNT = 40_000
DETERMINISTIC = {
    "DDIMScheduler": 1,
    "EulerDiscreteScheduler": 1,
    "HeunDiscreteScheduler": 2,
    "DPMSolverMultistepScheduler": 2,
    "UniPCMultistepScheduler": 2,
    "PNDMScheduler": 1.8,
}
"""The order with which each converges; PNDM's even strides are coarse where little noise is left, which holds it back."""
RANDOM = [
    scaled("EulerAncestralDiscreteScheduler"),
    scaled("DDIMScheduler", eta=1.0),
    scaled("DPMSolverMultistepScheduler", algorithm_type="sde-dpmsolver++"),
]


def best_noise(config: NoiseConfig, x: Floats, timestep: float, deviation: float) -> Floats:
    """Predict the noise as well as it can be predicted."""
    kept = np.interp(timestep, np.arange(config.num_train_timesteps), kept_variance(config))
    level = Level(float(np.sqrt(kept)), float(np.sqrt(1 - kept)))
    variance = level.alpha**2 * deviation**2 + level.sigma**2
    return (level.sigma / variance * (x - level.alpha * MEAN)).astype(np.float32)


def run(raw: dict[str, Any], steps: int, noise: Floats, *, deviation: float = DEVIATION, unfinished: int = 0) -> Floats:
    config = read_sampler_config(raw)
    sampler, generator = plan(config, steps), np.random.default_rng(3)
    state = begin(sampler.path, noise)
    while state.index < sampler.path.evaluations - unfinished:
        answer = best_noise(config, state.x, sampler.path.timesteps[state.index], deviation)
        state = sampler.step(state, answer, lambda: generator.standard_normal(noise.shape, dtype=np.float32))
    return state.x


def normal(count: int = COUNT) -> Floats:
    return np.random.default_rng(1).standard_normal((1, 1, count, 1), dtype=np.float32)


@pytest.mark.parametrize("raw", [*map(scaled, DETERMINISTIC), *RANDOM], ids=lambda raw: str(raw["_class_name"]))
def test_samples_have_the_mean_and_the_deviation_of_the_pictures(raw: dict[str, Any]) -> None:
    pictures = run(raw, 250, normal())
    assert float(pictures.mean()) == pytest.approx(MEAN, abs=0.02)
    assert float(pictures.std()) == pytest.approx(DEVIATION, abs=0.02)


def test_a_consistency_model_that_knows_one_picture_gives_it_in_any_number_of_steps() -> None:
    for steps in (1, 2, 4, 8):
        pictures = run(scaled("LCMScheduler"), steps, normal(100), deviation=0.0)
        np.testing.assert_allclose(pictures, MEAN, atol=1e-3)


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_deterministic_sampler_converges_with_its_order(name: str) -> None:
    errors = [error(name, steps) for steps in (40, 80, 160)]
    slopes = np.log2(np.divide(errors[:-1], errors[1:]))
    assert slopes.mean() > DETERMINISTIC[name] - 0.3, (errors, slopes)


@pytest.mark.parametrize("name", [name for name, order in DETERMINISTIC.items() if order > 1])
def test_second_order_is_nearer_than_first_at_the_same_number_of_steps(name: str) -> None:
    first = "DDIMScheduler" if name == "PNDMScheduler" else "EulerDiscreteScheduler"  # of the same strides
    assert error(name, 20) < error(first, 20) / 2


def error(name: str, steps: int) -> float:
    """Compare with the ODE's own solution, which scales each picture's distance from the mean.

    The last step is left out: to no noise at all it is of first order for every sampler.
    """
    raw = scaled(name, use_karras_sigmas=True, timestep_spacing="linspace" if name in SPACED else "leading")
    noise = np.linspace(-2, 2, 9, dtype=np.float32).reshape(1, 1, 9, 1)
    path = plan(read_sampler_config(raw), steps).path
    start, end = path.levels[0], path.levels[-2]
    exact = end.alpha * MEAN + (noise * path.noise_scale - start.alpha * MEAN) * spread(end) / spread(start)
    return float(np.abs(run(raw, steps, noise, unfinished=1) - exact).max())


def spread(level: Level) -> float:
    return float(np.sqrt(level.alpha**2 * DEVIATION**2 + level.sigma**2))


def test_what_is_seen_on_the_way_is_the_best_guess_at_the_picture() -> None:
    config = read_sampler_config(scaled("EulerDiscreteScheduler"))
    sampler = plan(config, 30)
    state = begin_from(sampler.path, np.full((1, 1, 500, 1), 2.0, np.float32), normal(500), strength=0.1)
    answer = best_noise(config, state.x, sampler.path.timesteps[state.index], 10.0)
    seen = seen_in(sampler, state, answer)
    assert float(seen.mean()) == pytest.approx(2.0, abs=0.05)
    assert float(seen.std()) == pytest.approx(sampler.path.levels[state.index].ratio, rel=0.1)
