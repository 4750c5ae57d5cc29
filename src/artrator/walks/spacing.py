"""Which frames of a walk to render next, so that a coarse film is there soon and neighbours end equally far apart.

In rounds: first the keyframes, then what makes a coarse film of them, then one frame a gap; each planned from the frames of the
rounds before alone and done before the next is planned. So the same walk has the same frames however many workers render it,
and each but the keyframes lies between two that were there before its round.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heapreplace
from itertools import pairwise
from statistics import fmean, pstdev

from artrator.walks.arc import Arc
from artrator.walks.path import Easing, Path, eased, time_of

COARSE = 8
"""Frames until which every gap is cut, however alike its ends look: only then is it known where a walk goes."""
WORTH = 0.5
"""Of the longest gap: one shorter than that is left for later rounds, which know more of how long the others are. A frame is
never taken back, so one that came too early would stay too near to its neighbours."""
FIRST = 4
"""Of those, what comes first: the others lie evenly then by what these look like. More rounds would leave workers idle."""
DIGITS = 9
"""Of a place that was computed: what a frame's row and its URL say, and far finer than any gap."""
NARROWEST = 1 / 64
"""Of the gap that frames placed by the way alone would have: what changes in less is a jump, which no frame between makes
smaller; cut again and again it would swallow all frames, up to places that are no longer told apart."""
STILL = 1e-6
"""Of a way, what counts as its distance where nothing on it changes."""


class SpacingKind(StrEnum):
    """How frames are placed: so that neighbours look equally different, or by the way alone."""

    EVEN = "even"
    UNIFORM = "uniform"


@dataclass(frozen=True, slots=True)
class _Gap:
    """Two neighbours, and the time between them: in units of distance, since what is far takes long."""

    begin: float
    end: float
    time: float


@dataclass(frozen=True, slots=True)
class _Way:
    """The rendered places of one way, keyframes included; the easing says how long each stretch of it takes."""

    places: Sequence[float]
    arc: Arc
    easing: Easing

    @property
    def gaps(self) -> list[_Gap]:
        """Give what lies between neighbours."""
        times = [self._time(place) for place in self.places]
        pairs = zip(pairwise(self.places), pairwise(times), strict=True)
        return [_Gap(begin, end, self.arc.length * (after - before)) for (begin, end), (before, after) in pairs]

    def place(self, gap: _Gap, share: float, narrowest: float) -> float:
        """Find the place at a share of a gap's time; on both sides of it at least the narrowest gap is left."""
        before, after = self._time(gap.begin), self._time(gap.end)
        place = self.arc.place(self.arc.length * eased(self.easing, before + share * (after - before)))
        # however steep it looks, some of the gap lies on both sides
        inside = max(0.05 * (gap.end - gap.begin), narrowest)
        return round(min(max(place, gap.begin + inside), gap.end - inside), DIGITS)

    def _time(self, place: float) -> float:
        return time_of(self.easing, self.arc.gone(place) / self.arc.length)


class Spacing:
    """A state machine: `next_places` are to be rendered, `rendered` tells what came of them.

    To take a walk up again, tell it `rendered` of all that was, in the same order. A loop's last neighbour is its first
    frame, whose place is 0.
    """

    def __init__(
        self,
        path: Path,
        frames: int,
        *,
        kind: SpacingKind = SpacingKind.EVEN,
        easing: Easing = Easing.LINEAR,
    ) -> None:
        path.check_frames(frames)
        self._path, self._frames, self._kind, self._easing = path, frames, kind, easing
        self._targets = path.uniform(frames, easing) if kind is SpacingKind.UNIFORM else []
        self._narrowest = NARROWEST * path.length / frames
        self._places: list[float] = []
        self._settled: list[float] = []
        self._distances: dict[tuple[float, float], float] = {}
        self._round = [float(keyframe) for keyframe in range(path.keyframes)]
        self._handed: set[float] = set()

    @property
    def is_done(self) -> bool:
        """Tell whether every frame is rendered."""
        return self.count >= self._frames

    @property
    def count(self) -> int:
        """Count the rendered frames."""
        return len(self._places) - (1 if self._is_closed else 0)

    @property
    def places(self) -> list[float]:
        """Give the places of the rendered frames, ascending."""
        return self._places[: self.count]

    def next_places(self, limit: int) -> list[float]:
        """Give places to render now, the largest gap's first, each once; none while the round's last are under way."""
        chosen = [place for place in self._round if place not in self._handed][: max(0, limit)]
        self._handed.update(chosen)
        return chosen

    @property
    def is_last_round(self) -> bool:
        """Tell whether what is under way is all that is missing: no frame will begin between it and its neighbours."""
        return len(self._round) >= self._frames - self.count

    def neighbours(self, place: float) -> tuple[float | None, float | None]:
        """Give the nearest rendered frames on the left and on the right of a place, None where there is none."""
        at = bisect_left(self._places, place)
        left = self._places[at - 1] if at else None
        beyond = at + 1 if at < len(self._places) and self._places[at] == place else at
        right = self._places[beyond] if beyond < len(self._places) else None
        if self._path.is_loop and right == self._path.length:
            right = 0.0
        if self._path.is_loop and place == 0 and self._places:
            left = self.places[-1] if self.places[-1] > 0 else None
        return left, right

    def rendered(self, place: float, distance_left: float | None, distance_right: float | None) -> None:
        """Take in a rendered frame, and how far it is from those that `neighbours` named before."""
        if place in self._places:
            raise ValueError(f"the frame at {place} is rendered already")
        # a loop's first frame also stands at its end
        ends_at = float(self._path.length) if self._path.is_loop and place == 0 else place
        for at in {place, ends_at}:
            insort(self._places, at)
        self._note(self._beside(ends_at)[0], ends_at, distance_left)
        self._note(place, self._beside(place)[1], distance_right)
        self._round = [each for each in self._round if each != place]
        if not self._round and not self.is_done:
            self._settled = list(self._places)
            self._round, self._handed = self._next_round(), set()

    def bounds(self, place: float) -> tuple[float, float, float | None] | None:
        """Give the frames of earlier rounds between which a frame is to come, and how far apart those are, if that is known.

        They are the same whatever of this round is there. None where there are none, as in the first round.
        """
        at = bisect_left(self._settled, place)
        if not 0 < at < len(self._settled):
            return None
        left, right = self._settled[at - 1], self._settled[at]
        is_end = self._path.is_loop and right == self._path.length
        return left, 0.0 if is_end else right, self._distances.get((left, right))

    def distances(self) -> list[float | None]:
        """Give the distance of each rendered frame to the next, in order; of a loop's last to its first."""
        between = [self._distances.get(pair) for pair in pairwise(self._places)]
        return between if self._is_closed else [*between, None]

    def evenness(self) -> float | None:
        """Give the coefficient of variation of what was to be even: neighbours' distances, as the easing weighs them."""
        is_whole = all(pair in self._distances for pair in pairwise(self._places))
        if len(self._places) < 3 or not is_whole or not self._has_keyframes():
            return None
        times = [gap.time for way in self._ways() for gap in way.gaps]
        mean = fmean(times)
        return pstdev(times) / mean if mean > 0 else None

    @property
    def _is_closed(self) -> bool:
        return self._path.is_loop and bool(self._places) and self._places[-1] == self._path.length

    def _has_keyframes(self) -> bool:
        found = (bisect_left(self._places, way) for way in range(self._path.length + 1))
        return all(at < len(self._places) and self._places[at] == way for way, at in enumerate(found))

    def _beside(self, place: float) -> tuple[float | None, float | None]:
        at = bisect_left(self._places, place)
        left = self._places[at - 1] if at else None
        return left, self._places[at + 1] if at + 1 < len(self._places) else None

    def _note(self, left: float | None, right: float | None, distance: float | None) -> None:
        if left is not None and right is not None and distance is not None and math.isfinite(distance):
            self._distances[left, right] = max(0.0, distance)

    # Rounds

    def _next_round(self) -> list[float]:
        if self._targets:
            return self._halved()
        ways = self._ways()
        # one at least is wide enough: the frames that are missing would else have made all of them narrower
        gaps = [(way, gap) for way in ways for gap in way.gaps if gap.end - gap.begin >= 2 * self._narrowest]
        gaps.sort(key=lambda each: -each[1].time)
        missing = self._frames - self.count
        times = [gap.time for _, gap in gaps]
        if self.count < COARSE:
            shares = [[part / count for part in range(1, count)] for count in self._coarse_parts(times, missing)]
        else:
            allotted = zip(_allotted(times, missing), times, strict=True)
            shares = [
                [(count // 2) / count] if count > 1 and time >= WORTH * times[0] else [] for count, time in allotted
            ]
        cuts = zip(gaps, shares, strict=True)
        return [way.place(gap, share, self._narrowest) for (way, gap), each in cuts for share in each]

    def _coarse_parts(self, times: list[float], missing: int) -> list[int]:
        """Cut every gap, the longest first where there are too few frames for that, and the longest more often."""
        wanted = (FIRST if self.count < FIRST and self._frames >= COARSE else COARSE) - self.count
        more = min(missing, wanted) - len(times)
        if more >= 0:
            return _allotted(times, more, least=2)
        cut = min(missing, len(times))
        return [2] * cut + [1] * (len(times) - cut)

    def _halved(self) -> list[float]:
        """Give the middle target of every gap that has some, the gap of most first."""
        bounds = [bisect_left(self._targets, place) for place in self._places]
        wide = sorted(((end - begin, begin) for begin, end in pairwise(bounds) if end - begin > 1), reverse=True)
        return [self._targets[begin + width // 2] for width, begin in wide]

    def _ways(self) -> list[_Way]:
        bounds = [bisect_left(self._places, way) for way in range(self._path.length + 1)]
        return [self._way(self._places[begin : end + 1]) for begin, end in pairwise(bounds)]

    def _way(self, places: list[float]) -> _Way:
        distances = [self._distances.get((begin, end), 0.0) + STILL * (end - begin) for begin, end in pairwise(places)]
        return _Way(places, Arc(places, distances), self._easing)


def _allotted(times: list[float], frames: int, *, least: int = 1) -> list[int]:
    """Cut gaps by so many frames altogether; give the parts of each, so that no part is much longer than another.

    least: the parts of every gap before. Source: Huntington 1921, "The Mathematical Theory of the Apportionment of Representatives", equal proportions.
    """
    parts = [least] * len(times)
    heap = [(-time / math.sqrt(least * (least + 1)), index) for index, time in enumerate(times)]
    heapify(heap)
    for _ in range(frames):
        index = heap[0][1]
        parts[index] += 1
        heapreplace(heap, (-times[index] / math.sqrt(parts[index] * (parts[index] + 1)), index))
    return parts
