"""What a blob may be called: a key is a path in every store, so only harmless ones exist."""

from __future__ import annotations

import re

from artrator.kernel.errors import Invalid

MAX_KEY_LENGTH = 512
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}"
_KEY = re.compile(rf"{_SEGMENT}(/{_SEGMENT}){{0,15}}")


def check_key(key: str) -> str:
    """Return a key that is safe in a folder, in a bucket and in a URL without quoting.

    Raises: Invalid for anything absolute, empty, hidden, climbing (`..`) or with other characters than
    letters, digits and `_ . - /`.
    """
    if len(key) > MAX_KEY_LENGTH or _KEY.fullmatch(key) is None:
        raise Invalid("blob_key_malformed", "A blob's key is made of letters, digits, _ . - and /.", field="key")
    return key
