"""Which replica of a cluster takes a run: rules without Ray."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from artrator.engine.cluster.affinity import LOAD_BOUND, rank

REPLICAS = [f"replica-{index}" for index in range(8)]
LOADS = st.dictionaries(st.text(min_size=1, max_size=8), st.integers(0, 200), min_size=1, max_size=12)


def idle(*replicas: str) -> dict[str, int]:
    return dict.fromkeys(replicas, 0)


def test_a_bundle_goes_to_the_same_replica_whoever_asks() -> None:
    assert rank("bundle", idle(*REPLICAS), slots=2) == rank("bundle", idle(*reversed(REPLICAS)), slots=2)


def test_bundles_spread_over_the_replicas() -> None:
    first = Counter(rank(f"bundle-{index}", idle(*REPLICAS), slots=2)[0] for index in range(4000))
    assert set(first) == set(REPLICAS)
    assert max(first.values()) < 1.3 * min(first.values())


def test_a_replica_that_goes_moves_its_own_bundles_alone() -> None:
    bundles = [f"bundle-{index}" for index in range(500)]
    before = {bundle: rank(bundle, idle(*REPLICAS), slots=2)[0] for bundle in bundles}
    after = {bundle: rank(bundle, idle(*REPLICAS[1:]), slots=2)[0] for bundle in bundles}
    moved = {bundle for bundle in bundles if before[bundle] != after[bundle]}
    assert moved == {bundle for bundle in bundles if before[bundle] == REPLICAS[0]}


def test_a_run_waits_nowhere_while_a_replica_has_a_free_slot() -> None:
    first, *_ = rank("bundle", idle(*REPLICAS), slots=4)
    loads = dict.fromkeys(REPLICAS, 4) | {first: 30, REPLICAS[3]: 3}
    assert rank("bundle", loads, slots=4)[0] == REPLICAS[3]


def test_below_its_slots_a_replica_is_not_relieved() -> None:
    first, *_ = rank("bundle", idle("a", "b"), slots=4)
    assert rank("bundle", idle("a", "b") | {first: 3}, slots=4)[0] == first
    assert rank("bundle", idle("a", "b") | {first: 4}, slots=4)[0] != first


def test_one_popular_bundle_ends_up_on_all_replicas() -> None:
    loads = idle(*REPLICAS)
    for _ in range(800):
        loads[rank("popular", loads, slots=2)[0]] += 1
    assert max(loads.values()) <= LOAD_BOUND * 100 + 1
    assert min(loads.values()) >= 2


@given(LOADS, st.text(max_size=20), st.integers(1, 64))
def test_every_replica_is_named_once_and_the_busiest_of_many_never_first(
    loads: dict[str, int], digest: str, slots: int
) -> None:
    order = rank(digest, loads, slots=slots)
    assert sorted(order) == sorted(loads)
    mean = sum(loads.values()) / len(loads)
    assert loads[order[0]] <= max(slots, LOAD_BOUND * (mean + 1) + 1)
