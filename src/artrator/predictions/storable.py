"""Make what a stranger's model says fit for PostgreSQL, so that one odd character never spoils other people's commits."""

from __future__ import annotations

import math

import msgspec

from artrator.engine.execution.call import Json

_encode = msgspec.json.Encoder().encode


def storable_text(text: str) -> str:
    """Replace what a text column refuses: zero bytes and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def storable_json(value: Json) -> Json:
    """Replace what a jsonb column refuses, also numbers that are not finite (by null)."""
    try:
        text = _encode(value)  # writes null for numbers that are not finite
    except (msgspec.MsgspecError, UnicodeError, OverflowError):
        return _mended(value)
    return _mended(value) if b"\\u0000" in text else msgspec.json.decode(text)


def _mended(value: Json) -> Json:
    match value:
        case str():
            return storable_text(value)
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [_mended(each) for each in value]
        case dict():
            return {storable_text(name): _mended(each) for name, each in value.items()}
        case _:
            return value
