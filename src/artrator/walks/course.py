"""Which frames of a walk come next and what each begins from: the rules of spacing and sharing, taken up where its rows end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from artrator.walks.passages import Passages
from artrator.walks.path import Easing, Ending, Path
from artrator.walks.sharing import Neighbours, Share, share
from artrator.walks.spacing import Spacing, SpacingKind
from artrator.walks.walk import Frame

EVENNESS_STEPS = 100
"""Evenness looks at every frame: of a long walk it is measured so often, not at each frame."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A frame that is to come: its place, the frames of earlier rounds beside it, and what it shares with them."""

    place: float
    left: float | None
    right: float | None
    share: Share


class Shape(Protocol):
    """What of a walk decides on its frames, whether it is asked for or under way."""

    @property
    def keyframes(self) -> Sequence[object]: ...
    @property
    def frames(self) -> int: ...
    @property
    def ending(self) -> Ending: ...
    @property
    def easing(self) -> Easing: ...
    @property
    def spacing(self) -> SpacingKind: ...
    @property
    def sharing(self) -> float: ...


class Course:
    """What is rendered of a walk, and what is to be."""

    def __init__(self, shape: Shape, passages: Passages, frames: Sequence[Frame] = ()) -> None:
        self._path = Path(len(shape.keyframes), shape.ending)
        self._spacing = Spacing(self._path, shape.frames, kind=shape.spacing, easing=shape.easing)
        self._passages = passages
        self._dial = shape.sharing
        self._every = max(1, shape.frames // EVENNESS_STEPS)
        self._evenness: float | None = None
        self._kept: dict[float, Sequence[int]] = {}
        for frame in sorted(frames, key=lambda each: each.sequence):
            self.landed(frame.place, frame.distance_left, frame.distance_right, kept=frame.kept)

    def next_stages(self, limit: int) -> Sequence[Stage]:
        """Give frames to render now, each once; none while others must land first."""
        is_last = self._spacing.is_last_round
        return [self._stage(place, is_last=is_last) for place in self._spacing.next_places(limit)]

    def neighbours(self, place: float) -> tuple[float | None, float | None]:
        """Give the nearest rendered frames on the left and on the right of a place."""
        return self._spacing.neighbours(place)

    def landed(
        self, place: float, distance_left: float | None, distance_right: float | None, *, kept: Sequence[int]
    ) -> None:
        """Note a frame, how far its neighbours are, and from which states of it others may begin."""
        self._kept[place] = kept
        self._spacing.rendered(place, distance_left, distance_right)

    def evenness(self) -> float | None:
        """Tell how even the distances are, or were a few frames ago."""
        if self._evenness is None or self._spacing.is_done or self._spacing.count % self._every == 0:
            self._evenness = self._spacing.evenness()
        return self._evenness

    def _stage(self, place: float, *, is_last: bool) -> Stage:
        left, right, distance = self._spacing.bounds(place) or (None, None, None)
        beside = Neighbours(
            left=left,
            right=right,
            distance=distance,
            kept_left=() if left is None else self._kept.get(left, ()),
            kept_right=() if right is None else self._kept.get(right, ()),
        )
        shared = share(self._path, place, beside, self._passages.at(place), dial=self._dial, is_last=is_last)
        return Stage(place, left, right, shared)
