"""The one tree of errors: kinds know nothing of HTTP, the command line or the SDK, which each map them once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

Fact = str | int | float | bool | None


class ArtratorError(Exception):
    """Say what is wrong and what to do about it.

    code: stable, lower_snake_case, for programs.
    message: one or two sentences for people.
    field: the input at fault, as a dotted path (`inputs.seed`), where there is one.
    facts: further values for programs; never secrets.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, code: str, message: str, *, field: str | None = None, **facts: Fact) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.facts: Mapping[str, Fact] = facts

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.message!r})"

    def at(self, field: str | None) -> Self:
        """Give the same error about another field: whoever asked may know the input by another path."""
        message = self.message.replace(self.field, field) if self.field and field else self.message
        moved = type(self).__new__(type(self))
        ArtratorError.__init__(moved, self.code, message, field=field, **self.facts)
        return moved

    def __reduce__(self) -> tuple[object, ...]:
        """Cross to another process as what it is, whatever the class's constructor takes."""
        return _restored, (type(self), self.code, self.message, self.field, dict(self.facts))


def _restored(
    kind: type[ArtratorError], code: str, message: str, field: str | None, facts: Mapping[str, Fact]
) -> ArtratorError:
    error = kind.__new__(kind)
    ArtratorError.__init__(error, code, message, field=field, **facts)
    return error


class Invalid(ArtratorError):
    """The request can never succeed as it is."""

    kind = "invalid"


class Unauthenticated(ArtratorError):
    """Nobody known is asking."""

    kind = "unauthenticated"


class Forbidden(ArtratorError):
    """Somebody known is asking for what is not theirs."""

    kind = "forbidden"


class NotFound(ArtratorError):
    """There is no such thing, or the caller may not know of it."""

    kind = "not_found"


class Conflict(ArtratorError):
    """The state of things does not allow it now."""

    kind = "conflict"


class PaymentRequired(ArtratorError):
    """The wallet does not cover the price."""

    kind = "payment_required"


class TooLarge(ArtratorError):
    """More bytes, elements or files than the limit."""

    kind = "too_large"


class RateLimited(ArtratorError):
    """Too many requests; facts carry `retry_after_s`."""

    kind = "rate_limited"


class Unavailable(ArtratorError):
    """Something that the platform needs is down or busy; the same request may succeed later."""

    kind = "unavailable"


KINDS: Mapping[str, type[ArtratorError]] = {
    each.kind: each
    for each in (
        Invalid,
        Unauthenticated,
        Forbidden,
        NotFound,
        Conflict,
        PaymentRequired,
        TooLarge,
        RateLimited,
        Unavailable,
    )
}
"""Every kind by its name, so that the SDK raises the class that the server raised."""
