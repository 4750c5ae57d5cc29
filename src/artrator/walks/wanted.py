"""What a caller asks for when they ask for a walk or its price."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from artrator.predictions.composition import LoraRef, VersionRef
from artrator.predictions.prediction import Json
from artrator.predictions.request_keys import RequestKey
from artrator.walks.path import Easing, Ending
from artrator.walks.spacing import SpacingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedWalk:
    """A walk as its caller words it; nothing of it is checked against the model yet."""

    version: VersionRef
    keyframes: tuple[Mapping[str, Json], ...]
    input: Mapping[str, Json]
    frames: int
    ending: Ending
    easing: Easing
    spacing: SpacingKind
    sharing: float
    fps: int
    title: str = ""
    loras: tuple[LoraRef, ...] = ()

    def request_key(self, key: str | None) -> RequestKey | None:
        """Give the Idempotency-Key with a hash of what is asked, so that one used for two things is noticed."""
        if key is None:
            return None
        text = msgspec.json.encode(self, order="deterministic")
        return RequestKey(key=key, request_hash=hashlib.sha256(text).hexdigest())
