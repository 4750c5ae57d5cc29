"""A canvas of any size that takes paint in layers: colour, brush marks and the relief that light finds."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from artrator.recipes.art.palettes import Colour
from artrator.recipes.art.shapes import Field

Brush = Literal["across", "down", "cloud", "flat"]
Point = tuple[float, float]

_WOBBLE = 0.0026  # how far a hand strays from a ruler, as a share of the side
_GRAIN_CELLS = 224  # the threads of the cloth; a fixed number, so that every size shows the same cloth
_STROKE_PX = 384  # strokes are drawn at least this large and then reduced


class Canvas:
    """A square picture under way. Everything drawn is in 0..1, so `size_px` changes only how finely it is seen."""

    def __init__(self, size_px: int, rng: np.random.Generator) -> None:
        self.size_px = size_px
        self._rng = rng
        axis = (np.arange(size_px, dtype=np.float32) + 0.5) / size_px
        self.u = axis[None, :] + _WOBBLE * self.noise(9, 9)
        self.v = axis[:, None] + _WOBBLE * self.noise(9, 9)
        self.image = np.ones((size_px, size_px, 3), np.float32)
        self._relief = np.zeros((size_px, size_px), np.float32)
        self._brushes = {"across": self.noise(64, 7), "down": self.noise(7, 64), "cloud": self.cloud(5)}

    def noise(self, rows: int, columns: int) -> Field:
        """Make smooth noise, about unit variance, of `rows` by `columns` bumps; the same at every size."""
        bumps = Image.fromarray(self._rng.standard_normal((rows, columns), np.float32))
        return np.asarray(bumps.resize((self.size_px, self.size_px), Image.Resampling.BICUBIC), np.float32)

    def cloud(self, bumps: int) -> Field:
        """Make noise of three octaves, the coarsest of `bumps` bumps a side."""
        return (self.noise(bumps, bumps) + 0.6 * self.noise(3 * bumps, 3 * bumps) + 0.4 * self.noise(40, 40)) / 1.2

    def inside(self, distance: Field, softness: float = 0.0) -> Field:
        """Turn a signed distance into coverage 0..1, its edge one pixel wide or `softness` where that is more."""
        return np.clip(0.5 - distance / max(softness, 1 / self.size_px), 0, 1)

    def cover(self, colour: Colour, *, brush: Brush = "cloud", marks: float = 0.04) -> None:
        """Paint the whole canvas."""
        self.fill(np.ones((self.size_px, self.size_px), np.float32), colour, brush=brush, marks=marks)

    def fill(
        self, coverage: Field, colour: Colour, *, brush: Brush = "cloud", marks: float = 0.04, body: float = 1.0
    ) -> None:
        """Lay paint where `coverage` is; `marks` is how much the brush shows in the tone, `body` in the relief."""
        if brush == "flat":
            tone = np.zeros_like(coverage)
        else:
            # turned over rather than shifted, which would leave a seam
            down, right = (1 if self._rng.random() < 0.5 else -1 for _ in range(2))
            tone = self._brushes[brush][::down, ::right]
        paint = colour + (marks * tone)[..., None] * np.float32([1.0, 0.92, 0.84]) * (0.4 + 0.6 * colour)
        self.paint(coverage, paint, body=body * (0.6 + 0.22 * tone))

    def paint(self, coverage: Field, colours: Field, *, body: Field | float) -> None:
        """Lay a colour of its own on every pixel, (size_px, size_px, 3), and its body on the relief."""
        self.image += coverage[..., None] * (colours - self.image)
        self._relief += coverage * (body - self._relief)

    def strokes(self, lines: Sequence[tuple[Sequence[Point], float]]) -> Field:
        """Draw polylines (points, width) with round ends and joints; gives their coverage."""
        times = max(2, -(-_STROKE_PX // self.size_px))
        side = times * self.size_px
        sheet = Image.new("L", (side, side))
        pen = ImageDraw.Draw(sheet)
        for points, width in lines:
            half = width * side / 2
            spots = [(x * side, y * side) for x, y in points]
            if len(spots) > 1:
                pen.line(spots, fill=255, width=max(1, round(2 * half)), joint="curve")
            for x, y in (spots[0], spots[-1]):
                pen.ellipse((x - half, y - half, x + half, y + half), fill=255)
        return np.asarray(sheet.reduce(times), np.float32) / 255

    def finish(self) -> NDArray[np.uint8]:
        """Light the relief, show the cloth and give the picture, (size_px, size_px, 3)."""
        threads = self.noise(_GRAIN_CELLS, _GRAIN_CELLS // 3) + self.noise(_GRAIN_CELLS // 3, _GRAIN_CELLS)
        height = self._relief + 0.04 * threads
        down, right = np.gradient(height)
        light = np.clip(-(down + right) * self.size_px * 0.0022, -0.12, 0.12)
        picture = self.image * (1 + light + 0.012 * threads)[..., None]
        return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
