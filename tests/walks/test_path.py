"""Where the keyframes of a walk lie, and what is between them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from artrator.walks.path import Easing, Ending, Path, Spot, eased, time_of

PATHS = some.builds(Path, some.integers(2, 20), some.sampled_from(Ending))
SHARES = some.floats(0, 1)


def test_whole_places_are_keyframes_and_a_loop_ends_where_it_began() -> None:
    path, loop = Path(3), Path(3, Ending.LOOP)
    assert [path.spot(place) for place in (0, 0.25, 1, 2)] == [
        Spot(0, 0, 0),
        Spot(0, 1, 0.25),
        Spot(1, 1, 0),
        Spot(2, 2, 0),
    ]
    assert loop.spot(2.5) == Spot(2, 0, 0.5)
    assert loop.spot(3) == Spot(0, 0, 0)
    assert [loop.keyframe(place) for place in (1.0, 1.5, 3.0)] == [1, None, 0]


@pytest.mark.parametrize("place", [-0.1, 2.1, float("nan")])
def test_a_place_off_the_path_is_refused(place: float) -> None:
    with pytest.raises(ValueError, match="no place"):
        Path(3).spot(place)


def test_a_ping_pong_shows_its_frames_once_more_on_the_way_back_but_not_its_ends() -> None:
    assert list(Path(2, Ending.PING_PONG).film(4)) == [0, 1, 2, 3, 2, 1]
    assert list(Path(2, Ending.PING_PONG).film(2)) == [0, 1]
    assert list(Path(2, Ending.STOP).film(3)) == [0, 1, 2]


@given(PATHS, some.integers(0, 300), some.sampled_from(Easing))
def test_uniform_places_ascend_hold_every_keyframe_and_spread_over_the_ways(
    path: Path, more: int, easing: Easing
) -> None:
    frames = path.keyframes + more
    places = path.uniform(frames, easing)
    assert len(places) == frames
    assert all(before < after for before, after in pairwise(places))
    assert {path.keyframe(place) for place in places} - {None} == set(range(path.keyframes))
    assert places[-1] < path.length if path.is_loop else places[-1] == path.length
    on_each = [sum(way <= place < way + 1 for place in places) for way in range(path.length)]
    assert max(on_each) - min(on_each) <= 1


@given(some.sampled_from(Easing), SHARES)
def test_easing_begins_and_ends_with_the_way_and_can_be_undone(easing: Easing, time: float) -> None:
    assert [eased(easing, 0), eased(easing, 1)] == [0, 1]
    assert time_of(easing, eased(easing, time)) == pytest.approx(time, abs=1e-6)


@given(some.floats(0, 0.49))
def test_smooth_easing_is_slow_at_both_ends(time: float) -> None:
    assert eased(Easing.SMOOTH, time) <= time
    assert eased(Easing.SMOOTH, 1 - time) >= 1 - time


def test_a_walk_of_fewer_frames_than_keyframes_is_refused() -> None:
    with pytest.raises(ValueError, match="as many frames"):
        Path(5).uniform(4)
