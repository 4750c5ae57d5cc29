"""What a painting shows, in words that a model can be trained on and a person would say."""

from dataclasses import dataclass

import numpy as np

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """The style and palette by name, the composition in a few words, and all of it as a sentence."""

    style: str
    palette: str
    composition: tuple[str, ...]
    sentence: str


def write_caption(
    style: str, noun: str, palette: str, composition: tuple[str, ...], rng: np.random.Generator
) -> Caption:
    """Say it in one of several ways; the palette's and the style's own words are in each of them."""
    hue, details = palette.replace("-", " "), ", ".join(composition)
    sentence = (
        f"{_article(hue)} {hue} {noun}, {details}",
        f"{_article(noun)} {noun} in {hue} colours, {details}",
        f"{hue} {noun} with {details}",
        f"{_article(noun)} {noun}, {details}, {hue} palette",
        f"{details}: {_article(hue)} {hue} {noun}",
    )[int(rng.integers(5))]
    return Caption(style=style, palette=palette, composition=composition, sentence=sentence)


def number(count: int) -> str:
    """Write a small number as a word."""
    return _NUMBERS[count] if count < len(_NUMBERS) else "many"


def counted(count: int, thing: str) -> str:
    """Write `three bands`, `one band`."""
    return f"{number(count)} {thing}" if count == 1 else f"{number(count)} {thing}s"


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
