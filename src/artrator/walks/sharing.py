"""Where a frame begins that shares its neighbours' early steps, and which of its own states it keeps for others.

Frames form a tree: coarse ones are rendered alone, and each that comes between two begins from a mix of both, the later the
closer they are. After "latent blending" (Lutz 2022) and Decatur et al. 2025 (arXiv 2508.21032), who share the early steps of
similar prompts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from artrator.walks.path import Path

DEFAULT_DIAL = 0.5
FIRST_GAP = 0.25
"""Of a way: between frames further apart, nothing is shared."""
EARLIEST, LATEST = 0.5, 0.75
"""Of the steps, by the default dial: where frames begin just within FIRST_GAP, and where at the latest."""
PER_HALVING = 0.125
"""How much later, of the steps, frames begin each time that their neighbours are half as far apart."""


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


def share(
    path: Path,
    place: float,
    neighbours: tuple[float | None, float | None],
    passed: tuple[int, int],
    *,
    dial: float = DEFAULT_DIAL,
    is_last: bool = False,
) -> Share:
    """Say how to render the frame at a place.

    neighbours: as `Spacing.neighbours` gives them. passed: the state indices that frames of its way pass, as `shared_range`
    gives them; of a keyframe, the longer of both ways beside it. is_last: no frame will begin beside it.
    """
    first, last = passed
    if last <= first:
        return Share(begin=None, weight=0.0, keep=(), evaluations=0)
    left, right = _within_way(path, place, neighbours)
    is_alone = path.keyframe(place) is not None or left is None or right is None
    begin = None if is_alone else _begin(right - left, passed, dial)
    widest = max((place - left if left is not None else 1.0), (right - place if right is not None else 1.0))
    kept = () if is_last else _kept(widest, passed, dial)
    weight = 0.0 if left is None or right is None or begin is None else (place - left) / (right - left)
    evaluations = last - (first if begin is None else begin)
    return Share(begin=begin, weight=weight, keep=kept, evaluations=evaluations)
