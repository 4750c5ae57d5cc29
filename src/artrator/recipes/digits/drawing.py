"""Draw a digit from a seed: a way of writing it, a hand that strays, a slant, a pen."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from artrator.recipes.digits.glyphs import WAYS, Points

DIGITS = tuple(str(digit) for digit in range(len(WAYS)))
SIDE_PX = 32  # of the sheet; lengths are in its pixels, however finely it is seen
PAPER, INK = (246, 241, 231), (28, 35, 64)

_PIECES = 6  # straight ones between two points of a stroke
_HEIGHT_PX, _MARGIN_PX = (19.0, 24.0), 1.5
_THICKNESS_PX, _OVAL, _HOLD = (2.3, 4.2), (0.0, 0.4), (0.4, 1.2)
_STRAY = (0.024, 0.014)  # of the paper's waves, one and two to the sheet


def draw_digit(seed: int, digit: int, size_px: int = SIDE_PX) -> NDArray[np.float32]:
    """Draw the digit of a seed, (size_px, size_px), ink from 0 to 1; the same drawing at every size."""
    rng = np.random.default_rng([seed, digit])
    strokes = WAYS[digit](rng)
    waves = _waves(rng)
    lines = _placed([_strayed(_bent(stroke), waves) for stroke in strokes], rng)
    thickness_px, nib, hold = (rng.uniform(*each) for each in (_THICKNESS_PX, _OVAL, _HOLD))
    return _inked(lines, size_px, thickness_px=thickness_px, nib=nib, hold=hold)


def draw_digits(seeds: Iterable[int]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw a digit for each seed, the ten in turn: (N, SIDE_PX, SIDE_PX), and which they are, (N,)."""
    listed = list(seeds)
    digits = np.array([seed % len(DIGITS) for seed in listed], np.int64)
    return np.stack([draw_digit(seed, digit) for seed, digit in zip(listed, digits.tolist(), strict=True)]), digits


def on_paper(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give a drawing its colours, (H, W, 3)."""
    colours = np.float32(PAPER) + ink[..., None] * (np.float32(INK) - np.float32(PAPER))
    return (colours + 0.5).astype(np.uint8)


def _bent(points: Points) -> Points:
    """Lead a smooth line through the points (Catmull & Rom 1974), with corners where a point comes twice."""
    before, after = np.vstack([points[:1], points[:-2]]), np.vstack([points[2:], points[-1:]])
    start, end = points[:-1], points[1:]
    corner = (start == end).all(1)
    first, last = np.append(True, corner[:-1])[:, None], np.append(corner[1:], True)[:, None]
    leaving = np.where(first, end - start, (end - before) / 2)
    coming = np.where(last, end - start, (after - start) / 2)
    t = (np.arange(_PIECES) / _PIECES)[:, None, None]
    away = (2 * t**3 - 3 * t**2 + 1) * start + (t**3 - 2 * t**2 + t) * leaving
    back = (3 * t**2 - 2 * t**3) * end + (t**3 - t**2) * coming
    return np.vstack([(away + back).transpose(1, 0, 2).reshape(-1, 2), points[-1:]])


def _waves(rng: np.random.Generator) -> NDArray[np.float64]:
    """Choose how far each wave of the paper moves x and y, (2, 3, 3): none of the standing one."""
    return rng.standard_normal((2, 3, 3)) * np.array([0, *_STRAY])[np.maximum(*np.indices((3, 3)))]


def _strayed(points: Points, waves: NDArray[np.float64]) -> Points:
    """Move points as the paper bends below them, so that strokes that meet still meet."""
    x, y = np.cos(np.pi * points[:, :, None] * np.arange(3)).transpose(1, 0, 2)
    return points + np.einsum("pa,pb,dab->pd", x, y, waves)


def _placed(lines: list[Points], rng: np.random.Generator) -> list[Points]:
    """Slant, turn, size and place a digit on the sheet."""
    slant, turn, wide = rng.normal(0.08, 0.14), rng.normal(0, 0.05), rng.normal(0.86, 0.09)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[wide, -slant], [0, 1]]
    turned = [(line - 0.5) @ matrix.T for line in lines]
    low, high = np.vstack(turned).min(0), np.vstack(turned).max(0)
    free_px = SIDE_PX - 2 * _MARGIN_PX - _THICKNESS_PX[1]
    scale = min(rng.uniform(*_HEIGHT_PX) / (high[1] - low[1]), free_px / float((high - low).max()))
    room = (free_px - scale * (high - low)) / 2
    centre = SIDE_PX / 2 + np.clip(rng.normal(0, 0.8, 2), -room, room)
    return [(line - (low + high) / 2) * scale + centre for line in turned]


def _inked(lines: list[Points], size_px: int, *, thickness_px: float, nib: float, hold: float) -> NDArray[np.float32]:
    """Draw lines with an oval nib held at an angle: seen with the nib's long side shortened, the nib is a disc."""
    cos, sin = np.cos(hold), np.sin(hold)
    turn = np.array([[cos / (1 - nib), sin / (1 - nib)], [-sin, cos]], np.float32)
    starts = np.vstack([line[:-1] for line in lines]).astype(np.float32) @ turn.T
    along = np.vstack([line[1:] for line in lines]).astype(np.float32) @ turn.T - starts
    squared = (along * along).sum(1)
    axis = (np.arange(size_px, dtype=np.float32) + np.float32(0.5)) * np.float32(SIDE_PX / size_px)
    u = axis[None, :] * turn[0, 0] + axis[:, None] * turn[0, 1]
    v = axis[None, :] * turn[1, 0] + axis[:, None] * turn[1, 1]
    nearest = np.full((size_px, size_px), np.inf, np.float32)
    for (x, y), (dx, dy), length in zip(starts, along, squared, strict=True):
        if length > 0:
            right, down = u - x, v - y
            share = np.clip((right * dx + down * dy) / length, 0, 1)
            right, down = right - share * dx, down - share * dy
            np.minimum(nearest, right * right + down * down, out=nearest)
    distance = (np.sqrt(nearest) - np.float32(thickness_px / 2)) * np.float32(1 - nib / 2)
    return np.clip(0.5 - distance * np.float32(size_px / SIDE_PX), 0, 1)
