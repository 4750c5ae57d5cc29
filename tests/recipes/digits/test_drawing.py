"""What the flow learns from: digits that follow from their seed, differ from hand to hand, and can be read."""

from pathlib import Path

import numpy as np
import pytest

from artrator.recipes.digits import DIGITS, SIDE_PX, draw_digit, draw_digits, on_paper
from artrator.recipes.digits.drawings import GREYS, bits_of_histograms, load_drawings


def test_a_seed_draws_the_same_digit_every_time() -> None:
    assert np.array_equal(draw_digit(11, 4), draw_digit(11, 4))
    assert not np.array_equal(draw_digit(11, 4), draw_digit(12, 4))


@pytest.mark.parametrize("digit", range(10))
def test_a_seed_draws_the_same_digit_at_every_size(digit: int) -> None:
    small, large = draw_digit(5, digit), draw_digit(5, digit, 4 * SIDE_PX)
    shrunk = large.reshape(SIDE_PX, 4, SIDE_PX, 4).mean((1, 3))
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("digit", range(10))
def test_ink_stays_on_the_sheet(digit: int) -> None:
    for seed in range(30):
        drawn = draw_digit(seed, digit)
        assert drawn.min() == 0
        assert drawn.max() == 1
        assert not any(edge.any() for edge in (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]))
        assert 0.03 < drawn.mean() < 0.35


def test_digits_are_drawn_in_turn() -> None:
    drawn, digits = draw_digits(range(7, 27))
    assert drawn.shape == (20, SIDE_PX, SIDE_PX)
    assert digits.tolist() == [seed % 10 for seed in range(7, 27)]
    assert np.array_equal(drawn[3], draw_digit(10, 0))


def test_hands_differ_and_digits_can_be_told_apart() -> None:
    """By the nearest of 400 others, seen from afar: no network is needed."""
    drawn, digits = draw_digits(range(500))
    seen = drawn.reshape(500, 16, 2, 16, 2).mean((2, 4)).reshape(500, -1)
    distances = np.square(seen[400:, None] - seen[None, :400]).sum(2)
    assert np.mean(digits[distances.argmin(1)] == digits[400:]) > 0.85
    assert distances.min() > 0.3


def test_ink_is_dark_and_paper_light() -> None:
    picture = on_paper(draw_digit(1, 8))
    assert picture.shape == (SIDE_PX, SIDE_PX, 3)
    assert picture.max() > 230
    assert picture.min() < 50


def test_drawings_are_kept_once_they_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (load_drawings(tmp_path, 30, first_seed=100) for _ in range(2))
    assert np.array_equal(one.greys, other.greys)
    assert one.greys.max() == GREYS - 1
    assert one.digits.tolist() == [*range(10)] * 3
    assert capsys.readouterr().out.count("drawing") == 1


def test_histograms_cost_nothing_where_every_drawing_is_the_same_and_all_where_none_is_alike(tmp_path: Path) -> None:
    drawings = load_drawings(tmp_path, 10 * len(DIGITS), first_seed=0)
    same = type(drawings)(greys=np.zeros_like(drawings.greys), digits=drawings.digits)
    assert bits_of_histograms(same, same) < 0.3
    noise = np.random.default_rng(0).integers(0, GREYS, (20_000, 8, 8)).astype(np.uint8)
    any_grey = type(drawings)(greys=noise, digits=np.arange(20_000) % 10)
    assert bits_of_histograms(any_grey, any_grey) == pytest.approx(4, abs=0.02)
