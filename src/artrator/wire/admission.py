"""Where a request's rate limit is known: the HTTP layer puts it there, and whoever learns who is asking charges it."""

from __future__ import annotations

from typing import Protocol

from starlette.types import Scope

_KEY = "artrator.admission"


class Admission(Protocol):
    """The rate limits of one request."""

    def charge_caller(self, caller: str) -> None:
        """Charge the request to a known caller instead of its address. Raises: RateLimited."""
        ...


def offer_admission(scope: Scope, admission: Admission) -> None:
    """Attach a request's rate limits to it."""
    scope[_KEY] = admission


def admit(scope: Scope, caller: str) -> None:
    """Charge a request to its caller, where rates are limited. Raises: RateLimited."""
    admission: Admission | None = scope.get(_KEY)
    if admission is not None:
        admission.charge_caller(caller)
