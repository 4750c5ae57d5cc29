"""Statistics over calls, against numpy over all values at once."""

from __future__ import annotations

import numpy as np
import pytest

from artrator.engine.examination.output_statistics import StatisticsOverCalls


def test_many_calls_give_what_one_pass_over_all_values_gives() -> None:
    random = np.random.default_rng(7)
    parts = [random.normal(1000.0, 0.01, size=(3, 5)).astype(np.float32) for _ in range(20)]
    statistics = StatisticsOverCalls()
    for part in parts:
        statistics.add("model", {"y": part})
    (found,) = statistics.all()
    values = np.concatenate(parts).astype(np.float64)
    assert found.name == "model.y"
    assert found.shape == (3, 5)
    assert found.mean == pytest.approx(values.mean(), rel=1e-12)
    assert found.deviation == pytest.approx(values.std(), rel=1e-6)
    assert (found.minimum, found.maximum) == (values.min(), values.max())


def test_values_that_are_not_finite_are_counted_and_left_out() -> None:
    statistics = StatisticsOverCalls()
    statistics.add("model", {"y": np.float32([1, np.nan, np.inf, 3])})
    (found,) = statistics.all()
    assert (found.non_finite, found.minimum, found.maximum, found.mean) == (2, 1.0, 3.0, 2.0)


def test_an_output_without_a_number_has_no_statistics() -> None:
    statistics = StatisticsOverCalls()
    statistics.add("model", {"y": np.empty((0, 4), np.float32)})
    (found,) = statistics.all()
    assert (found.mean, found.deviation, found.minimum) == (None, None, None)


def test_values_whose_squares_overflow_have_no_deviation() -> None:
    statistics = StatisticsOverCalls()
    with np.errstate(over="ignore"):
        statistics.add("model", {"y": np.float64([1e300, -1e300])})
    (found,) = statistics.all()
    assert found.deviation is None
    assert found.maximum == 1e300
