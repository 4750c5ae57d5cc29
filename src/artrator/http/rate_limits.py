"""Bound how fast one address or one account may ask, before and after it is known who asks."""

from __future__ import annotations

import math

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from artrator.http.asgi import peer_of, refuse
from artrator.http.settings import RateLimitSettings
from artrator.http.token_buckets import Allowance, TokenBuckets
from artrator.kernel.errors import RateLimited
from artrator.wire.address import limited_as
from artrator.wire.admission import offer_admission

LOGIN_ROUTES = frozenset({("POST", "/v1/sessions"), ("POST", "/v1/users"), ("POST", "/v1/account/password")})


class RateLimits:
    """Charge a request to its address; when its caller turns out to be known, to the caller instead.

    So a wrong key costs its sender's address, many people behind one address do not take each other's share, and
    trying keys makes no fresh share.
    """

    def __init__(self, app: ASGIApp, *, settings: RateLimitSettings) -> None:
        self._app = app
        entries = settings.max_entries
        self._addresses = TokenBuckets(per_s=settings.address_per_s, burst=settings.address_burst, max_entries=entries)
        self._callers = TokenBuckets(per_s=settings.caller_per_s, burst=settings.caller_burst, max_entries=entries)
        self._logins = TokenBuckets(per_s=settings.login_per_s, burst=settings.login_burst, max_entries=entries)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 429."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        admission = _Admission(limited_as(peer_of(scope)), self._addresses, self._callers)

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_headers(admission.allowance)]
            await send(message)

        try:
            admission.charge_address()
            if (scope["method"], scope["path"].rstrip("/")) in LOGIN_ROUTES:
                admission.charge_login(self._logins)
        except RateLimited as error:
            await refuse(error, scope, receive, send_counted)
            return
        offer_admission(scope, admission)
        await self._app(scope, receive, send_counted)


class _Admission:
    """The charges of one request."""

    def __init__(self, address: str, addresses: TokenBuckets, callers: TokenBuckets) -> None:
        self._address = address
        self._addresses = addresses
        self._callers = callers
        self._caller: str | None = None
        self.allowance: Allowance | None = None

    def charge_address(self) -> None:
        """Charge the address."""
        self._settle(self._addresses.take(self._address))

    def charge_login(self, logins: TokenBuckets) -> None:
        """Charge the address's few log-ins."""
        self._settle(logins.take(self._address))

    def charge_caller(self, caller: str) -> None:
        """Charge the caller, once a request, and the address no more."""
        if self._caller is None:
            self._caller = caller
            self._addresses.give_back(self._address)
            self._settle(self._callers.take(caller))

    def _settle(self, allowance: Allowance) -> None:
        self.allowance = allowance
        if not allowance.granted:
            wait_s = max(1, math.ceil(allowance.retry_after_s))
            raise RateLimited(
                "too_many_requests", f"Too many requests; try again in {wait_s} seconds.", retry_after_s=wait_s
            )


def _headers(allowance: Allowance | None) -> list[tuple[bytes, bytes]]:
    if allowance is None:
        return []
    return [
        (b"ratelimit-limit", b"%d" % allowance.limit),
        (b"ratelimit-remaining", b"%d" % allowance.remaining),
        (b"ratelimit-reset", b"%d" % math.ceil(allowance.full_after_s)),
    ]
