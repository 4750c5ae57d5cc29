"""Files that stand in the request itself (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from artrator.kernel.errors import Invalid
from artrator.predictions.fetch import too_large


def is_data_url(url: str) -> bool:
    """Tell whether a URL carries its content."""
    return url[:5].lower() == "data:"


def read_data_url(url: str, *, max_bytes: int, field: str) -> bytes:
    """Give the content. Raises: Invalid, TooLarge."""
    head, comma, body = url.partition(",")
    if not comma:
        raise Invalid("data_url_malformed", "A data URL has a comma before its content.", field=field)
    if len(body) > max_bytes * 4:
        raise too_large(max_bytes, field)
    if head.lower().endswith(";base64"):
        try:
            content = base64.b64decode(unquote_to_bytes(body) if "%" in body else body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Invalid("base64_malformed", "The content of this data URL is not base64.", field=field) from error
    else:
        content = unquote_to_bytes(body)
    if len(content) > max_bytes:
        raise too_large(max_bytes, field)
    return content
