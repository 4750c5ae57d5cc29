"""Tell browsers what our pages never do, so that a flaw in one is not a way in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

RawHeader = tuple[bytes, bytes]
_ALWAYS: Sequence[RawHeader] = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
_NO_STORE: RawHeader = (b"cache-control", b"no-store")
_TRANSPORT_SECURITY: RawHeader = (b"strict-transport-security", b"max-age=31536000")


class SecurityHeaders:
    """Add them to every reply; a route that knows better (a file that strangers made) sets its own first."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _guarded(scope, message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, send_guarded)


def _guarded(scope: Scope, headers: Iterable[RawHeader]) -> list[RawHeader]:
    kept = list(headers)
    present = {name.lower() for name, _ in kept}
    kept.extend(each for each in _ALWAYS if each[0] not in present)
    if scope["path"].startswith("/v1/") and _NO_STORE[0] not in present:
        kept.append(_NO_STORE)
    if scope["scheme"] == "https":
        kept.append(_TRANSPORT_SECURITY)
    return kept
