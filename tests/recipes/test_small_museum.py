"""The small museum as it ships: run by the engine, it paints what its prompts say."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from artrator.recipes.art import PALETTES, STYLES
from artrator.recipes.museum.prompts import write_prompt
from artrator.recipes.small_museum_figures import pair_of, prompt_of
from artrator.recipes.starter_runs import StarterRuns, pixels
from artrator.starters import starter_folders

MUSEUMS = [folder.name for folder in starter_folders() if folder.name.startswith("small-museum")]


@pytest.fixture(scope="module")
def starters() -> Iterator[StarterRuns]:
    with StarterRuns(threads=2) as made:
        yield made


def square_hole() -> bytes:
    """A mask, white in the middle."""
    mask = np.zeros((128, 128), np.uint8)
    mask[40:88, 40:88] = 255
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "styles", "palettes"), [("small-museum", 0.88, 0.9), ("small-museum-fast", 0.75, 0.85)]
)
def test_most_pictures_show_the_style_and_the_palette_that_were_asked_for(
    starters: StarterRuns, name: str, styles: float, palettes: float
) -> None:
    asked = [pair_of(i) for i in range(0, 143, 2)]
    read = starters.read(starters.paint(name, [{"prompt": prompt_of(i), "seed": i} for i in range(0, 143, 2)]))
    assert np.mean([r[0] == a[0] for r, a in zip(read, asked, strict=True)]) >= styles
    assert np.mean([r[1] == a[1] for r, a in zip(read, asked, strict=True)]) >= palettes


@pytest.mark.parametrize("name", MUSEUMS)
def test_a_seed_makes_its_picture_again_and_another_seed_another(starters: StarterRuns, name: str) -> None:
    one, again, other = starters.paint(
        name, [{"prompt": "ocean hills", "seed": seed, "steps": 4} for seed in (1, 1, 2)]
    )
    assert np.abs(pixels(one).astype(int) - pixels(again)).max() <= 1  # alone or among others
    assert np.abs(pixels(one).astype(int) - pixels(other)).mean() > 5


@pytest.mark.parametrize("name", MUSEUMS)
@pytest.mark.parametrize("prompt", ["", "그림 한 점", "word " * 50, "<|endoftext|> \x00 ; DROP"])
def test_any_prompt_gives_a_picture(starters: StarterRuns, name: str, prompt: str) -> None:
    (picture,) = starters.paint(name, [{"prompt": prompt, "seed": 0, "steps": 2}])
    assert pixels(picture).shape == (128, 128, 3)
    assert pixels(picture).std() > 3


@pytest.mark.parametrize("name", MUSEUMS)
def test_a_picture_is_painted_over_where_the_mask_is_white(starters: StarterRuns, name: str) -> None:
    (begun,) = starters.paint(name, [{"prompt": "warm hills", "seed": 1}])
    (changed,) = starters.paint(
        name, [{"prompt": "ocean hills", "seed": 2, "image": begun, "mask": square_hole(), "strength": 1.0}]
    )
    apart = np.abs(pixels(begun).astype(float) - pixels(changed)).mean(2)
    assert apart[48:80, 48:80].mean() > 3 * apart[:24].mean()


@pytest.mark.parametrize("name", MUSEUMS)
def test_a_run_shows_previews_that_resemble_the_picture(starters: StarterRuns, name: str) -> None:
    alike: list[float] = []
    for prompt in ("primary stripes", "ocean hills", "warm grid", "autumn colour field", "meadow tiles"):
        previews = starters.previews(name, {"prompt": prompt, "seed": 3})
        (picture,) = starters.paint(name, [{"prompt": prompt, "seed": 3}])
        last = pixels(previews[-1]).astype(float)
        side = 128 // len(last)
        blocks = pixels(picture).reshape(len(last), side, len(last), side, 3).mean((1, 3))
        assert len(previews) >= 2
        alike.append(float(np.corrcoef(last.ravel(), blocks.ravel())[0, 1]))
    assert np.median(alike) > 0.8, alike


def test_prompts_name_the_style_and_the_palette_in_every_wording() -> None:
    rng = np.random.default_rng(0)
    for style in STYLES:
        for palette in PALETTES:
            worded = {write_prompt(style, palette, ("one thing",), rng) for _ in range(40)}
            assert len(worded) >= 10
            assert all(len(prompt) < 120 for prompt in worded)


def test_fresh_prompts_ask_for_every_style_and_palette_equally_often() -> None:
    asked = [pair_of(i) for i in range(286)]
    assert all(asked.count((style, palette)) == 2 for style in STYLES for palette in PALETTES)
    assert isinstance(prompt_of(0), str)
    assert prompt_of(0) == prompt_of(0)
