"""Which replica takes a run: the same one for the same bundle, so that files and sessions are there, within a load bound."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

LOAD_BOUND = 1.25
"""How much more than the mean a replica may have before its bundles' runs go to the next one."""


def rank(digest: str, loads: Mapping[str, int], *, slots: int) -> list[str]:
    """Order replicas for a run of a bundle, the one to ask first in front.

    loads: requests on each replica. slots: calls that a replica runs at once; no run waits while another has a free one.
    Every caller finds the same order without being told, and a replica that comes or goes moves its own bundles alone.
    Source: rendezvous hashing, Thaler and Ravishankar 1998; the bound, Mirrokni, Thorup and Zadimoghaddam 2018.
    """
    bound = LOAD_BOUND * (sum(loads.values()) + 1) / max(1, len(loads))
    preferred = sorted(loads, key=lambda replica: _weight(digest, replica), reverse=True)
    free = [replica for replica in preferred if loads[replica] < slots]
    within = [replica for replica in preferred if slots <= loads[replica] < bound]
    beyond = [replica for replica in preferred if loads[replica] >= max(slots, bound)]
    return free + within + sorted(beyond, key=lambda replica: loads[replica])


@lru_cache(maxsize=65_536)
def _weight(digest: str, replica: str) -> bytes:
    """Draw how much a replica prefers a bundle, the same draw everywhere."""
    return hashlib.blake2b(f"{digest} {replica}".encode(), digest_size=8).digest()
