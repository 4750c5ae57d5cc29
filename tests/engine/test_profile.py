"""What follows from a profile: how far to batch, how many threads."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.engine.examination.profile import BatchPoint, GraphPlan, GraphProfile, ParallelPoint, plan_of

CONVOLUTIONS: Mapping[int, float] = {1: 395, 2: 398, 4: 405, 8: 415, 16: 441, 32: 440}
PERCEPTRON: Mapping[int, float] = {1: 20_000, 2: 31_000, 4: 45_000, 8: 58_000, 16: 68_000, 32: 70_000}
"""Calls a second by batch, as they were measured on two cores."""


def profile(
    rates: Mapping[int, float], *, parallel: Mapping[tuple[int, int], float] | None = None, memory_bytes: int = 0
) -> GraphProfile:
    """Make a profile of calls a second, by batch, and by threads and calls at once."""
    return GraphProfile(
        batches=tuple(
            BatchPoint(batch=size, latency_s=size / rate, memory_bytes=size * memory_bytes)
            for size, rate in rates.items()
        ),
        parallel=tuple(
            ParallelPoint(threads=threads, at_once=at_once, latency_s=at_once / rate, calls_per_s=rate)
            for (threads, at_once), rate in (parallel or {(1, 1): 1.0}).items()
        ),
    )


def plan(
    of: GraphProfile, *, max_batch: int = 64, max_threads: int = 64, call_memory_bytes: int = 1 << 40
) -> GraphPlan:
    return plan_of(of, max_batch=max_batch, max_threads=max_threads, call_memory_bytes=call_memory_bytes)


def test_convolutions_that_gain_nothing_by_batches_run_alone() -> None:
    assert plan(profile(CONVOLUTIONS)).max_batch == 1


def test_a_small_perceptron_batches_for_as_long_as_doubling_pays() -> None:
    assert plan(profile(PERCEPTRON)).max_batch == 16


def test_a_batch_is_bounded_by_the_operator_and_by_memory() -> None:
    assert plan(profile(PERCEPTRON), max_batch=8).max_batch == 8
    assert plan(profile(PERCEPTRON, memory_bytes=100), call_memory_bytes=450).max_batch == 4


def test_one_size_that_was_measured_badly_does_not_end_the_gain() -> None:
    assert plan(profile({**PERCEPTRON, 4: 30_000})).max_batch == 16


def test_more_threads_are_taken_where_a_lone_call_gains_and_a_full_engine_loses_nothing() -> None:
    generator = {(1, 1): 395.0, (1, 2): 790.0, (2, 1): 770.0, (2, 2): 785.0}
    assert plan(profile(CONVOLUTIONS, parallel=generator)).threads == 2


def test_more_threads_are_not_taken_where_a_full_engine_would_do_less() -> None:
    halved = {(1, 1): 395.0, (1, 2): 790.0, (2, 1): 770.0, (2, 2): 400.0}
    assert plan(profile(CONVOLUTIONS, parallel=halved)).threads == 1


def test_more_threads_are_not_taken_for_a_call_that_hardly_gains() -> None:
    tiny = {(1, 1): 19_000.0, (1, 2): 25_000.0, (2, 1): 19_500.0, (2, 2): 25_500.0}
    assert plan(profile(PERCEPTRON, parallel=tiny)).threads == 1


rates = st.floats(0.1, 1e6)
sizes = st.integers(1, 4096)


@given(
    batches=st.dictionaries(sizes, rates, min_size=1, max_size=8),
    parallel=st.dictionaries(st.tuples(sizes, sizes), rates, min_size=1),
    max_batch=st.integers(1, 64),
    max_threads=st.integers(1, 8),
    memory_bytes=st.integers(0, 100),
)
def test_whatever_a_profile_says_its_plan_is_within_bounds_and_it_survives_being_stored(
    batches: dict[int, float],
    parallel: dict[tuple[int, int], float],
    max_batch: int,
    max_threads: int,
    memory_bytes: int,
) -> None:
    made = profile(batches, parallel=parallel, memory_bytes=memory_bytes)
    decided = plan(made, max_batch=max_batch, max_threads=max_threads, call_memory_bytes=1000)
    assert 1 <= decided.max_batch <= max_batch
    assert 1 <= decided.threads <= max_threads
    assert msgspec.json.decode(msgspec.json.encode(made), type=GraphProfile) == made


@pytest.mark.parametrize("lie", ["NaN", "Infinity", "0", "-1", "1e300", '"fast"'])
def test_a_profile_with_a_number_that_nobody_can_measure_is_refused(lie: str) -> None:
    text = '{"batches":[{"batch":1,"latency_s":LIE,"memory_bytes":0}],"parallel":[]}'.replace("LIE", lie)
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(text, type=GraphProfile)
