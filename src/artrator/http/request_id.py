"""Name every request, so that what a user saw and what was logged can be brought together."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from artrator.kernel.ids import new_id

HEADER = b"x-request-id"
KEY = "artrator.request_id"


class RequestId:
    """Give each request a fresh id in its reply; one that a client sends is ignored, since it could be another's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[KEY] = new_id()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER, scope[KEY].encode())]
            await send(message)

        await self._app(scope, receive, send_named)
