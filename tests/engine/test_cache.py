"""The leased cache, from several threads."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artrator.engine.models.cache import GaveUp, Lease, LeasedCache, NoRoom

PATIENCE_S = 30.0


class Thing:
    """Something whose end can be seen."""

    def __init__(self, name: str) -> None:
        self.name = name


def load(cache: LeasedCache[str, Thing], name: str, size_bytes: int = 10) -> Lease[Thing]:
    return cache.load(name, size_bytes, lambda: Thing(name))


def test_what_is_asked_for_least_goes_first() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(30, now_s=count(0.0).__next__)
    for name in "aabbbc":
        load(cache, name).release()
    load(cache, "d").release()
    assert [name for name in "abcd" if name in cache] == ["a", "b", "d"]


def test_what_has_been_evicted_is_remembered_and_displaces_what_is_new() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(20, now_s=count(0.0).__next__)
    for name in "aaabbbbcc":
        load(cache, name).release()
    load(cache, "d").release()
    load(cache, "a").release()
    assert [name for name in "abcd" if name in cache] == ["a", "b"]


def test_of_two_things_asked_for_alike_the_one_that_is_dearer_to_load_stays() -> None:
    clock = [0.0]
    cache: LeasedCache[str, Thing] = LeasedCache(20, now_s=lambda: clock[0])

    def take(seconds: float) -> Thing:
        clock[0] += seconds
        return Thing("any")

    for name, seconds in (("cheap", 1.0), ("dear", 5.0)):
        cache.load(name, 10, lambda seconds=seconds: take(seconds)).release()
    load(cache, "next").release()
    assert [name for name in ("cheap", "dear") if name in cache] == ["dear"]


def test_of_two_things_as_dear_the_smaller_one_stays() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(30, now_s=count(0.0).__next__)
    load(cache, "small", 10).release()
    load(cache, "large", 20).release()
    load(cache, "next", 10).release()
    assert [name for name in ("small", "large") if name in cache] == ["small"]


def test_while_it_is_made_a_thing_takes_its_peak_and_afterwards_what_it_keeps() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(30)
    load(cache, "a", 12).release()
    during: list[int] = []

    def make() -> Thing:
        during.append(cache.used_bytes)
        return Thing("b")

    cache.load("b", 10, make, peak_bytes=18).release()
    assert during == [30]
    assert cache.used_bytes == 22
    with pytest.raises(NoRoom):
        cache.load("c", 10, make, peak_bytes=31)


def test_what_is_in_use_is_never_evicted() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(20)
    with load(cache, "a"):
        for name in "bcd":
            load(cache, name).release()
        assert "a" in cache


def test_an_evicted_thing_is_really_freed() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(10)
    lease = load(cache, "a")
    alive = weakref.ref(lease.value)
    lease.release()
    del lease
    load(cache, "b").release()
    gc.collect()
    assert alive() is None


def test_a_thing_larger_than_the_cache_is_refused_and_evicts_nothing() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(10)
    load(cache, "a").release()
    with pytest.raises(NoRoom):
        load(cache, "b", 11)
    assert "a" in cache


def test_a_load_waits_for_room_until_a_lease_is_given_back() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(10)
    waiting = threading.Event()
    held = load(cache, "a")
    with ThreadPoolExecutor(1) as pool:
        told: list[bool] = []

        def tell(on: bool) -> None:
            told.append(on)
            waiting.set()

        later = pool.submit(cache.load, "b", 10, lambda: Thing("b"), waiting=tell)
        assert waiting.wait(PATIENCE_S)
        held.release()
        later.result(PATIENCE_S).release()
    assert told == [True, False]
    assert "a" not in cache


def test_a_load_that_waits_for_room_gives_up_once_nobody_wants_it() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(10)
    waiting, wanted = threading.Event(), [True]
    with load(cache, "a"), ThreadPoolExecutor(1) as pool:
        later = pool.submit(
            cache.load, "b", 10, lambda: Thing("b"), waiting=lambda _: waiting.set(), wanted=lambda: wanted[0]
        )
        assert waiting.wait(PATIENCE_S)
        wanted[0] = False
        cache.reconsider()
        with pytest.raises(GaveUp):
            later.result(PATIENCE_S)
    assert cache.used_bytes == 10


def test_a_thing_is_made_once_however_many_ask_at_once() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(100)
    made: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def make() -> Thing:
        made.append("a")
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return Thing("a")

    with ThreadPoolExecutor(4) as pool:
        leases = [pool.submit(cache.load, "a", 10, make) for _ in range(4)]
        assert begun.wait(PATIENCE_S)
        go_on.set()
        things = {id(each.result(PATIENCE_S).value) for each in leases}
    assert made == ["a"]
    assert len(things) == 1


def test_a_failed_load_gives_its_room_back() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(10)

    def fail() -> Thing:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        cache.load("a", 10, fail)
    assert cache.used_bytes == 0
    load(cache, "a").release()


def test_a_forgotten_thing_counts_until_its_last_lease_is_given_back() -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(10)
    lease = load(cache, "a")
    second = lease.again()
    cache.forget("a")
    lease.release()
    lease.release()
    assert cache.used_bytes == 10
    assert cache.lease("a") is None
    second.release()
    assert cache.used_bytes == 0


@settings(deadline=None, max_examples=60)
@given(
    steps=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 12), st.booleans()), max_size=40),
)
def test_the_bound_holds_and_leased_things_stay_whatever_is_loaded(steps: list[tuple[str, int, bool]]) -> None:
    cache: LeasedCache[str, Thing] = LeasedCache(20)
    sizes: dict[str, int] = {}
    held: dict[str, Lease[Thing]] = {}
    for name, size, hold in steps:
        size_bytes = sizes.setdefault(name, size)
        in_use = sum(sizes[each] for each in held if each != name)
        if in_use + size_bytes > 20:
            for lease in held.values():
                lease.release()
            held.clear()
        lease = load(cache, name, size_bytes)
        assert lease.value.name == name
        if hold and name not in held:
            held[name] = lease
        else:
            lease.release()
        assert cache.used_bytes <= 20
        assert all(each in cache for each in held)
