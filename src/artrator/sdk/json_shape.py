"""Read decoded JSON with types: a reply that has another shape than promised is one clear error."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from artrator.kernel.errors import Unavailable

Shape = TypeVar("Shape")


def read_json(content: bytes, shape: type[Shape]) -> Shape:
    """Decode a reply into a type. Raises: Unavailable when the server speaks another language."""
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.MsgspecError as error:
        raise Unavailable(
            "reply_not_understood", f"The server's reply is not what this client expects: {error}"
        ) from error
