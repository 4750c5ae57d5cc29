"""Which starters are compared, what is asked of each, and what its training set draws when it is asked for the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from artrator.bundle.fields import ChoiceInput
from artrator.bundle.manifest import MANIFEST_NAME, read_manifest
from artrator.engine.fleet import InputValue
from artrator.recipes.art import PALETTES, paint
from artrator.recipes.digits import DIGITS, draw_digit, on_paper
from artrator.recipes.small_museum_figures import FRESH_SEED, pair_of, prompt_of
from artrator.starters import starter_folders

Pixels = NDArray[np.uint8]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A starter in the comparison.

    kind: its kind of model. learned_px, printed_px: the side of the pictures that it learned from, and of those that it
    gives. ask: the inputs of its i-th picture, all else as the manifest has it. draw: the i-th drawing of the kind that it
    learned from, none of them one that it did, at a side.
    """

    name: str
    kind: str
    learned_px: int
    printed_px: int
    ask: Callable[[int], Mapping[str, InputValue]]
    draw: Callable[[int, int], Pixels]


def _pair(index: int) -> Pair:
    """Choose among the styles and palettes that the GAN and the VAE learned, each equally often."""
    styles, palettes = _learned_styles(), list(PALETTES)
    return styles[index % len(styles)], palettes[index // len(styles) % len(palettes)]


@cache
def _learned_styles() -> Sequence[str]:
    (folder,) = (each for each in starter_folders() if each.name == "palette-vae")
    field = read_manifest((folder / MANIFEST_NAME).read_text("utf-8")).inputs["style"]
    assert isinstance(field, ChoiceInput)
    return field.choices


def _ask_seed(index: int) -> Mapping[str, InputValue]:
    return {"seed": index}


def _ask_pair(index: int) -> Mapping[str, InputValue]:
    style, palette = _pair(index)
    return {"seed": index, "style": style, "palette": palette}


def _ask_digit(index: int) -> Mapping[str, InputValue]:
    return {"seed": index, "digit": DIGITS[index % len(DIGITS)]}


def _ask_prompt(index: int) -> Mapping[str, InputValue]:
    return {"seed": index, "prompt": prompt_of(index)}


def _draw_painting(pair: Callable[[int], Pair], index: int, size_px: int) -> Pixels:
    style, palette = pair(index)
    return paint(2 * FRESH_SEED + index, size_px, style=style, palette=palette).image


def _draw_digit(index: int, size_px: int) -> Pixels:
    return on_paper(draw_digit(FRESH_SEED + index, index % len(DIGITS), size_px))


def _museum(name: str, kind: str) -> Contender:
    draw = partial(_draw_painting, pair_of)
    return Contender(name=name, kind=kind, learned_px=128, printed_px=128, ask=_ask_prompt, draw=draw)


_PAINT = partial(_draw_painting, _pair)
CONTENDERS = (
    Contender(name="shape-gan", kind="GAN", learned_px=64, printed_px=256, ask=_ask_seed, draw=_PAINT),
    Contender(name="palette-vae", kind="VAE", learned_px=64, printed_px=256, ask=_ask_pair, draw=_PAINT),
    Contender(name="digits-flow", kind="flow", learned_px=32, printed_px=256, ask=_ask_digit, draw=_draw_digit),
    _museum("small-museum", "diffusion"),
    _museum("small-museum-fast", "diffusion, few steps"),
)
