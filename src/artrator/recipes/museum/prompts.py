"""The prompts that the museum learns: the captions in all their forms, and the few words that people type."""

from collections.abc import Sequence

import numpy as np

from artrator.recipes.art import PALETTES, STYLES
from artrator.recipes.art.caption import write_caption

_STYLE_WORDS: dict[str, tuple[str, ...]] = {
    "colour-field": ("colour field", "soft bands of colour", "field of colour"),
    "cut-outs": ("cut-outs", "paper cut-outs", "collage of cut paper"),
    "dots": ("dots", "pointillism", "pointillist dots"),
    "drips": ("drips", "splashes of paint", "action painting"),
    "grid": ("grid", "grid of black lines", "lines and planes"),
    "hills": ("hills", "landscape", "mountains under a sun"),
    "line-drawing": ("line drawing", "one line", "contour drawing"),
    "nested-squares": ("nested squares", "squares in squares", "squares"),
    "stripes": ("stripes", "striped painting", "stripe painting"),
    "targets": ("targets", "target", "rings", "concentric circles"),
    "tiles": ("tiles", "tile pattern", "quarter circles"),
    "tilted-planes": ("tilted planes", "suprematist planes", "floating planes"),
    "waves": ("waves", "op art", "op-art waves"),
}
_PALETTE_WORDS: dict[str, tuple[str, ...]] = {
    "warm": ("warm", "warm", "red and orange"),
    "cool": ("cool", "cool", "blue and violet"),
    "pastel": ("pastel", "pastel", "pale pink and mint"),
    "monochrome": ("monochrome", "black and white", "grey"),
    "primary": ("primary", "primary", "red, yellow and blue"),
    "earth": ("earth", "earthy", "brown"),
    "neon-night": ("neon night", "neon", "neon on black"),
    "ocean": ("ocean", "ocean", "teal"),
    "autumn": ("autumn", "autumnal", "rust and ochre"),
    "ink": ("ink", "ink", "dark blue ink"),
    "meadow": ("meadow", "meadow", "green and pink"),
}
FULL_SENTENCES = 0.5  # the share of captions as the paintings' own writer words them


def write_prompt(style: str, palette: str, composition: Sequence[str], rng: np.random.Generator) -> str:
    """Say what a painting shows as a caption does, or as somebody in a hurry would."""
    if rng.random() < FULL_SENTENCES:
        return write_caption(style, STYLES[style].noun, palette, tuple(composition), rng).sentence
    thing = _one_of((STYLES[style].noun, *_STYLE_WORDS[style]), rng)
    hue = _one_of(_PALETTE_WORDS[palette], rng)
    detail = _one_of(tuple(composition), rng)
    return _one_of(
        (
            f"{hue} {thing}",
            f"{hue} {thing}",
            f"{thing} in {hue} colours",
            f"{thing}, {hue}",
            f"{hue} {thing}, {detail}",
            f"{thing} with {detail}, {hue} colours",
        ),
        rng,
    )


def one_click_prompts() -> list[str]:
    """List a short prompt for every style, the palettes in turn."""
    hues = list(PALETTES)
    return [f"{_PALETTE_WORDS[hues[i % len(hues)]][0]} {words[0]}" for i, words in enumerate(_STYLE_WORDS.values())]


def _one_of(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]
