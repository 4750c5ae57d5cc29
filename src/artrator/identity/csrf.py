"""Prove that a request which carries a session cookie was sent by our own page and not by another site."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from artrator.kernel.errors import Forbidden

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token_of(session_token: str) -> str:
    """Derive a session's CSRF token: it ends with the session, needs no storage, and does not reveal the session."""
    digest = hmac.digest(session_token.encode(), b"artrator csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def check_csrf(connection: HTTPConnection, session_token: str, *, origins: frozenset[str]) -> None:
    """Raise Forbidden unless an unsafe request by cookie has our origin and the session's CSRF token."""
    if connection.scope.get("method", "GET") in SAFE_METHODS and connection.scope["type"] == "http":
        return
    check_origin(connection, origins=origins)
    given = connection.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), csrf_token_of(session_token).encode()):
        raise Forbidden(
            "csrf_token_invalid",
            f"Send the session's CSRF token in the header {CSRF_HEADER}; GET /v1/sessions/current gives it.",
        )


def check_origin(connection: HTTPConnection, *, origins: frozenset[str]) -> None:
    """Raise Forbidden where a browser says that another site's page sent the request.

    Programs send neither header and pass; a browser cannot be made to leave them out or to lie in them.
    origins: `scheme://host` that are ours besides the one that the request was sent to.
    """
    origin = connection.headers.get("Origin")
    if origin is None:
        foreign = connection.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
    else:
        own = urlsplit(str(connection.url))
        scheme = {"ws": "http", "wss": "https"}.get(own.scheme, own.scheme)
        foreign = origin != f"{scheme}://{own.netloc}" and origin not in origins
    if foreign:
        raise Forbidden("origin_foreign", "Another site's page sent this request; only our own pages may.")
