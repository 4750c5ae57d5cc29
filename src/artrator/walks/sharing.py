"""Where a frame begins that shares its neighbours' early steps, and which of its own states it keeps for others.

Frames form a tree: keyframes are rendered alone, and what comes between two frames begins from a mix of both, the later the
more alike they look. After "latent blending" (Lutz 2022), and Decatur et al. 2025 (arXiv 2508.21032), who share the early
steps of prompts that are alike. docs/architecture/walks.md has the measurements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from artrator.walks.path import Path

DEFAULT_DIAL = 0.5
PER_HALVING = 0.5
"""How much later frames begin, of the steps and by the full dial, each time that their neighbours are half as far apart."""
LATEST = 0.875
"""Of the steps: some are left to every frame, or a film would be a mere cross-fade."""
MOST_KEPT = 8
"""States that a frame keeps at most: where a model takes more steps, frames begin at every second of them, or fewer."""
TYPICAL_LENGTH = 3.0
"""Of a way, as features measure it between two pictures that have little in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How a frame is rendered.

    begin: the state index at which it begins between its neighbours, None where it is rendered alone.
    weight: of the right neighbour, 0 to 1. keep: the state indices from which others may begin. evaluations: what it costs.
    """

    begin: int | None
    weight: float
    keep: tuple[int, ...]
    evaluations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The two frames between which a frame comes; None where there is none, as beside a keyframe that is rendered first.

    distance: between the two. kept_left, kept_right: the state indices that they kept.
    """

    left: float | None
    right: float | None
    distance: float | None = None
    kept_left: Sequence[int] = ()
    kept_right: Sequence[int] = ()


def share(
    path: Path,
    place: float,
    beside: Neighbours,
    passed: tuple[int, int],
    *,
    dial: float = DEFAULT_DIAL,
    is_last: bool = False,
) -> Share:
    """Say how to render the frame at a place.

    passed: the state indices that frames of its way pass, as `shared_range` gives them; at a keyframe those of the way
    beside it that passes more. is_last: no frame will begin beside it.
    """
    first, last = passed
    if last <= first:
        return Share(begin=None, weight=0.0, keep=(), evaluations=0)
    begin, weight = _begin(path, place, beside, passed, dial)
    began = first if begin is None else begin
    keep = () if is_last or dial <= 0 else tuple(each for each in _begins(passed) if each >= began)
    return Share(begin=begin, weight=weight, keep=keep, evaluations=last - began)


def expected_evaluations(path: Path, frames: int, passed: Sequence[tuple[int, int]], *, dial: float) -> int:
    """Estimate what all frames of a walk cost together, were its ways of typical length; passed: of each way."""
    alone = [last - first for first, last in passed]
    total = float(max(alone) * path.keyframes)
    between = (frames - path.keyframes) / path.length
    for way in passed:
        level = 0
        left = between
        while left > 0:
            count, distance = min(left, 2.0**level), TYPICAL_LENGTH / 2**level
            total += count * (way[1] - _wanted(distance, way, dial))
            left, level = left - count, level + 1
    return round(total)


def _begin(
    path: Path, place: float, beside: Neighbours, passed: tuple[int, int], dial: float
) -> tuple[int | None, float]:
    left, right = beside.left, beside.right
    if path.keyframe(place) is not None or left is None or right is None or dial <= 0:
        return None, 0.0
    right = float(path.length) if right <= left else right  # a loop's first frame is its last neighbour
    way = math.floor(place)
    if not (way <= left < place < right <= way + 1):
        return None, 0.0
    distance = TYPICAL_LENGTH * (right - left) if beside.distance is None else beside.distance
    wanted = _wanted(distance, passed, dial)
    common = [index for index in beside.kept_left if index in beside.kept_right and passed[0] < index < passed[1]]
    if wanted <= passed[0] or not common:
        return None, 0.0
    begin = max((index for index in common if index <= wanted), default=min(common))
    return begin, (place - left) / (right - left)


def _wanted(distance: float, passed: tuple[int, int], dial: float) -> int:
    """Give the state index at which a frame may begin whose neighbours are so far apart; the first where it may not."""
    halvings = math.log2(1 / max(distance, 1e-9))
    part = min(dial * PER_HALVING * halvings, LATEST)
    first, last = passed
    reached = first + part * (last - first)
    return max((index for index in _begins(passed) if index <= reached), default=first) if dial > 0 else first


def _begins(passed: tuple[int, int]) -> range:
    """Give the state indices at which frames begin: after the first, and none too late."""
    first, last = passed
    every = max(1, -(-(last - first) // MOST_KEPT))
    return range(first + every, first + math.floor(LATEST * (last - first)) + 1, every)
