"""What the rules of the door read of a request."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope


def headers_of(scope: Scope) -> Headers:
    """Give a request's headers."""
    return Headers(scope=scope)


def peer_of(scope: Scope) -> str:
    """Give the address that a request came from, after trusted proxies were believed."""
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else "unknown"
