"""Bound how fast one address or one account may ask, before and after it is known who asks."""

from __future__ import annotations

import math

from starlette.types import Scope

from artrator.http.asgi import peer_of
from artrator.http.settings import RateLimitSettings
from artrator.http.token_buckets import Allowance, TokenBuckets
from artrator.kernel.errors import RateLimited
from artrator.wire.address import limited_as
from artrator.wire.admission import offer_admission
from artrator.wire.bare import RawHeader

LOGIN_ROUTES = frozenset({("POST", "/v1/sessions"), ("POST", "/v1/users"), ("POST", "/v1/account/password")})


class RateLimits:
    """Charge a request to its address; when its caller turns out to be known, to the caller instead.

    So a wrong key costs its sender's address, many people behind one address do not take each other's share, and
    trying keys makes no fresh share.
    """

    def __init__(self, settings: RateLimitSettings) -> None:
        entries = settings.max_entries
        self._addresses = TokenBuckets(per_s=settings.address_per_s, burst=settings.address_burst, max_entries=entries)
        self._callers = TokenBuckets(per_s=settings.caller_per_s, burst=settings.caller_burst, max_entries=entries)
        self._logins = TokenBuckets(per_s=settings.login_per_s, burst=settings.login_burst, max_entries=entries)

    def admission(self, scope: Scope) -> Admission:
        """Begin the charges of a request, for whoever learns who is asking."""
        admission = Admission(limited_as(peer_of(scope)), self._addresses, self._callers, self._logins)
        offer_admission(scope, admission)
        return admission


class Admission:
    """The charges of one request."""

    def __init__(self, address: str, addresses: TokenBuckets, callers: TokenBuckets, logins: TokenBuckets) -> None:
        self._address = address
        self._addresses = addresses
        self._callers = callers
        self._logins = logins
        self._caller: str | None = None
        self._allowance: Allowance | None = None

    def charge(self, scope: Scope) -> None:
        """Charge the address, and its few log-ins where this is one. Raises: RateLimited."""
        self._settle(self._addresses.take(self._address))
        if (scope["method"], scope["path"].rstrip("/")) in LOGIN_ROUTES:
            self._settle(self._logins.take(self._address))

    def charge_caller(self, caller: str) -> None:
        """Charge the caller, once a request, and the address no more."""
        if self._caller is None:
            self._caller = caller
            self._addresses.give_back(self._address)
            self._settle(self._callers.take(caller))

    def _settle(self, allowance: Allowance) -> None:
        self._allowance = allowance
        if not allowance.granted:
            wait_s = max(1, math.ceil(allowance.retry_after_s))
            raise RateLimited(
                "too_many_requests", f"Too many requests; try again in {wait_s} seconds.", retry_after_s=wait_s
            )

    def headers(self) -> list[RawHeader]:
        """Tell what is left."""
        allowance = self._allowance
        if allowance is None:
            return []
        return [
            (b"ratelimit-limit", b"%d" % allowance.limit),
            (b"ratelimit-remaining", b"%d" % allowance.remaining),
            (b"ratelimit-reset", b"%d" % math.ceil(allowance.full_after_s)),
        ]
