"""Ids that sort by their time of birth, so that keyset pages and index inserts stay cheap."""

from __future__ import annotations

import os
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
ItemId = NewType("ItemId", str)
"""Of what somebody put in the gallery."""

ID_LENGTH = 26
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_TIME_BITS, _RANDOM_LETTERS = 48, 16
_LETTER_OF_BYTE = bytes(ord(_ALPHABET[byte % 32]) for byte in range(256))
_last: tuple[int, str] = (0, "")


def new_id() -> str:
    """Make a ULID in lower case: 48 bits of milliseconds, 80 random bits, 26 characters of Crockford's base 32."""
    global _last  # noqa: PLW0603 - the letters of this millisecond, which several ids share
    milliseconds, letters = time.time_ns() // 1_000_000, _last
    if letters[0] != milliseconds:
        _last = letters = (milliseconds, _written(milliseconds))
    return letters[1] + os.urandom(_RANDOM_LETTERS).translate(_LETTER_OF_BYTE).decode()


def lowest_id(moment: datetime) -> str:
    """Give the lowest of all ids that may be born at a moment, to look for those born since."""
    return _written(int(moment.timestamp() * 1000)) + _ALPHABET[0] * _RANDOM_LETTERS


def _written(milliseconds: int) -> str:
    value = milliseconds & ((1 << _TIME_BITS) - 1)
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(40, -1, -10)])


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an id, before it reaches a query."""
    return len(text) == ID_LENGTH and all(letter in _ALPHABET for letter in text)
