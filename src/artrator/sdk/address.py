"""Which server the clients talk to, and as whom."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from artrator import __version__
from artrator.kernel.errors import Invalid

DEFAULT_URL = "http://127.0.0.1:8000"


def server_url(url: str | None) -> str:
    """Take the given address, else ARTRATOR_URL, else this machine's. Raises: Invalid unless it is http(s)."""
    chosen = (url or os.environ.get("ARTRATOR_URL") or DEFAULT_URL).rstrip("/")
    if not _is_address(chosen):
        raise Invalid("url_malformed", f"{chosen!r} is no server address; write it like {DEFAULT_URL}.", field="url")
    return chosen


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and text.isprintable()
    except ValueError:  # brackets that do not close, a port that is no number
        return False


def request_headers(token: str | None) -> dict[str, str]:
    """Say who asks: the given token, else ARTRATOR_TOKEN, else nobody. Raises: Invalid for what cannot be a token."""
    chosen = token or os.environ.get("ARTRATOR_TOKEN")
    headers = {"User-Agent": f"artrator-python/{__version__}"}
    if chosen:
        if not (chosen.isascii() and chosen.isprintable()) or " " in chosen:
            raise Invalid(
                "token_malformed", "The token (ARTRATOR_TOKEN) is no API key: art_ and letters.", field="token"
            )
        headers["Authorization"] = f"Bearer {chosen}"
    return headers
