"""Where frames begin, and what they keep for those that begin between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from artrator.walks.path import Ending, Path
from artrator.walks.sharing import DEFAULT_DIAL, LATEST, MOST_KEPT, Neighbours, expected_evaluations, share

PATH = Path(3)
ALL = (0, 8)
KEPT = tuple(range(1, 8))
DISTANCES = some.floats(0.001, 2)
DIALS = some.floats(0.01, 1)
PASSED = some.tuples(some.integers(0, 20), some.integers(1, 60)).map(lambda each: (each[0], each[0] + each[1]))


def beside(distance: float | None, **changes: object) -> Neighbours:
    given_ = {"left": 0.25, "right": 0.75, "kept_left": KEPT, "kept_right": KEPT, **changes}
    return Neighbours(distance=distance, **given_)  # type: ignore[arg-type]


def test_keyframes_are_rendered_alone_and_keep_their_states() -> None:
    how = share(PATH, 1.0, beside(0.1, left=0.0, right=2.0), ALL)
    assert how.begin is None
    assert how.evaluations == 8
    assert how.keep == KEPT


def test_the_more_alike_the_neighbours_the_later_a_frame_begins() -> None:
    begins = [share(PATH, 0.5, beside(distance), ALL).begin for distance in (1.0, 0.5, 0.25, 0.12, 0.06, 0.001)]
    assert begins == [None, 2, 4, 6, 7, 7]


def test_a_frame_that_is_not_amid_its_neighbours_leans_to_the_nearer() -> None:
    assert share(PATH, 0.3, beside(0.1, left=0.25, right=0.45), ALL).weight == pytest.approx(0.25)


def test_the_last_frame_of_a_loop_begins_between_its_neighbour_and_the_first() -> None:
    how = share(Path(3, Ending.LOOP), 2.5, beside(0.1, left=2.0, right=0.0), ALL)
    assert how.begin == 6
    assert how.weight == pytest.approx(0.5)


@pytest.mark.parametrize(
    "neighbours",
    [
        beside(0.1, left=None),
        beside(0.1, right=None),
        beside(0.1, kept_left=()),
        beside(0.1, kept_left=(1, 2), kept_right=(3, 4)),
        beside(0.1, right=1.5),
    ],
    ids=["no left", "no right", "nothing kept", "nothing in common", "on another way"],
)
def test_a_frame_that_has_nothing_to_begin_from_is_rendered_alone(neighbours: Neighbours) -> None:
    how = share(PATH, 0.5, neighbours, ALL)
    assert (how.begin, how.evaluations, how.keep) == (None, 8, KEPT)


def test_nothing_is_shared_or_kept_where_the_dial_is_at_nothing() -> None:
    assert share(PATH, 0.5, beside(0.01), ALL, dial=0) == share(PATH, 0.5, beside(0.01, left=None), ALL, dial=0)
    assert share(PATH, 0.5, beside(0.01), ALL, dial=0).keep == ()


def test_a_model_without_steps_shares_nothing() -> None:
    how = share(PATH, 0.5, beside(0.01), (0, 0))
    assert (how.begin, how.keep, how.evaluations) == (None, (), 0)


def test_frames_that_nobody_begins_beside_keep_nothing() -> None:
    assert share(PATH, 0.5, beside(0.1), ALL, is_last=True).keep == ()


@given(DISTANCES, DIALS, PASSED)
def test_a_frame_makes_some_steps_of_its_own_and_never_more_than_alone(
    distance: float, dial: float, passed: tuple[int, int]
) -> None:
    first, last = passed
    kept = share(PATH, 0.0, beside(None), passed, dial=dial).keep
    how = share(PATH, 0.5, beside(distance, kept_left=kept, kept_right=kept), passed, dial=dial)
    assert 1 <= how.evaluations <= last - first
    assert how.evaluations == last - (first if how.begin is None else how.begin)
    assert how.begin is None or how.begin - first <= LATEST * (last - first)
    assert len(how.keep) <= MOST_KEPT
    assert how.begin is None or how.begin in kept
    assert set(how.keep) <= set(kept)


@given(DISTANCES, DIALS, DIALS)
def test_a_higher_dial_never_costs_more(distance: float, one: float, other: float) -> None:
    low, high = (share(PATH, 0.5, beside(distance), ALL, dial=dial) for dial in sorted((one, other)))
    assert high.evaluations <= low.evaluations


@given(DISTANCES, some.floats(0.1, 1), DIALS)
def test_what_a_frame_keeps_is_enough_for_the_frames_beside_it(distance: float, less: float, dial: float) -> None:
    parent = share(PATH, 0.5, beside(distance), ALL, dial=dial)
    child = share(PATH, 0.6, beside(distance * less, left=0.5, kept_left=parent.keep), ALL, dial=dial)
    wanted = share(PATH, 0.6, beside(distance * less, left=0.5), ALL, dial=dial)
    assert child == wanted


def test_frames_whose_distance_is_not_known_share_by_how_near_they_lie() -> None:
    near = share(PATH, 0.5, beside(None, left=0.49, right=0.51), ALL)
    far = share(PATH, 0.5, beside(None, left=0.0, right=1.0), ALL)
    assert far.begin is None
    assert near.begin == 7


@given(some.integers(2, 10), some.integers(0, 300), some.integers(1, 30), some.floats(0, 1))
def test_what_a_walk_is_expected_to_cost_is_no_more_than_all_its_frames_alone(
    keyframes: int, more: int, steps: int, dial: float
) -> None:
    path, frames = Path(keyframes), keyframes + more
    expected = expected_evaluations(path, frames, [(0, steps)] * path.length, dial=dial)
    assert frames <= expected <= frames * steps
    assert dial > 0 or expected == frames * steps


def test_by_default_a_walk_of_120_frames_is_expected_to_cost_less_than_half() -> None:
    expected = expected_evaluations(Path(2), 120, [(0, 8)], dial=DEFAULT_DIAL)
    assert 0.25 < expected / (8 * 120) < 0.5
