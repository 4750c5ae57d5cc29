"""One reply on its way out: what is added to every reply, and what is known of it for the log and the figures."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope, Send

from artrator.http.body_limit import LimitedBody
from artrator.http.compression import compressed, may_compress
from artrator.http.problems import bug, problem_of
from artrator.http.rate_limits import Admission
from artrator.http.request_id import REQUEST_ID, name_request
from artrator.http.security_headers import guarding_headers
from artrator.kernel.errors import ArtratorError
from artrator.wire.bare import BareReply, RawHeader

NO_REPLY = 499
"""The status that is counted where the client went away before a reply began."""
_CLOSE: RawHeader = (b"connection", b"close")


class Exit:
    """The way to one client. close: ask the server to drop the connection and what the client still sends."""

    __slots__ = (
        "_held",
        "_request_id",
        "_scope",
        "_send",
        "admission",
        "body",
        "close",
        "is_complete",
        "route",
        "status",
    )

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._request_id = name_request(scope)
        self.admission: Admission | None = None
        self.body: LimitedBody | None = None
        self.close = False
        self.is_complete = False
        self.route: str | None = None
        self.status = NO_REPLY
        self._held: Message | None = None

    @property
    def has_started(self) -> bool:
        """Tell whether a reply is under way."""
        return self.status != NO_REPLY

    async def send(self, message: Message) -> None:
        """Send a part of a reply, as any ASGI application does."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = self._with_ours(list(message.get("headers", ())))
            if self.route is None and may_compress(self._scope, message):
                self._held = message
                return
        else:
            self.is_complete = not message.get("more_body", False)
            if self._held is not None:
                message = await self._release(self._held, message)
        await self._send(message)

    async def _release(self, start: Message, body: Message) -> Message:
        """Send the head that waited for its body; give the body."""
        self._held = None
        if self.is_complete:
            start, body = compressed(start, body)
        await self._send(start)
        return body

    async def reply(self, reply: BareReply) -> None:
        """Send a whole reply."""
        length = (b"content-length", b"%d" % len(reply.body))
        self.status = reply.status
        headers = self._with_ours([*reply.headers, length])
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})
        self.is_complete = True
        await self._send({"type": "http.response.body", "body": reply.body})

    async def refuse(self, error: ArtratorError, receive: Receive) -> None:
        """Answer with a problem."""
        await problem_of(error, path=self._scope["path"])(self._scope, receive, self.send)

    async def admit_bug(self, receive: Receive) -> None:
        """Answer that something went wrong, without a word of what."""
        await bug(self._scope.get(REQUEST_ID), path=self._scope["path"])(self._scope, receive, self.send)

    def _with_ours(self, headers: list[RawHeader]) -> list[RawHeader]:
        if self.close or (self.body is not None and self.body.was_refused):
            headers.append(_CLOSE)
        if self.admission is not None:
            headers += self.admission.headers()
        headers += guarding_headers(self._scope, headers)
        headers.append(self._request_id)
        return headers
