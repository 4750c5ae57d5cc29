"""What is worth keeping: by simulation against the policies that it was chosen over, and in its corners."""

from __future__ import annotations

import pytest

from artrator.engine.models.worth import Worth
from tests.engine.eviction import POLICIES, mixed, simulate, traces

TRACES = dict(traces(seed=5, requests=8_000))


@pytest.mark.parametrize("rival", ["LRU", "GDSF"])
@pytest.mark.parametrize("trace", TRACES)
def test_it_loads_less_than(rival: str, trace: str) -> None:
    things = mixed(seed=7)
    ours, theirs = (simulate(POLICIES[name](), TRACES[trace], things) for name in ("ours", rival))
    assert ours.cost_s < theirs.cost_s


def test_old_uses_count_half_after_a_half_life() -> None:
    worth: Worth[str] = Worth(half_life_uses=10)
    worth.loaded("a", cost_s=4.0, size_bytes=2)
    worth.used("a")
    before = worth.of("a")
    for _ in range(10):
        worth.used("b")
    assert before == 2.0
    assert worth.of("a") == pytest.approx(1.0)


def test_the_cheapest_load_counts() -> None:
    worth: Worth[str] = Worth()
    for cost_s in (3.0, 1.0, 2.0):
        worth.loaded("a", cost_s=cost_s, size_bytes=1)
    worth.used("a")
    assert worth.of("a") == 1.0


def test_what_was_asked_for_longest_ago_is_forgotten_where_memory_ends() -> None:
    worth: Worth[int] = Worth(max_remembered=3)
    for key in (1, 2, 3, 1, 4):
        worth.loaded(key, cost_s=1.0, size_bytes=1)
        worth.used(key)
    assert [key for key in (1, 2, 3, 4) if worth.of(key)] == [1, 3, 4]
