"""Refuse requests for a host that is not ours, and addresses that no route could mean."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from artrator.http.asgi import headers_of, refuse
from artrator.kernel.errors import Invalid

MAX_TARGET_BYTES = 8192
MAX_HOST_LETTERS = 253


class RequestLine:
    """Check Host, path and query before anything reads them.

    A name that resolves to this machine but is not ours would let another site's page read a private server
    (DNS rebinding). Plain addresses cannot be used so, since a page's origin then is the address itself.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        error = self._fault(scope) if scope["type"] == "http" else None
        if error is not None:
            await refuse(error, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _fault(self, scope: Scope) -> Invalid | None:
        hosts = headers_of(scope).getlist("Host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return Invalid(
                "host_unknown", "This server does not answer to that name; the setting http.allowed_hosts adds names."
            )
        query: bytes = scope["query_string"]
        if "\0" in scope["path"] or b"%00" in query or b"\0" in query:
            return Invalid("request_line_malformed", "An address must not contain NUL.")
        if len(scope["path"]) + len(query) > MAX_TARGET_BYTES:
            return Invalid("request_line_malformed", f"An address has {MAX_TARGET_BYTES} characters at most.")
        return None

    def _is_ours(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        if not colon or host.endswith("]"):
            name = host
        elif not port.isdecimal():
            return False
        if len(name) > MAX_HOST_LETTERS:
            return False
        name = name.lower()
        if name.startswith("[") and name.endswith("]"):
            return _is_address(name[1:-1])
        return name in self._hosts or _is_address(name)


@lru_cache(maxsize=1024)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
