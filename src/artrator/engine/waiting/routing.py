"""Which worker takes a request: one that has the bundle loaded, unless that one is much busier than another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A worker that takes requests.

    load: requests in flight. slots: calls that it runs at once. knows: it has run the bundle lately.
    """

    index: int
    load: int
    slots: int
    knows: bool


def choose(candidates: Iterable[Candidate]) -> int:
    """Choose a worker by its index; ties go to the lower one.

    Loading a bundle a second time pays once the workers that have it would let the request wait and another would not.
    """
    everyone = sorted(candidates, key=lambda each: (each.load / each.slots, each.index))
    knowing = [each for each in everyone if each.knows]
    if knowing and (knowing[0].load < knowing[0].slots or everyone[0].load >= everyone[0].slots):
        return knowing[0].index
    return everyone[0].index
