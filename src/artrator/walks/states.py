"""The latents that frames keep for those that begin between them: blobs until the walk ends, the newest in memory."""

from __future__ import annotations

from collections import OrderedDict

from artrator.kernel.errors import NotFound
from artrator.predictions.outputs import BUCKET_LETTERS
from artrator.storage.blobs import Blobs
from artrator.walks.walk import Frame, Walk

HELD_BYTES = 64 << 20


class KeptStates:
    """What the frames of one walk have kept."""

    def __init__(self, walk: Walk, blobs: Blobs) -> None:
        self._walk = walk
        self._blobs = blobs
        self._keys: dict[float, str] = {}
        self._held: OrderedDict[float, bytes] = OrderedDict()
        self._held_bytes = 0

    def know(self, frame: Frame) -> None:
        """Note what a stored frame has kept."""
        if frame.states is not None:
            self._keys[frame.place] = frame.states

    async def store(self, place: float, states: bytes) -> str:
        """Store what a frame keeps; give the key. Raises: Unavailable."""
        walk = self._walk
        key = f"walks/{walk.id[:BUCKET_LETTERS]}/{walk.id}-{place:.9f}-{walk.attempt}.bin"
        await self._blobs.put(key, states)
        self._hold(place, states)
        self._keys[place] = key
        return key

    async def read(self, place: float) -> bytes | None:
        """Give what a frame has kept; None where it kept nothing. Raises: Unavailable."""
        held = self._held.get(place)
        if held is not None:
            self._held.move_to_end(place)
            return held
        key = self._keys.get(place)
        if key is None:
            return None
        try:
            states = await self._blobs.get(key)
        except NotFound:
            return None
        self._hold(place, states)
        return states

    async def forget(self, frame: Frame) -> None:
        """Delete what a frame has kept that is not to be."""
        if frame.states is not None:
            await self._blobs.delete(frame.states)

    def _hold(self, place: float, states: bytes) -> None:
        self._held_bytes += len(states) - len(self._held.pop(place, b""))
        self._held[place] = states
        while self._held_bytes > HELD_BYTES and len(self._held) > 2:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= len(oldest)
