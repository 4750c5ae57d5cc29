"""Ids that sort by their time of birth, so that keyset pages and index inserts stay cheap."""

from __future__ import annotations

import secrets
import time
from typing import NewType

UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
ApiKeyId = NewType("ApiKeyId", str)
ModelId = NewType("ModelId", str)
Digest = NewType("Digest", str)
"""sha256 of a bundle, 64 lowercase hexadecimal digits; it names a version."""
PredictionId = NewType("PredictionId", str)
AccountId = NewType("AccountId", str)
TransferId = NewType("TransferId", str)
FileId = NewType("FileId", str)

ID_LENGTH = 26
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME_BITS, _RANDOM_BITS = 48, 80


def new_id() -> str:
    """Make a ULID in lower case: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford's base 32."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << _TIME_BITS) - 1)) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an id, before it reaches a query."""
    return len(text) == ID_LENGTH and all(letter in _ALPHABET for letter in text)
