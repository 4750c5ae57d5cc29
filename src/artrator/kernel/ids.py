"""Ids that sort by their time of birth, so that keyset pages and index inserts stay cheap."""

from __future__ import annotations

import secrets
import time
from datetime import datetime
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
WalkId = NewType("WalkId", str)

ID_LENGTH = 26
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_TIME_BITS, _RANDOM_BITS = 48, 80


def new_id() -> str:
    """Make a ULID in lower case: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford's base 32."""
    return _written(time.time_ns() // 1_000_000, secrets.randbits(_RANDOM_BITS))


def lowest_id(moment: datetime) -> str:
    """Give the lowest of all ids that may be born at a moment, to look for those born since."""
    return _written(int(moment.timestamp() * 1000), 0)


def _written(milliseconds: int, low_bits: int) -> str:
    value = (milliseconds & ((1 << _TIME_BITS) - 1)) << _RANDOM_BITS | low_bits
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)])


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an id, before it reaches a query."""
    return len(text) == ID_LENGTH and all(letter in _ALPHABET for letter in text)
