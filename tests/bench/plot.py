"""Lines over one axis as an SVG file that documents can show: panels below one another, each with its own scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH_PX, PANEL_PX, LEFT_PX, RIGHT_PX, GAP_PX = 760, 170, 70, 150, 46
COLOURS = ("#1f6f8b", "#c8553d", "#588157", "#7b5ea7", "#b8860b", "#555555", "#d46a9f", "#000000")
TICKS = 4

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Lines that share a scale. title: what is measured, with its unit. log_y: by its logarithm; all y are above 0."""

    title: str
    lines: Mapping[str, Points]
    log_y: bool = False


def draw(file: Path, panels: Sequence[Panel], *, x_title: str, log_x: bool = False) -> None:
    """Write panels with one x axis. log_x: x by its logarithm, with a tick at each x that there is."""
    xs = sorted({x for panel in panels for points in panel.lines.values() for x, _ in points})
    place = _Scale(xs[0], xs[-1], LEFT_PX, WIDTH_PX - RIGHT_PX, log=log_x)
    ticks = xs if log_x else _round_steps(xs[0], xs[-1])
    parts = [_panel(panel, place, ticks, GAP_PX + index * (PANEL_PX + GAP_PX)) for index, panel in enumerate(panels)]
    height_px = GAP_PX + len(panels) * (PANEL_PX + GAP_PX)
    middle = (LEFT_PX + WIDTH_PX - RIGHT_PX) / 2
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {height_px}" '
        f'font-family="sans-serif" font-size="12" fill="#333"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}{_text(middle, height_px - 8, x_title, 'middle')}</svg>\n"
    )


class _Scale:
    """Where a value lies in pixels."""

    def __init__(self, low: float, high: float, first_px: float, last_px: float, *, log: bool = False) -> None:
        self._turn = math.log if log else float
        self._low, self._range = self._turn(low), (self._turn(high) - self._turn(low)) or 1.0
        self._first, self._length = first_px, last_px - first_px

    def __call__(self, value: float) -> float:
        return round(self._first + (self._turn(value) - self._low) / self._range * self._length, 1)


def _panel(panel: Panel, place_x: _Scale, ticks: Sequence[float], top_px: float) -> str:
    highest = max((y for points in panel.lines.values() for _, y in points), default=1.0) or 1.0
    lowest = min((y for points in panel.lines.values() for _, y in points), default=1.0)
    steps = _powers(lowest, highest) if panel.log_y else _round_steps(0.0, highest)
    place_y = _Scale(steps[0], max(highest, steps[-1]), top_px + PANEL_PX, top_px, log=panel.log_y)
    right = WIDTH_PX - RIGHT_PX
    parts = [_text(LEFT_PX, top_px - 10, panel.title, "start", "bold")]
    for step in steps:
        parts.append(f'<path d="M{LEFT_PX} {place_y(step)}H{right}" stroke="#ddd"/>')
        parts.append(_text(LEFT_PX - 8, place_y(step) + 4, f"{step:g}", "end"))
    parts += [_text(place_x(tick), top_px + PANEL_PX + 16, f"{tick:g}", "middle") for tick in ticks]
    for number, (name, points) in enumerate(panel.lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = "L".join(f"{place_x(x)} {place_y(y)}" for x, y in points)
        legend_px = top_px + 12 + number * 18
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<path d="M{right + 10} {legend_px - 4}h16" stroke="{colour}" stroke-width="3"/>')
        parts.append(_text(right + 32, legend_px, name, "start"))
    return "".join(parts)


def _text(x: float, y: float, words: str, anchor: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'


def _round_steps(low: float, high: float) -> list[float]:
    """Give about TICKS round numbers from low to at most high, the first one at or above low."""
    rough = (high - low) / TICKS or 1.0
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step)
    return [round(number * step, 10) for number in range(first, math.floor(high / step) + 1)]


def _powers(low: float, high: float) -> list[float]:
    """Give the powers of ten from the one below low to the last that is at most high."""
    return [10.0**power for power in range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)]
