"""Bound how large a body may be and how slowly it may come, by what arrives and not by what was announced."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope

from artrator.http.settings import HttpSettings
from artrator.identity.caller import access_of
from artrator.identity.service import Identity
from artrator.kernel.errors import Invalid, TooLarge
from artrator.wire.provide import services_of

BUNDLE_UPLOADS = re.compile(r"/v1/models/[^/]+/[^/]+/versions/?")
FILE_UPLOADS = re.compile(r"/v1/files/?")


class BodyLimit:
    """Refuse a body as soon as it is known to be too large or too slow.

    Only a known caller may send a large one, and only where large ones are expected: a stranger's upload must not
    reach the disk before somebody asks who they are.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings

    async def of(self, scope: Scope, receive: Receive) -> LimitedBody:
        """Give a request's body. Raises: Invalid and TooLarge for what it announces; as `access_of`."""
        announced = _announced_bytes(scope)
        max_bytes = await self._max_bytes(scope, announced)
        if announced is not None and announced > max_bytes:
            raise _too_large(max_bytes)
        return LimitedBody(receive, max_bytes=max_bytes, deadline_s=self._deadline_s)

    def _deadline_s(self, received_bytes: int) -> float:
        return self._settings.body_grace_s + received_bytes / self._settings.body_bytes_per_s

    async def _max_bytes(self, scope: Scope, announced: int | None) -> int:
        settings = self._settings
        large = _large_limit(scope, settings)
        if large is None or (announced is not None and announced <= settings.max_body_bytes):
            return settings.max_body_bytes
        access = await access_of(HTTPConnection(scope), services_of(scope).get(Identity))
        return settings.max_body_bytes if access is None else large


def _large_limit(scope: Scope, settings: HttpSettings) -> int | None:
    if scope["method"] != "POST" or not scope["path"].startswith(("/v1/models/", "/v1/files")):
        return None
    if BUNDLE_UPLOADS.fullmatch(scope["path"]):
        return settings.max_upload_bytes
    return settings.max_file_bytes if FILE_UPLOADS.fullmatch(scope["path"]) else None


def _announced_bytes(scope: Scope) -> int | None:
    lengths: list[bytes] = [value for name, value in scope["headers"] if name == b"content-length"]
    if not lengths:
        return None
    if len(lengths) > 1 or not lengths[0].isdigit() or len(lengths[0]) > 15:
        raise Invalid("content_length_malformed", "Content-Length is one whole number.")
    return int(lengths[0])


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge("body_too_large", f"A body here has at most {max_bytes} bytes.", max_bytes=max_bytes)


class LimitedBody:
    """One request's body while it arrives."""

    def __init__(self, receive: Receive, *, max_bytes: int, deadline_s: Callable[[int], float]) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._begun_at = asyncio.get_running_loop().time()
        self._received_bytes = 0
        self._complete = False
        self.was_refused = False

    async def receive(self) -> Message:
        """Give the next part. Raises: TooLarge, Invalid."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._begun_at + self._deadline_s(self._received_bytes)):
                message = await self._receive()
        except TimeoutError:
            self.was_refused = True
            raise Invalid("body_too_slow", "The body came too slowly; try again on a better connection.") from None
        if message["type"] == "http.request":
            self._received_bytes += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
        if self._received_bytes > self._max_bytes:
            self.was_refused = True
            raise _too_large(self._max_bytes)
        return message

    async def read(self) -> bytes | None:
        """Give all of it; None where the client is gone before its end. Raises: as `receive`."""
        parts: list[bytes] = []
        while not self._complete:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
        return parts[0] if len(parts) == 1 else b"".join(parts)
