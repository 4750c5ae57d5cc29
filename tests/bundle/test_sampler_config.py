"""A `scheduler_config.json` from a stranger: what is read, and how what is not read is refused."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from artrator.bundle.sampler_config import (
    DdimConfig,
    DpmSolverConfig,
    EulerConfig,
)
from artrator.bundle.sampler_reader import parse_sampler_config, read_sampler_config
from artrator.kernel.errors import Invalid

ENOUGH = {"_class_name": "EulerDiscreteScheduler"}


def refusal(raw: object) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse_sampler_config(json.dumps(raw))
    assert caught.value.code == "sampler_unsupported"
    return caught.value


def test_each_class_has_the_defaults_of_diffusers() -> None:
    ddim = read_sampler_config({"_class_name": "DDIMScheduler"})
    assert isinstance(ddim, DdimConfig)
    assert (ddim.timestep_spacing, ddim.clip_sample, ddim.beta_end) == ("leading", True, 0.02)
    euler = read_sampler_config(ENOUGH)
    assert isinstance(euler, EulerConfig)
    assert (euler.timestep_spacing, euler.final_sigmas_type) == ("linspace", "zero")


def test_the_config_of_stable_diffusion_xl_is_read_with_what_other_classes_left_in_it() -> None:
    raw = {
        "_class_name": "EulerDiscreteScheduler",
        "_diffusers_version": "0.19.0.dev0",
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "clip_sample": False,
        "interpolation_type": "linear",
        "num_train_timesteps": 1000,
        "prediction_type": "epsilon",
        "sample_max_value": 1.0,
        "set_alpha_to_one": False,
        "skip_prk_steps": True,
        "steps_offset": 1,
        "timestep_spacing": "leading",
        "trained_betas": None,
        "use_karras_sigmas": False,
    }
    config = parse_sampler_config(json.dumps(raw))
    assert isinstance(config, EulerConfig)
    assert config.betas()[0] == pytest.approx(0.00085)
    assert config.betas()[-1] == pytest.approx(0.012)


def test_a_config_reads_back_from_what_it_says() -> None:
    config = read_sampler_config({**ENOUGH, "use_karras_sigmas": True, "beta_end": 0.01})
    assert read_sampler_config(config.model_dump(mode="json", by_alias=True, exclude_defaults=True)) == config


def test_no_lower_bound_of_the_signal_is_written_as_json_does_not_know_it() -> None:
    config = parse_sampler_config('{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}')
    assert isinstance(config, DpmSolverConfig)


def test_an_unknown_class_is_refused_with_those_that_are_supported() -> None:
    error = refusal({"_class_name": "FlowMatchEulerDiscreteScheduler"})
    assert "'FlowMatchEulerDiscreteScheduler'" in error.message
    assert "DDIMScheduler, DPMSolverMultistepScheduler" in error.message


def test_a_key_from_the_future_is_refused_by_name_but_not_one_that_is_off() -> None:
    assert "'use_quantum_sigmas'" in refusal({**ENOUGH, "use_quantum_sigmas": True}).message
    assert read_sampler_config({**ENOUGH, "use_quantum_sigmas": False}) == read_sampler_config(ENOUGH)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"num_train_timesteps": 10**9}, "num_train_timesteps"),
        ({"num_train_timesteps": True}, "num_train_timesteps"),
        ({"num_train_timesteps": "1000"}, "num_train_timesteps"),
        ({"beta_start": float("nan")}, "beta_start"),
        ({"beta_end": float("inf")}, "beta_end"),
        ({"beta_start": -0.1}, "beta_start"),
        ({"beta_start": 0.5, "beta_end": 0.1}, "beta_start is above"),
        ({"beta_end": 0.999, "num_train_timesteps": 10_000}, "nothing of the picture"),
        ({"beta_schedule": "sigmoid"}, "beta_schedule"),
        ({"trained_betas": [0.1] * 20_000}, "trained_betas"),
        ({"trained_betas": [0.1, 0.2]}, "trained_betas must be 1000"),
        ({"trained_betas": {"a": 1}}, "trained_betas"),
        ({"prediction_type": "flow_prediction"}, "prediction_type"),
        ({"timestep_spacing": "log"}, "timestep_spacing"),
        ({"steps_offset": -1}, "steps_offset"),
        ({"use_exponential_sigmas": True}, "use_exponential_sigmas"),
        ({"use_karras_sigmas": "yes"}, "use_karras_sigmas"),
        ({"_class_name": "DDIMScheduler", "thresholding": True}, "thresholding"),
        ({"_class_name": "DDIMScheduler", "rescale_betas_zero_snr": True}, "rescale_betas_zero_snr"),
        ({"_class_name": "DPMSolverMultistepScheduler", "solver_order": 3}, "solver_order"),
        ({"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "dpmsolver"}, "algorithm_type"),
        ({"_class_name": "PNDMScheduler"}, "skip_prk_steps"),
        ({"_class_name": "LCMScheduler", "original_inference_steps": 2000}, "original_inference_steps"),
        ({"_class_name": ["DDIMScheduler"]}, "no name"),
    ],
)
def test_what_is_hostile_or_not_supported_is_refused_by_name(more: dict[str, object], said: str) -> None:
    assert said in refusal({**ENOUGH, **more}).message


@pytest.mark.parametrize("text", ["", "[]", "null", "3", "{", "[" * 100_000, '{"a":' * 50_000, " " * 300_000, "\ud800"])
def test_a_text_that_is_no_config_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_sampler_config(text)


@settings(deadline=None, max_examples=100)
@given(
    some.dictionaries(
        some.sampled_from(["_class_name", "beta_start", "num_train_timesteps", "trained_betas", "steps_offset", "x"]),
        some.recursive(
            some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=5),
            lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_any_json_is_read_or_refused_and_nothing_else(raw: dict[str, object]) -> None:
    for value in (raw, {**ENOUGH, **{key: each for key, each in raw.items() if key != "_class_name"}}):
        with suppress(Invalid):
            parse_sampler_config(json.dumps(value))
