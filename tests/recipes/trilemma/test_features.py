"""The eye of the trilemma: what looks alike lies close together."""

import numpy as np
import pytest

from artrator.recipes.art import paint
from artrator.recipes.digits import draw_digit, on_paper
from artrator.recipes.trilemma.features import Eye
from artrator.recipes.trilemma.measures import compare, distances
from artrator.starters import starter_folders


@pytest.fixture(scope="module")
def eye() -> Eye:
    (reader,) = (folder for folder in starter_folders() if folder.name == "style-reader")
    return Eye(reader / "reader.onnx")


def test_a_picture_is_one_point_whatever_its_size(eye: Eye) -> None:
    points = eye.look(paint(3, size_px, style="hills", palette="warm").image for size_px in (96, 192, 256))
    others = eye.look(paint(seed, 96, style="hills", palette="warm").image for seed in range(4, 10))
    assert points.shape[0] == 3
    assert distances(points, points).max() < 0.5 * distances(points, others).min()


def test_a_picture_lies_closer_to_itself_moved_by_a_pixel_than_to_any_other(eye: Eye) -> None:
    pictures = [paint(seed, 96, style="targets", palette="ocean").image for seed in range(6)]
    points = eye.look(pictures)
    moved = eye.look([np.roll(picture, 1, axis=1) for picture in pictures])
    assert distances(moved, points).argmin(1).tolist() == list(range(6))


def test_other_colours_and_other_manners_are_seen(eye: Eye) -> None:
    """Two pictures of a kind lie closer together, on average, than one of it and one of another."""
    kinds = [("hills", "warm"), ("hills", "ocean"), ("stripes", "warm")]
    one, recoloured, other = (
        eye.look(paint(seed, 96, style=style, palette=palette).image for seed in range(20)) for style, palette in kinds
    )
    within = distances(one, one).sum() / (20 * 19)
    assert distances(one, recoloured).mean() > within
    assert distances(one, other).mean() > within


def test_digits_are_told_apart_too(eye: Eye) -> None:
    """Half of the digits cover half of the drawings, although the reader never saw one when it learned."""

    def drawn(first: int, digits: int) -> np.ndarray:
        return eye.look(on_paper(draw_digit(first + i, i % digits, 96)) for i in range(200))

    drawings = drawn(0, 10)
    whole, half = compare(drawn(1_000, 10), drawings), compare(drawn(2_000, 5), drawings)
    assert whole.coverage > 0.85
    assert half.coverage < 0.75 * whole.coverage
    assert half.diversity < whole.diversity
