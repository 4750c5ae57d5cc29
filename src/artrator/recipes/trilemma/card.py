"""The card: what was measured, as a table, and on five scales that compare, as a plot."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from artrator.recipes.trilemma.rounds import Round

AXES = ("diversity", "coverage", "fidelity", "speed", "resolution")
SLOWEST = 1e-3  # of the fastest: there the scale of speed ends
COLOURS = {
    "GAN": "#c8553d",
    "VAE": "#1f6f8b",
    "flow": "#588157",
    "diffusion": "#7b5ea7",
    "diffusion, few steps": "#b8860b",
}
LEFT_PX, PANEL_PX, GAP_PX, TOP_PX, ROW_PX, BAR_PX = 150, 108, 16, 34, 26, 16
FIGURE_PX = 32  # to the right of a bar
_PLACE = re.compile(r"(<!-- card -->\n).*?(<!-- end of the card -->)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A starter on five scales from 0 to 1, where 1 is as good as drawings, the fastest, or the largest."""

    diversity: float
    coverage: float
    fidelity: float
    speed: float
    resolution: float


def score(rounds: Sequence[Round]) -> list[Scores]:
    """Set what was measured on scales that compare.

    Diversity, coverage and density are shares of what further drawings reach, 1 at most; speed is on a logarithmic scale down to
    SLOWEST of the fastest; resolution is the side that was learned, as a share of the largest.
    """
    fastest = max(each.pictures_per_s for each in rounds)
    largest = max(each.contender.learned_px for each in rounds)
    return [
        Scores(
            diversity=min(1.0, each.likeness.diversity / each.limit.diversity),
            coverage=min(1.0, each.likeness.coverage / each.limit.coverage),
            fidelity=min(1.0, each.likeness.density / each.limit.density),
            speed=max(0.0, 1 - math.log(each.pictures_per_s / fastest) / math.log(SLOWEST)),
            resolution=each.contender.learned_px / largest,
        )
        for each in rounds
    ]


def table(rounds: Sequence[Round]) -> str:
    """Write the card as a table in Markdown."""
    head = (
        "| | learned, printed px | diversity | coverage | density | precision | pictures/s, one thread | alone, two threads "
        "| Mpx/s |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "".join(_row(each) for each in rounds)


def _row(told: Round) -> str:
    like, limit, who = told.likeness, told.limit, told.contender
    pairs = ((like.diversity, limit.diversity), (like.coverage, limit.coverage), (like.density, limit.density))
    cells = [
        f"`{who.name}` ({who.kind})",
        f"{who.learned_px}, {who.printed_px}",
        *(f"{got:.2f} of {most:.2f}" for got, most in (*pairs, (like.precision, limit.precision))),
        f"{told.pictures_per_s:.3g}",
        f"{1000 * told.alone_s:.0f} ms",
        f"{told.pixels_per_s / 1e6:.2g}",
    ]
    return f"| {' | '.join(cells)} |\n"


def write_card(folder: Path, rounds: Sequence[Round]) -> None:
    """Write `trilemma.svg` into a folder, and the table into the place that its `trilemma.md` keeps for it."""
    (folder / "trilemma.svg").write_text(plot(rounds), "utf-8")
    page = folder / "trilemma.md"
    text = page.read_text("utf-8") if page.exists() else "<!-- card -->\n<!-- end of the card -->\n"
    page.write_text(_PLACE.sub(lambda found: found[1] + table(rounds) + found[2], text), "utf-8")


def plot(rounds: Sequence[Round]) -> str:
    """Draw the scores as bars, a panel a scale and a row a starter, in SVG."""
    scores = score(rounds)
    parts: list[str] = []
    for column, axis in enumerate(AXES):
        left_px = LEFT_PX + column * (PANEL_PX + GAP_PX)
        parts.append(_text(left_px, TOP_PX - 12, axis, "start", "bold"))
        for row, (each, scored) in enumerate(zip(rounds, scores, strict=True)):
            parts += _bar(left_px, TOP_PX + row * ROW_PX, getattr(scored, axis), COLOURS[each.contender.kind])
    for row, each in enumerate(rounds):
        parts.append(_text(LEFT_PX - 12, TOP_PX + row * ROW_PX + 13, each.contender.name, "end"))
    width_px, height_px = LEFT_PX + len(AXES) * (PANEL_PX + GAP_PX), TOP_PX + len(rounds) * ROW_PX + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width_px} {height_px}" font-family="sans-serif" '
        f'font-size="12" fill="#333"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _bar(left_px: float, top_px: float, share: float, colour: str) -> list[str]:
    box, whole_px = f'x="{left_px}" y="{top_px}" height="{BAR_PX}"', PANEL_PX - FIGURE_PX
    return [
        f'<rect {box} width="{whole_px}" fill="#eee"/>',
        f'<rect {box} width="{whole_px * share:.1f}" fill="{colour}"/>',
        _text(left_px + PANEL_PX, top_px + 13, f"{share:.2f}", "end"),
    ]


def _text(x: float, y: float, words: str, anchor: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'
