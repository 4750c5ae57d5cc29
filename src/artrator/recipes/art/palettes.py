"""The named palettes, so that a caption's colour word means the same colours in every style."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours that go together; the ground and the colours are what a viewer names the palette by."""

    name: str
    grounds: tuple[str, ...]
    colours: tuple[str, ...]
    dark: str
    light: str

    def mix(self, rng: np.random.Generator) -> "Mix":
        """Mix the paints for one picture: the same hues, each a touch off, as from a tube on another day."""
        ground = _paint(self.grounds[int(rng.integers(len(self.grounds)))], rng)
        order = rng.permutation(len(self.colours))
        colours = [_paint(self.colours[i], rng) for i in order]
        return Mix(ground=ground, colours=colours, dark=_paint(self.dark, rng), light=_paint(self.light, rng))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """The paints of one picture, each (3,) float32 in 0..1; `colours` is already in random order."""

    ground: Colour
    colours: list[Colour]
    dark: Colour
    light: Colour

    def pick(self, rng: np.random.Generator, count: int, *, apart_from: Colour | None = None) -> list[Colour]:
        """Choose `count` colours, all different while they last, none too close to `apart_from`."""
        pool = [c for c in self.colours if apart_from is None or distance(c, apart_from) > 0.2] or self.colours
        picked: list[Colour] = []
        while len(picked) < count:
            picked += [pool[i] for i in rng.permutation(len(pool))]
        return picked[:count]

    def by_light(self, *, with_ground: bool = False) -> list[Colour]:
        """List the colours from dark to light."""
        return sorted([*self.colours, *([self.ground] if with_ground else [])], key=lightness)


def hex_colour(code: str) -> Colour:
    """Read `rrggbb`."""
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255


def lightness(colour: Colour) -> float:
    """Weigh the channels as the eye does (Rec. 709 luma)."""
    return float(colour @ np.array([0.2126, 0.7152, 0.0722], np.float32))


def distance(one: Colour, other: Colour) -> float:
    """Measure how far apart two colours lie, 0 to about 1.7."""
    return float(np.linalg.norm(one - other))


def _paint(code: str, rng: np.random.Generator) -> Colour:
    colour = hex_colour(code) * (1 + rng.normal(0, 0.025)) + rng.normal(0, 0.012, 3)
    return np.clip(colour, 0, 1).astype(np.float32)


_ALL = (
    Palette(
        name="warm",
        grounds=("f7e3c4", "f2c37e", "b3271e"),
        colours=("d7261e", "f0592a", "f78f1e", "fbc02d", "e2466b", "a31621"),
        dark="4a0d12",
        light="fdf0da",
    ),
    Palette(
        name="cool",
        grounds=("e3e9f7", "b9c4ee", "3a3f8f"),
        colours=("4a4fc4", "7c83e8", "6f3fa8", "a58be0", "2c6fd1", "5f9bea"),
        dark="1c1a4f",
        light="f0f2fd",
    ),
    Palette(
        name="pastel",
        grounds=("fdf4ee", "f6eef9", "eef6f4"),
        colours=("f7bfc8", "b9e4d0", "cfc1ee", "b8dcf4", "fbe3a6", "f9cfb0"),
        dark="8d86a8",
        light="fffaf5",
    ),
    Palette(
        name="monochrome",
        grounds=("f1f1ef", "c9c9c7", "262626"),
        colours=("111111", "3b3b3b", "6a6a69", "989896", "c4c4c2", "e4e4e2"),
        dark="0b0b0b",
        light="fafaf8",
    ),
    Palette(
        name="primary",
        grounds=("f6f3ea", "f9f8f4"),
        colours=("d8201f", "1b48a8", "f6c915", "d8201f", "1b48a8", "f6c915"),
        dark="141414",
        light="fbf9f3",
    ),
    Palette(
        name="earth",
        grounds=("e6d5ba", "cbb08a", "5b4230"),
        colours=("8a5a3b", "b9875a", "6f6a4a", "a66a4c", "cdb48c", "4d3929"),
        dark="2e211a",
        light="f2e8d5",
    ),
    Palette(
        name="neon-night",
        grounds=("0b0a1a", "120a26", "070d1f"),
        colours=("ff2fa0", "18e0ff", "b6ff2e", "8a3cff", "ff7a1a", "2f6bff"),
        dark="07060f",
        light="f4f0ff",
    ),
    Palette(
        name="ocean",
        grounds=("dff1ea", "0e4a5c", "7cc7c3"),
        colours=("06384f", "0a6c80", "1aa3a3", "5fc9bd", "a8e3d4", "e9d8a6"),
        dark="04202f",
        light="f1faf5",
    ),
    Palette(
        name="autumn",
        grounds=("efdcb2", "d99a2b", "4b1c22"),
        colours=("7a1f2b", "b7410e", "d98e1f", "4a5d23", "8c5a17", "5a2a45"),
        dark="2b1210",
        light="f8ecd0",
    ),
    Palette(
        name="ink",
        grounds=("f4efe2", "efe8d6", "f7f3ea"),
        colours=("16213a", "2b3a5c", "56688c", "8c9ab5", "c3c7cc", "c2301f"),
        dark="0d1426",
        light="faf7ee",
    ),
    Palette(
        name="meadow",
        grounds=("eef3d2", "bcd77f", "1f5a35"),
        colours=("2f7d3b", "5fae3f", "a3cf5b", "f08fb0", "f5d547", "14532d"),
        dark="0d2f1c",
        light="f8fbe8",
    ),
)

PALETTES: dict[str, Palette] = {palette.name: palette for palette in _ALL}
