"""Money never appears or vanishes by rounding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.kernel.errors import Invalid
from artrator.kernel.money import MAX_AMOUNT, Micros, format_amount, parse_amount, split_amount

amounts = st.integers(0, MAX_AMOUNT).map(Micros)


@given(amounts, st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any))
def test_the_parts_of_a_split_add_up_to_the_amount(amount: Micros, weights: list[int]) -> None:
    parts = split_amount(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    assert all(
        abs(part - amount * weight / sum(weights)) <= 1 + amount * 1e-12
        for part, weight in zip(parts, weights, strict=True)
    )


@given(amounts)
def test_an_amount_that_is_written_reads_back(amount: Micros) -> None:
    assert parse_amount(format_amount(amount)) == amount


@pytest.mark.parametrize("text", ["", "ten", "-1", "NaN", "Infinity", "1e99", "0.0000001", "1,5", "1" * 5000])
def test_a_malformed_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_amount(text)
