"""The last net: an error that nobody foresaw is logged once, with the request's id, and answered without a word of it."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from artrator.http.problems import problem
from artrator.http.request_id import KEY

log = logging.getLogger(__name__)


class Bugs:
    """Turn whatever escapes the routes into a 500 that passes through the other middlewares like any reply."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; where a reply was under way already, the connection breaks instead."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception:
            request_id: str | None = scope.get(KEY)
            log.exception("a bug in %s %s (request %s)", scope["method"], scope["path"], request_id)
            if started:
                raise
            response = problem(
                500,
                "internal_error",
                "Something went wrong here; it is logged, and not your fault.",
                facts={"request_id": request_id},
            )
            await response(scope, receive, send)
