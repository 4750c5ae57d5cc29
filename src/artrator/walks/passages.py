"""Which states of the sampler the frames of each way pass, so that it is known where they may begin within others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from artrator.bundle.manifest import Manifest
from artrator.bundle.values import InputValue
from artrator.engine.pipelines.walkable import shared_range
from artrator.walks.path import Path


class Passages:
    """The ranges of a walk. keyframes: each with all its inputs, checked."""

    def __init__(self, path: Path, manifest: Manifest, keyframes: Sequence[Mapping[str, InputValue]]) -> None:
        count = len(keyframes)
        self._path = path
        self._of_way = [
            shared_range(manifest, keyframes[way], keyframes[(way + 1) % count]) for way in range(path.length)
        ]

    @property
    def are_empty(self) -> bool:
        """Tell whether there is nothing to share."""
        return all(last <= first for first, last in self._of_way)

    def at(self, place: float) -> tuple[int, int]:
        """Give the first state that a frame passes, and one after the last; of a keyframe, of the longer way beside it."""
        ways = {math.floor(place), math.ceil(place) - 1}
        if self._path.is_loop:
            ways = {way % self._path.length for way in ways}
        ranges = [self._of_way[way] for way in ways if 0 <= way < self._path.length]
        return max(ranges, key=lambda each: each[1] - each[0])
