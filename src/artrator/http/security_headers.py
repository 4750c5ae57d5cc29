"""Tell browsers what our pages never do, so that a flaw in one is not a way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from starlette.types import Scope

from artrator.wire.bare import RawHeader

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # signed addresses must not travel to other sites
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=()",
}

PRIVATE_PATHS = ("/v1/", "/v2/")
_ALWAYS: Sequence[RawHeader] = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
_NAMES = frozenset(name for name, _ in _ALWAYS)
_NO_STORE: RawHeader = (b"cache-control", b"no-store")
_TRANSPORT_SECURITY: RawHeader = (b"strict-transport-security", b"max-age=31536000")


def guarding_headers(scope: Scope, present: Sequence[RawHeader]) -> list[RawHeader]:
    """Give the headers to add to a reply; a route that knows better (a file that strangers made) sets its own first."""
    is_private, is_https = scope["path"].startswith(PRIVATE_PATHS), scope["scheme"] == "https"
    return _guards(tuple([name for name, _ in present]), is_private, is_https)


@lru_cache(maxsize=512)
def _guards(present: tuple[bytes, ...], is_private: bool, is_https: bool) -> list[RawHeader]:
    names = {name.lower() for name in present}
    added = list(_ALWAYS) if names.isdisjoint(_NAMES) else [each for each in _ALWAYS if each[0] not in names]
    if _NO_STORE[0] not in names and is_private:
        added.append(_NO_STORE)
    if is_https:
        added.append(_TRANSPORT_SECURITY)
    return added
