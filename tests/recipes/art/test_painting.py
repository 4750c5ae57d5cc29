"""What the training sets rely on: pictures that follow from their seed, look like their palette, and say so."""

import numpy as np
import pytest

from artrator.recipes.art import PALETTES, STYLES, paint
from artrator.recipes.art.palettes import hex_colour

NAMED_COLOURS = {
    name: np.stack([hex_colour(code) for code in (*p.grounds, *p.colours, p.dark, p.light)])
    for name, p in PALETTES.items()
}


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    block = image.shape[0] // side
    return image.reshape(side, block, side, block, 3).astype(np.float32).mean((1, 3))


def test_there_are_at_least_ten_styles_and_ten_palettes() -> None:
    assert len(STYLES) >= 10
    assert len(PALETTES) >= 10


def test_a_seed_paints_the_same_picture_and_words_every_time() -> None:
    one, other = paint(11, 64), paint(11, 64)
    assert np.array_equal(one.image, other.image)
    assert one.caption == other.caption


@pytest.mark.parametrize("style", STYLES)
def test_a_seed_composes_the_same_picture_at_every_size(style: str) -> None:
    small, large = paint(5, 64, style=style), paint(5, 256, style=style)
    one, other = shrunk(small.image, 16).ravel(), shrunk(large.image, 16).ravel()
    assert np.corrcoef(one, other)[0, 1] > 0.95
    assert small.caption == large.caption


@pytest.mark.parametrize("style", STYLES)
def test_seeds_differ_in_composition_and_not_only_in_cloth(style: str) -> None:
    pictures = [shrunk(paint(seed, 64, style=style, palette="primary").image, 8) for seed in range(4)]
    distances = [np.abs(a - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]]
    assert min(distances) > 4


@pytest.mark.parametrize("palette", PALETTES)
def test_the_colours_of_a_palette_dominate_its_pictures(palette: str) -> None:
    near = dict.fromkeys(PALETTES, 0.0)
    for seed, style in enumerate(STYLES):
        pixels = paint(seed, 64, style=style, palette=palette).image.reshape(-1, 1, 3) / 255
        for name, colours in NAMED_COLOURS.items():
            near[name] += float((np.linalg.norm(pixels - colours, axis=2).min(1) < 0.15).mean()) / len(STYLES)
    assert near[palette] > 0.75
    assert max(near, key=lambda name: near[name]) == palette


@pytest.mark.parametrize("style", STYLES)
def test_a_caption_says_the_style_and_the_palette_however_it_is_worded(style: str) -> None:
    for seed in range(12):
        caption = paint(seed, 16, style=style).caption
        assert caption.style == style
        assert STYLES[style].noun in caption.sentence
        assert caption.palette.replace("-", " ") in caption.sentence
        assert caption.composition
        assert all(words in caption.sentence for words in caption.composition)


def test_captions_of_one_kind_are_not_all_worded_alike() -> None:
    sentences = {paint(seed, 16, style="hills", palette="warm").caption.sentence for seed in range(20)}
    assert len(sentences) > 8


def test_every_style_paints_in_every_palette() -> None:
    for style in STYLES:
        for palette in PALETTES:
            painting = paint(3, 32, style=style, palette=palette)
            assert painting.image.shape == (32, 32, 3)
            assert painting.image.dtype == np.uint8
            assert painting.image.std() > 2
            assert (painting.caption.style, painting.caption.palette) == (style, palette)


def test_what_is_not_asked_for_the_seed_chooses_among_all() -> None:
    captions = [paint(seed, 16).caption for seed in range(300)]
    assert {caption.style for caption in captions} == set(STYLES)
    assert {caption.palette for caption in captions} == set(PALETTES)


def test_an_unknown_style_is_an_error() -> None:
    with pytest.raises(KeyError):
        paint(1, 32, style="baroque")
