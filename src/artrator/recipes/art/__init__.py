"""Procedural paintings in the manner of modern art, with captions, from a seed; numpy and Pillow only."""

from artrator.recipes.art.caption import Caption
from artrator.recipes.art.painting import Painting, paint
from artrator.recipes.art.palettes import PALETTES, Palette
from artrator.recipes.art.styles import STYLES, Style

__all__ = ["PALETTES", "STYLES", "Caption", "Painting", "Palette", "Style", "paint"]
