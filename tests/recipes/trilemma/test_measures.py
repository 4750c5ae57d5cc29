"""The trilemma's measures, where it is known what they must be."""

import math

import numpy as np
import pytest

from artrator.recipes.trilemma.measures import NEIGHBOURS, compare, distances, expected_coverage, spread


def cloud(count: int, seed: int, *, dimensions: int = 8, centre: float = 0.0, size: float = 1.0) -> np.ndarray:
    values = centre + size * np.random.default_rng(seed).standard_normal((count, dimensions))
    return values.astype(np.float32)


def test_the_spread_of_a_simplex_is_its_edge() -> None:
    assert spread(np.eye(7, dtype=np.float32)) == pytest.approx(math.sqrt(2))


def test_the_spread_of_normal_points_is_known() -> None:
    dimensions = 8
    wanted = 2 * math.gamma((dimensions + 1) / 2) / math.gamma(dimensions / 2)
    assert spread(cloud(2_000, 0, dimensions=dimensions)) == pytest.approx(wanted, rel=0.01)


def test_distances_are_those_of_euclid() -> None:
    one, other = np.float32([[0, 0], [3, 4]]), np.float32([[3, 4], [0, 1], [0, 0]])
    assert distances(one, other) == pytest.approx(np.array([[5, 1, 0], [0, math.sqrt(18), 5]]))
    assert distances(one, one).diagonal().tolist() == [0, 0]


def test_samples_like_the_drawings_reach_what_can_be_expected() -> None:
    like = compare(cloud(1_000, 1), cloud(1_000, 2))
    assert like.coverage == pytest.approx(expected_coverage(1_000, 1_000), abs=0.03)
    assert like.density == pytest.approx(1, abs=0.06)
    assert like.diversity == pytest.approx(1, abs=0.02)


def test_what_coverage_to_expect_is_one_less_half_to_the_number_of_neighbours() -> None:
    assert expected_coverage(100_000, 100_000) == pytest.approx(1 - 0.5**NEIGHBOURS, abs=1e-3)
    assert expected_coverage(1, NEIGHBOURS + 1) < expected_coverage(100, NEIGHBOURS + 1) < 1


def test_copies_of_the_drawings_cover_all_of_them() -> None:
    drawings = cloud(200, 3)
    like = compare(drawings, drawings)
    assert (like.coverage, like.precision, like.diversity) == (1, 1, pytest.approx(1))


def test_half_of_the_kinds_is_half_of_the_coverage_and_no_loss_of_density() -> None:
    drawings = np.concatenate([cloud(400, 4), cloud(400, 5, centre=50)])
    like = compare(cloud(800, 6), drawings)
    whole = expected_coverage(800, 400)  # twice as many samples for the half that they all go to
    assert like.coverage == pytest.approx(whole / 2, abs=0.02)
    assert like.density == pytest.approx(1, abs=0.08)
    assert like.precision > 0.9
    assert like.diversity < 0.2


def test_one_picture_again_and_again_is_faithful_and_not_varied() -> None:
    drawings = cloud(300, 7)
    like = compare(np.zeros((300, 8), np.float32), drawings)
    assert like.diversity == 0
    assert like.coverage < 0.5
    assert like.density > 1


def test_samples_far_from_every_drawing_are_neither_faithful_nor_cover_any() -> None:
    like = compare(cloud(300, 8, centre=50), cloud(300, 9))
    assert (like.coverage, like.density, like.precision) == (0, 0, 0)
    assert like.diversity == pytest.approx(1, abs=0.05)


def test_neat_samples_are_denser_and_less_varied_than_the_drawings() -> None:
    like = compare(cloud(500, 10, size=0.6), cloud(500, 11))
    assert like.density > 1.2
    assert like.diversity == pytest.approx(0.6, abs=0.02)
    assert like.coverage < expected_coverage(500, 500)


def test_too_few_drawings_are_an_error() -> None:
    with pytest.raises(ValueError, match="too few"):
        compare(cloud(10, 0), cloud(NEIGHBOURS, 1))
