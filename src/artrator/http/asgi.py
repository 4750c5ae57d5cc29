"""What the middlewares share: the shape of an ASGI app, its headers, and how to refuse a request from outside the router."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from artrator.http.problems import problem_of
from artrator.kernel.errors import ArtratorError


async def refuse(error: ArtratorError, scope: Scope, receive: Receive, send: Send, *, close: bool = False) -> None:
    """Answer a request with a problem, and with `close` ask the server to drop the connection and what it still sends."""
    response = problem_of(error)
    if close:
        response.headers["Connection"] = "close"
    await response(scope, receive, send)


def headers_of(scope: Scope) -> Headers:
    """Give a request's headers."""
    return Headers(scope=scope)


def peer_of(scope: Scope) -> str:
    """Give the address that a request came from, after trusted proxies were believed."""
    client: tuple[str, int] | None = scope.get("client")
    return client[0] if client else "unknown"
