"""Guidance, and how far it may widen what a model predicts."""

import numpy as np

from artrator.engine.pipelines.diffusion.guidance import rescaled


def answers(*, spread: float) -> np.ndarray:
    return spread * np.random.default_rng(3).standard_normal((2, 4, 8, 8)).astype(np.float32)


def test_a_guided_answer_gets_back_the_spread_of_the_prompted_one() -> None:
    got = rescaled(answers(spread=3.0), answers(spread=0.5), 1.0)
    assert np.allclose(got, answers(spread=0.5), atol=1e-6)


def test_a_share_of_the_rescaling_lies_between_and_none_changes_no_bit() -> None:
    guided, prompted = answers(spread=3.0), answers(spread=1.0)
    assert rescaled(guided, prompted, 0.0) is guided
    assert np.allclose(rescaled(guided, prompted, 0.75), guided * (0.25 + 0.75 / 3), atol=1e-6)


def test_each_row_is_rescaled_by_itself() -> None:
    guided, prompted = answers(spread=2.0), answers(spread=1.0)
    prompted[1] *= 4
    got = rescaled(guided, prompted, 1.0)
    assert np.allclose(got[0], guided[0] / 2, atol=1e-6)
    assert np.allclose(got[1], guided[1] * 2, atol=1e-6)


def test_an_answer_without_any_spread_stays_as_it_is() -> None:
    flat = np.full((1, 4, 8, 8), 2.0, np.float32)
    assert np.array_equal(rescaled(flat, answers(spread=1.0)[:1], 0.7), flat)
