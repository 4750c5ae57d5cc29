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
    parts = urlsplit(chosen)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Invalid("url_malformed", f"{chosen!r} is no server address; write it like {DEFAULT_URL}.", field="url")
    return chosen


def request_headers(token: str | None) -> dict[str, str]:
    """Say who asks: the given token, else ARTRATOR_TOKEN, else nobody."""
    chosen = token or os.environ.get("ARTRATOR_TOKEN")
    headers = {"User-Agent": f"artrator-python/{__version__}"}
    if chosen:
        headers["Authorization"] = f"Bearer {chosen}"
    return headers
