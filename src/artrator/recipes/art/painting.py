"""Paint a picture and its caption from a seed: the endless training set of the starter models."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.caption import Caption, write_caption
from artrator.recipes.art.palettes import PALETTES
from artrator.recipes.art.styles import STYLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """A finished picture, (size_px, size_px, 3) uint8 RGB, and what it shows."""

    image: NDArray[np.uint8]
    caption: Caption


def paint(seed: int, size_px: int, *, style: str | None = None, palette: str | None = None) -> Painting:
    """Paint the picture of a seed; what is not asked for, the seed chooses.

    The same seed, style and palette give the same composition at every size.
    Raises: KeyError for a style or palette that does not exist.
    """
    # Three streams, so that a style may be changed in its composition without new cloth, words or choices.
    choosing, composing, texture = (np.random.default_rng([seed, stream]) for stream in range(3))
    chosen_style = list(STYLES)[int(choosing.integers(len(STYLES)))]
    chosen_palette = list(PALETTES)[int(choosing.integers(len(PALETTES)))]
    style, palette = style or chosen_style, palette or chosen_palette
    canvas = Canvas(size_px, texture)
    mix = PALETTES[palette].mix(composing)
    composition = STYLES[style].compose(canvas, mix, composing)
    caption = write_caption(style, STYLES[style].noun, palette, composition, choosing)
    return Painting(image=canvas.finish(), caption=caption)
