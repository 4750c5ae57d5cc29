"""What a run of each bundle takes of the engine, learned from the runs themselves."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from artrator.kernel.ids import Digest

NEWEST_WEIGHT = 0.2
"""How much the newest run counts against the ones before."""
MAX_KNOWN = 10_000
FIRST_GUESS_S = 0.1
"""What a run is booked with before any has ended; put right as soon as it does."""


@dataclass(slots=True)
class ServiceTimes:
    """Moving averages of the seconds that runs keep threads busy, by bundle and over all."""

    _by_digest: OrderedDict[Digest, float] = field(default_factory=OrderedDict[Digest, float])
    _any_s: float | None = None

    def known_s(self, digest: Digest) -> float | None:
        """Tell what a run of a bundle takes; None before one has ended."""
        return self._by_digest.get(digest)

    def expected_s(self, digest: Digest) -> float:
        """Guess what a run takes, by others where the bundle is new."""
        known_s = self._by_digest.get(digest, self._any_s)
        return FIRST_GUESS_S if known_s is None else known_s

    def learn(self, digest: Digest, busy_s: float) -> None:
        """Note what a run has just taken."""
        self._by_digest[digest] = _blend(self._by_digest.get(digest), busy_s)
        self._by_digest.move_to_end(digest)
        if len(self._by_digest) > MAX_KNOWN:
            self._by_digest.popitem(last=False)
        self._any_s = _blend(self._any_s, busy_s)

    def forget(self, digest: Digest) -> None:
        """Forget a bundle."""
        self._by_digest.pop(digest, None)


def _blend(before_s: float | None, newest_s: float) -> float:
    return newest_s if before_s is None else before_s + NEWEST_WEIGHT * (newest_s - before_s)
