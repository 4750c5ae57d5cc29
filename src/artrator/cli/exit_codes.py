"""What a verb's exit code says: one number a kind of error, all between 1 and 125."""

from __future__ import annotations

from collections.abc import Mapping

from artrator.kernel.errors import ArtratorError

REFUSED = 1
USAGE = 2
STOPPED = 20
BUG = 70

_CODE_OF_KIND: Mapping[str, int] = {
    "invalid": 3,
    "unauthenticated": 4,
    "forbidden": 5,
    "not_found": 6,
    "conflict": 7,
    "payment_required": 8,
    "too_large": 9,
    "rate_limited": 10,
    "unavailable": 11,
    "run_failed": 12,
}


def exit_code_of(error: ArtratorError) -> int:
    """Give the exit code for an error of ours."""
    return _CODE_OF_KIND.get(error.kind, REFUSED)
