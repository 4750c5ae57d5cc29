"""The path of a walk: where on it the keyframes lie, what lies between which, and in which order a film shows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import assert_never

MIN_FRAMES, MAX_FRAMES = 2, 2000


class Ending(StrEnum):
    """What comes after the last keyframe; a ping-pong goes back over the frames that it has."""

    STOP = "stop"
    LOOP = "loop"
    PING_PONG = "ping-pong"


class Easing(StrEnum):
    """How fast a way is gone: at one pace, or slowly away from a keyframe and slowly up to the next."""

    LINEAR = "linear"
    SMOOTH = "smooth"


@dataclass(frozen=True, slots=True)
class Spot:
    """Between which keyframes a place lies; at a keyframe both are it, and part is 0."""

    start: int
    end: int
    part: float


@dataclass(frozen=True, slots=True)
class Path:
    """The ways between keyframes. A place is 0 to `length`; whole numbers are keyframes, and a loop's `length` is its 0."""

    keyframes: int
    ending: Ending = Ending.STOP

    def __post_init__(self) -> None:
        if self.keyframes < 2:
            raise ValueError("a path has two keyframes at least")

    @property
    def is_loop(self) -> bool:
        """Tell whether the last way leads back to the first keyframe."""
        return self.ending is Ending.LOOP

    @property
    def length(self) -> int:
        """Count the ways."""
        return self.keyframes if self.is_loop else self.keyframes - 1

    def spot(self, place: float) -> Spot:
        """Find what a place lies between."""
        if not 0 <= place <= self.length:
            raise ValueError(f"no place of this path is {place}")
        start = math.floor(place)
        keyframe = start % self.keyframes
        if place == start:
            return Spot(keyframe, keyframe, 0.0)
        return Spot(keyframe, (start + 1) % self.keyframes, place - start)

    def keyframe(self, place: float) -> int | None:
        """Give the keyframe that lies at a place, if one does."""
        spot = self.spot(place)
        return spot.start if spot.start == spot.end else None

    def uniform(self, frames: int, easing: Easing = Easing.LINEAR) -> list[float]:
        """Place frames by the way alone, the keyframes among them: as equally many on each way as can be."""
        self.check_frames(frames)
        gaps = frames if self.is_loop else frames - 1
        bounds = [round(way * gaps / self.length) for way in range(self.length + 1)]
        places = [
            way + eased(easing, step / (end - begin))
            for way, (begin, end) in enumerate(pairwise(bounds))
            for step in range(end - begin)
        ]
        return places if self.is_loop else [*places, float(self.length)]

    def check_frames(self, frames: int) -> None:
        """Raises: ValueError where there are fewer frames than keyframes."""
        if frames < self.keyframes:
            raise ValueError("a walk has as many frames as keyframes at least")

    def film(self, frames: int) -> Sequence[int]:
        """Give the order in which a film shows frames that are sorted by place, once through."""
        match self.ending:
            case Ending.STOP | Ending.LOOP:
                return range(frames)
            case Ending.PING_PONG:
                return [*range(frames), *range(frames - 2, 0, -1)]
            case _:
                assert_never(self.ending)


def eased(easing: Easing, time: float) -> float:
    """Tell how much of a way is gone at a share of its time, both 0 to 1."""
    match easing:
        case Easing.LINEAR:
            return time
        case Easing.SMOOTH:
            return time * time * (3 - 2 * time)
        case _:
            assert_never(easing)


def time_of(easing: Easing, gone: float) -> float:
    """Tell at which share of its time so much of a way is gone: `eased`, the other way round."""
    match easing:
        case Easing.LINEAR:
            return gone
        case Easing.SMOOTH:
            return 0.5 - math.sin(math.asin(max(-1.0, min(1.0, 1 - 2 * gone))) / 3)
        case _:
            assert_never(easing)
