"""Where frames are placed: evenly by what is measured, coarse first, the same whoever renders them and however often."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from artrator.walks.path import Easing, Ending, Path, eased
from artrator.walks.spacing import Spacing, SpacingKind

Metric = Callable[[float, float], float]


def straight(place: float, other: float) -> float:
    return abs(place - other)


class Bent:
    """Pictures that change fast in some places and slowly in others, and a distance that far pictures hardly add to."""

    def __init__(self, seed: int, length: int) -> None:
        chance = random.Random(seed)
        self._steps = [
            (chance.uniform(0, length), chance.uniform(0.08, 0.4), chance.uniform(0.2, 2)) for _ in range(2 * length)
        ]

    def gone(self, place: float) -> float:
        return 0.3 * place + sum(size / (1 + math.exp((at - place) / wide)) for at, wide, size in self._steps)

    def __call__(self, place: float, other: float) -> float:
        return 1 - math.exp(-abs(self.gone(place) - self.gone(other)))


def render(
    spacing: Spacing, metric: Metric, *, length: float = math.inf, workers: int = 1, chance: random.Random | None = None
) -> list[float]:
    """Render to the end by some workers who end in any order; give the places in the order in which they were begun."""
    begun: list[float] = []
    flying: list[float] = []
    while not spacing.is_done:
        found = spacing.next_places(workers - len(flying))
        begun += found
        flying += found
        assert flying, "there is always something to render until all is"
        place = flying.pop(chance.randrange(len(flying)) if chance else 0)
        left, right = spacing.neighbours(place)
        spacing.rendered(
            place,
            None if left is None else metric(left, place if place or left == 0 else length),
            None if right is None else metric(place, right if right > place else length),
        )
    assert not spacing.next_places(9)
    return begun


@pytest.mark.parametrize(
    ("keyframes", "ending", "rounds"),
    [
        (2, Ending.STOP, [2, 2, 4]),
        (2, Ending.LOOP, [2, 2, 4]),
        (3, Ending.STOP, [3, 2, 4]),
        (4, Ending.LOOP, [4, 4]),
        (5, Ending.STOP, [5, 4]),
        (12, Ending.STOP, [12]),
    ],
)
def test_first_come_the_keyframes_then_every_gap_is_cut_until_there_is_a_film(
    keyframes: int, ending: Ending, rounds: list[int]
) -> None:
    spacing = Spacing(Path(keyframes, ending), 120)
    assert spacing.next_places(100) == list(range(keyframes))
    for place in range(keyframes):
        spacing.rendered(place, 0.0, 0.0)
    for count in rounds[1:]:
        gaps = list(pairwise([*spacing.places, spacing.places[-1] + 1]))
        under_way = spacing.next_places(100)
        assert len(under_way) == count
        cut = {next(gap for gap in gaps if gap[0] < place < gap[1]) for place in under_way}
        assert len(cut) == min(count, len(gaps) - (ending is not Ending.LOOP))
        assert not spacing.next_places(100)
        for place in under_way:
            # nothing tells the halves of a way apart, and one of them might be all that changes
            spacing.rendered(place, 0.0, float(place < 0.5))
    assert spacing.count >= 8


@pytest.mark.parametrize("frames", [3, 5, 7])
def test_a_film_of_few_frames_is_placed_by_the_way_alone(frames: int) -> None:
    spacing = Spacing(Path(2), frames)
    render(spacing, Bent(1, 1))
    assert spacing.places == pytest.approx([index / (frames - 1) for index in range(frames)])


@settings(max_examples=25)
@given(
    some.integers(0, 10_000), some.integers(2, 4), some.integers(20, 60), some.sampled_from([Ending.STOP, Ending.LOOP])
)
def test_a_frame_lies_between_the_same_two_whatever_of_its_round_is_there(
    seed: int, keyframes: int, frames: int, ending: Ending
) -> None:
    path, chance = Path(keyframes, ending), random.Random(seed)
    metric, spacing = Bent(seed, path.length), Spacing(path, frames)
    while not spacing.is_done:
        under_way = spacing.next_places(100)
        before = {place: spacing.bounds(place) for place in under_way}
        chance.shuffle(under_way)
        for place in under_way:
            assert spacing.bounds(place) == before[place]
            left, right = spacing.neighbours(place)
            spacing.rendered(
                place, None if left is None else metric(left, place), None if right is None else metric(place, right)
            )


def test_then_the_largest_gap_is_cut_first() -> None:
    def steep(place: float, other: float) -> float:
        return abs(place - other) + 8 * abs(max(0.0, place - 0.75) - max(0.0, other - 0.75))

    spacing = Spacing(Path(2), 60)
    while spacing.count < 8:
        for place in spacing.next_places(100):
            left, right = spacing.neighbours(place)
            spacing.rendered(
                place,
                None if left is None else steep(left, place),
                None if right is None else steep(place, right),
            )
    widest = max(pairwise(spacing.places), key=lambda gap: steep(*gap))
    assert widest[0] < spacing.next_places(1)[0] < widest[1]


@settings(max_examples=15)
@given(some.integers(0, 10_000), some.integers(1, 3), some.integers(60, 90))
def test_neighbours_end_equally_far_apart(seed: int, ways: int, frames_a_way: int) -> None:
    spacing = Spacing(Path(ways + 1), ways * frames_a_way)
    render(spacing, Bent(seed, ways))
    assert spacing.evenness() == pytest.approx(0, abs=0.15)


@settings(max_examples=15)
@given(some.integers(2, 5), some.integers(60, 120), some.floats(-0.6, 0.6))
def test_the_neighbours_of_a_loop_end_equally_far_apart_all_around(keyframes: int, frames: int, bent: float) -> None:
    def around(place: float, other: float) -> float:
        one, two = (math.tau * each / keyframes for each in (place, other))
        one, two = (each + bent * math.sin(each) for each in (one, two))
        return math.hypot(math.cos(one) - math.cos(two), math.sin(one) - math.sin(two))

    spacing = Spacing(Path(keyframes, Ending.LOOP), frames)
    render(spacing, around, length=keyframes)
    assert len(spacing.distances()) == frames
    assert spacing.evenness() == pytest.approx(0, abs=0.15)


@settings(max_examples=25)
@given(some.integers(0, 10_000), some.integers(2, 4), some.integers(20, 90), some.integers(2, 9))
def test_a_walk_has_the_same_frames_however_many_workers_render_it(
    seed: int, keyframes: int, frames: int, workers: int
) -> None:
    path = Path(keyframes)
    metric = Bent(seed, path.length)
    alone, many = Spacing(path, frames), Spacing(path, frames)
    render(alone, metric)
    render(many, metric, workers=workers, chance=random.Random(seed))
    assert alone.places == many.places
    assert alone.distances() == many.distances()


@settings(max_examples=25)
@given(some.integers(0, 10_000), some.integers(20, 90), some.integers(0, 90), some.sampled_from(SpacingKind))
def test_a_walk_that_was_cut_off_goes_on_as_it_would_have(seed: int, frames: int, cut: int, kind: SpacingKind) -> None:
    metric = Bent(seed, 2)
    whole, taken_up = Spacing(Path(3), frames, kind=kind), Spacing(Path(3), frames, kind=kind)
    begun = render(whole, metric)
    for place in begun[: min(cut, frames)]:
        left, right = taken_up.neighbours(place)
        taken_up.rendered(
            place, None if left is None else metric(left, place), None if right is None else metric(place, right)
        )
    assert begun[: min(cut, frames)] + render(taken_up, metric) == begun
    assert taken_up.distances() == whole.distances()


@settings(max_examples=40)
@given(some.integers(2, 20), some.integers(0, 200), some.sampled_from(Ending), some.sampled_from(Easing))
def test_uniform_frames_are_where_the_path_says_whatever_they_look_like(
    keyframes: int, more: int, ending: Ending, easing: Easing
) -> None:
    path, frames = Path(keyframes, ending), keyframes + more
    spacing = Spacing(path, frames, kind=SpacingKind.UNIFORM, easing=easing)
    render(spacing, straight, length=path.length, workers=3)
    assert spacing.places == path.uniform(frames, easing)


@settings(max_examples=40)
@given(some.integers(2, 20), some.integers(0, 150), some.sampled_from(Ending), some.booleans())
def test_there_are_as_many_frames_as_were_asked_for_even_where_nothing_changes(
    keyframes: int, more: int, ending: Ending, measured: bool
) -> None:
    path, frames = Path(keyframes, ending), keyframes + more
    spacing = Spacing(path, frames)
    while not spacing.is_done:
        for place in spacing.next_places(4):
            spacing.rendered(place, *((0.0, 0.0) if measured else (None, None)))
    assert len(spacing.places) == len(set(spacing.places)) == frames
    assert all(0 <= place <= path.length for place in spacing.places)


class Torn:
    """Pictures that change all at once at some places, as where a rounded input takes its next value."""

    def __init__(self, at: list[float]) -> None:
        self._at = at

    def __call__(self, place: float, other: float) -> float:
        return abs(place - other) + 5 * sum(min(place, other) < at <= max(place, other) for at in self._at)


@settings(max_examples=40)
@given(
    some.integers(1, 3).flatmap(
        lambda ways: some.tuples(some.just(ways), some.lists(some.floats(0.001, ways), min_size=1, max_size=4))
    ),
    some.integers(0, 400),
    some.sampled_from(Easing),
)
def test_a_jump_swallows_no_frames_wherever_it_is(torn: tuple[int, list[float]], more: int, easing: Easing) -> None:
    ways, at = torn
    frames = ways + 1 + more
    spacing = Spacing(Path(ways + 1), frames, easing=easing)
    render(spacing, Torn(at), workers=3)
    assert len(spacing.places) == frames
    assert min(after - before for before, after in pairwise(spacing.places)) > ways / frames / 65


@pytest.mark.parametrize("at", [0.3, 1.0])
def test_what_lies_beside_a_jump_is_even(at: float) -> None:
    spacing = Spacing(Path(2), 1000)
    render(spacing, Torn([at]))
    widths = sorted(after - before for before, after in pairwise(spacing.places))
    assert len([width for width in widths if width < 0.0005]) < 30, "the frames that found out how steep it is"
    assert widths[-1] < 0.0025


def test_every_frame_but_the_coarse_ones_has_two_neighbours_that_were_there_before() -> None:
    path = Path(3, Ending.LOOP)
    spacing = Spacing(path, 60)
    coarse = spacing.next_places(100)
    for place in coarse:
        spacing.rendered(place, 1.0, 1.0)
    while not spacing.is_done:
        for place in spacing.next_places(100):
            left, right = spacing.neighbours(place)
            assert left is not None
            assert right is not None
            spacing.rendered(place, 1.0, 1.0)


def test_smooth_easing_is_slow_beside_keyframes() -> None:
    spacing = Spacing(Path(2), 41, easing=Easing.SMOOTH)
    render(spacing, straight)
    wanted = [eased(Easing.SMOOTH, index / 40) for index in range(41)]
    assert spacing.places == pytest.approx(wanted, abs=0.04)
    evenness = spacing.evenness()
    assert evenness is not None
    assert evenness < 0.15


def test_distances_are_those_of_neighbours_and_a_loop_ends_with_that_to_its_first() -> None:
    line, loop = Spacing(Path(2), 20), Spacing(Path(3, Ending.LOOP), 20)
    render(line, straight)
    render(loop, straight, length=3)
    assert line.distances() == [*(pytest.approx(b - a) for a, b in pairwise(line.places)), None]
    assert loop.distances() == [pytest.approx(b - a) for a, b in pairwise([*loop.places, 3.0])]


def test_evenness_is_told_once_there_is_something_to_compare() -> None:
    spacing = Spacing(Path(3), 30)
    for place in spacing.next_places(100):
        assert spacing.evenness() is None
        left, right = spacing.neighbours(place)
        spacing.rendered(place, None if left is None else place - left, None if right is None else right - place)
    assert spacing.evenness() == pytest.approx(0)


def test_the_last_round_is_known_before_it_is_rendered() -> None:
    spacing = Spacing(Path(2), 20)
    rounds: list[tuple[int, bool]] = []
    while not spacing.is_done:
        under_way = spacing.next_places(100)
        rounds.append((len(under_way), spacing.is_last_round))
        for place in under_way:
            spacing.rendered(place, 1.0, 1.0)
    assert sum(count for count, _ in rounds) == 20
    assert [last for _, last in rounds] == [False] * (len(rounds) - 1) + [True]


def test_a_frame_is_taken_in_once() -> None:
    spacing = Spacing(Path(2), 10)
    spacing.rendered(0.0, None, None)
    with pytest.raises(ValueError, match="rendered already"):
        spacing.rendered(0.0, None, None)
