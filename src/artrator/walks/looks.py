"""How far the frames of a walk look apart: features of those that are near are held, those of others made again when asked for."""

from __future__ import annotations

import logging
from collections import OrderedDict

from artrator.engine.errors import ModelFault, ModelQuarantined
from artrator.kernel.errors import Invalid, NotFound, TooLarge
from artrator.storage.blobs import Blobs
from artrator.walks.patience import patiently
from artrator.walks.perception import Features, Perception, distance

log = logging.getLogger(__name__)

HELD_BYTES = 32 << 20
UNSEEN = (ModelFault, ModelQuarantined, Invalid, TooLarge, NotFound)
"""The extractor cannot read a picture: a walk goes on without its distances."""


class Looks:
    """What the frames of one walk look like. account: whose runs the extractor's are."""

    def __init__(self, perception: Perception, blobs: Blobs, *, account: str, deadline_s: float) -> None:
        self._perception = perception
        self._blobs = blobs
        self._account = account
        self._deadline_s = deadline_s
        self._held: OrderedDict[float, Features] = OrderedDict()
        self._held_bytes = 0
        self._keys: dict[float, str] = {}

    async def see(self, place: float, picture: bytes) -> None:
        """Look at a frame that was rendered."""
        features = await self._features(picture)
        if features is not None:
            self._hold(place, features)

    def know(self, place: float, key: str) -> None:
        """Note where a stored frame lies, to look at it again."""
        self._keys[place] = key

    async def distance(self, one: float | None, other: float | None) -> float | None:
        """Measure how far two frames look apart; None where one is not there, or cannot be looked at."""
        if one is None or other is None or one == other:
            return None
        first, second = await self._of(one), await self._of(other)
        return None if first is None or second is None else distance(first, second)

    async def _of(self, place: float) -> Features | None:
        held = self._held.get(place)
        if held is not None:
            self._held.move_to_end(place)
            return held
        key = self._keys.get(place)
        if key is None:
            return None
        features = await self._features(await patiently(lambda: self._blobs.get(key)))
        if features is not None:
            self._hold(place, features)
        return features

    async def _features(self, picture: bytes) -> Features | None:
        try:
            return await patiently(
                lambda: self._perception.features(picture, account=self._account, deadline_s=self._deadline_s)
            )
        except UNSEEN as error:
            log.warning("a frame cannot be looked at: %s", error.message)
            return None

    def _hold(self, place: float, features: Features) -> None:
        earlier = self._held.pop(place, None)
        self._held_bytes += features.nbytes - (0 if earlier is None else earlier.nbytes)
        self._held[place] = features
        while self._held_bytes > HELD_BYTES and len(self._held) > 2:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= oldest.nbytes
