"""The styles by name; a new one is a file here and a line below."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from artrator.recipes.art.canvas import Canvas
from artrator.recipes.art.palettes import Mix
from artrator.recipes.art.styles.colour_field import colour_field
from artrator.recipes.art.styles.cut_outs import cut_outs
from artrator.recipes.art.styles.dots import dots
from artrator.recipes.art.styles.drips import drips
from artrator.recipes.art.styles.grid import grid
from artrator.recipes.art.styles.hills import hills
from artrator.recipes.art.styles.line_drawing import line_drawing
from artrator.recipes.art.styles.nested_squares import nested_squares
from artrator.recipes.art.styles.stripes import stripes
from artrator.recipes.art.styles.targets import targets
from artrator.recipes.art.styles.tiles import tiles
from artrator.recipes.art.styles.tilted_planes import tilted_planes
from artrator.recipes.art.styles.waves import waves


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a style composes a canvas from paints and chance, and the noun that captions call it."""

    noun: str
    compose: Callable[[Canvas, Mix, np.random.Generator], tuple[str, ...]]


STYLES: dict[str, Style] = {
    "colour-field": Style(noun="colour field", compose=colour_field),
    "cut-outs": Style(noun="paper cut-out", compose=cut_outs),
    "dots": Style(noun="pointillist field of dots", compose=dots),
    "drips": Style(noun="drip painting", compose=drips),
    "grid": Style(noun="grid of lines and planes", compose=grid),
    "hills": Style(noun="abstract landscape of hills", compose=hills),
    "line-drawing": Style(noun="line drawing", compose=line_drawing),
    "nested-squares": Style(noun="painting of squares in squares", compose=nested_squares),
    "stripes": Style(noun="stripe painting", compose=stripes),
    "targets": Style(noun="target of rings", compose=targets),
    "tiles": Style(noun="pattern of quarter-circle tiles", compose=tiles),
    "tilted-planes": Style(noun="composition of tilted planes", compose=tilted_planes),
    "waves": Style(noun="op-art wave", compose=waves),
}
