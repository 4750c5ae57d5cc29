"""What a run moves adds up to its price, whatever the fee and however much of it is paid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.kernel.ids import PredictionId, UserId
from artrator.kernel.money import MAX_AMOUNT, Micros
from artrator.ledger.run_payment import PriceShare, RunPayment, hold, price_lines, release, settle
from artrator.ledger.transfer import TransferCode, TransferKind


def payment_of(price: int, fee_permille: int, *, buyer: str = "buyer") -> RunPayment:
    return RunPayment(
        run_id=PredictionId("run"),
        buyer=UserId(buyer),
        creator=UserId("creator"),
        price=Micros(price),
        fee_permille=fee_permille,
    )


prices = st.one_of(st.integers(0, 50), st.integers(0, MAX_AMOUNT))
fees = st.integers(0, 1000)


@given(prices, fees)
def test_holds_add_up_to_the_price(price: int, fee_permille: int) -> None:
    assert sum(each.amount for each in hold(payment_of(price, fee_permille)).transfers) == price


@given(st.data(), prices, fees)
def test_what_is_paid_adds_up_and_no_part_exceeds_its_hold(data: st.DataObject, price: int, fee_permille: int) -> None:
    payment = payment_of(price, fee_permille)
    paid = data.draw(st.integers(0, price))
    ends = settle(payment, Micros(paid)).transfers
    assert sum(each.amount for each in ends if each.kind is TransferKind.POST) == paid
    held = hold(payment).transfers
    assert len(ends) == len(held)
    for line, (end, part) in enumerate(zip(ends, held, strict=True)):
        assert end.pending_id == f"run:run:hold/{line}"
        assert end.credit_account == part.credit_account
        assert end.amount <= part.amount
        assert end.kind is TransferKind.POST or end.amount == part.amount


@given(prices, fees)
def test_a_release_gives_every_hold_back(price: int, fee_permille: int) -> None:
    payment = payment_of(price, fee_permille)
    ends = release(payment).transfers
    assert all(each.kind is TransferKind.VOID for each in ends)
    assert [each.amount for each in ends] == [each.amount for each in hold(payment).transfers]


def test_a_free_run_moves_nothing() -> None:
    free = payment_of(0, 200)
    assert hold(free).transfers == settle(free).transfers == release(free).transfers == ()


def test_creators_do_not_pay_themselves() -> None:
    assert hold(payment_of(1000, 200, buyer="creator")).transfers == ()


def test_a_run_never_costs_more_than_was_held() -> None:
    with pytest.raises(ValueError, match="at most what was held"):
        settle(payment_of(1000, 200), Micros(1001))


def test_a_fee_above_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="permille"):
        payment_of(1000, 1001)


def payment_of_several(*asked: tuple[str, int], fee_permille: int = 200, buyer: str = "buyer") -> RunPayment:
    (creator, price), *more = asked
    return RunPayment(
        run_id=PredictionId("run"),
        buyer=UserId(buyer),
        creator=UserId(creator),
        price=Micros(price),
        fee_permille=fee_permille,
        memo="lora",
        more=tuple(PriceShare(UserId(each), Micros(amount), f"part of {each}") for each, amount in more),
    )


parts = st.one_of(st.integers(0, 50), st.integers(0, MAX_AMOUNT // 6))  # together never more than a transfer may move
askings = st.lists(st.tuples(st.sampled_from(["lora", "base", "other", "buyer"]), parts), min_size=1, max_size=6)


@given(st.data(), askings, fees)
def test_several_creators_are_held_for_and_paid_by_what_each_asks(
    data: st.DataObject, asked: list[tuple[str, int]], fee_permille: int
) -> None:
    payment = payment_of_several(*asked, fee_permille=fee_permille)
    due = sum(price for creator, price in asked if creator != "buyer")
    held = hold(payment).transfers
    assert sum(each.amount for each in held) == due
    for amount in (None, data.draw(st.integers(0, payment.total))):
        ends = settle(payment, None if amount is None else Micros(amount)).transfers
        assert [each.pending_id for each in ends] == [f"run:run:hold/{line}" for line in range(len(held))]
        assert all(end.amount <= part.amount for end, part in zip(ends, held, strict=True))
        paid = sum(each.amount for each in ends if each.kind is TransferKind.POST)
        assert paid == due if amount is None else paid <= amount


def test_a_loras_price_is_itemised_by_model_and_the_fee_is_on_all_of_it() -> None:
    payment = payment_of_several(("lora", 1000), ("base", 4000))
    assert price_lines(payment) == (
        ("lora", TransferCode.CREATOR_SHARE, 800),
        ("part of base", TransferCode.CREATOR_SHARE, 3200),
        ("", TransferCode.PLATFORM_FEE, 1000),
    )


def test_the_creator_of_a_base_pays_for_the_lora_alone() -> None:
    payment = payment_of_several(("lora", 1000), ("base", 4000), buyer="base")
    assert price_lines(payment) == (
        ("lora", TransferCode.CREATOR_SHARE, 800),
        ("", TransferCode.PLATFORM_FEE, 200),
    )
