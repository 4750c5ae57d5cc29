"""Money as whole micros of the platform's one currency, so that sums are exact."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import NewType

from artrator.kernel.errors import Invalid

Micros = NewType("Micros", int)
"""A millionth of the currency's unit: 1.00 is 1_000_000."""

PER_UNIT = 1_000_000
MAX_AMOUNT = Micros(10**15)
"""A milliard units: far above any real amount, far below 2**63."""


def parse_amount(text: str, *, field: str = "amount") -> Micros:
    """Read a decimal amount of units such as `0.01`.

    Raises: Invalid unless it is a finite, non-negative number with at most six decimals.
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise Invalid("amount_malformed", f"{text[:40]!r} is not an amount; write it like 0.01.", field=field) from None
    if not value.is_finite() or value < 0 or value > MAX_AMOUNT // PER_UNIT:
        raise Invalid("amount_out_of_range", "An amount lies between 0 and 1,000,000,000.", field=field)
    micros = value * PER_UNIT
    if micros != micros.to_integral_value():
        raise Invalid("amount_too_fine", "An amount has at most six decimals.", field=field)
    return Micros(int(micros))


def format_amount(amount: Micros, currency: str = "") -> str:
    """Write micros as units with two to six decimals: `0.01 USD`."""
    sign = "-" if amount < 0 else ""
    units, fraction = divmod(abs(amount), PER_UNIT)
    decimals = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{decimals} {currency}".rstrip()


def split_amount(amount: Micros, weights: Sequence[int]) -> tuple[Micros, ...]:
    """Split an amount in proportion to weights, to the last micro.

    What division leaves over goes to the largest remainders first (the earlier weight on a tie), so the parts
    always add up to the amount.
    """
    total = sum(weights)
    if amount < 0 or total <= 0 or min(weights) < 0:
        raise ValueError("an amount is split over weights that are not negative and not all zero")
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(amount * weights[index] % total), index))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return tuple(Micros(part) for part in parts)
