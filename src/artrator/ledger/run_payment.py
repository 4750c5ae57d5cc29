"""What one run moves: its price is held before it starts, then paid to creator and platform, or given back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from artrator.kernel.ids import AccountId, PredictionId, UserId
from artrator.kernel.money import Micros, split_amount
from artrator.ledger.account import PLATFORM_FEES, earnings_of, wallet_of
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind, transfer_id

WHOLE_PERMILLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPayment:
    """What was agreed when a run was accepted; keep it with the run, for settings and prices change meanwhile."""

    run_id: PredictionId
    buyer: UserId
    creator: UserId
    price: Micros
    """0 is free."""
    fee_permille: int
    """The platform's part of the price, in thousandths."""
    memo: str = ""
    """What was run, as a statement shows it: `atelier/shape-gan`."""

    def __post_init__(self) -> None:
        """Refuse what no caller may build."""
        if self.price < 0 or not 0 <= self.fee_permille <= WHOLE_PERMILLE:
            raise ValueError("a price is not negative, and a fee lies between 0 and 1000 permille")

    @property
    def is_free(self) -> bool:
        """Tell whether nothing moves: a price of 0, or creators who run their own."""
        return self.price == 0 or self.buyer == self.creator


def hold(payment: RunPayment) -> TransferGroup:
    """Set the price aside: one hold for the creator's share, one for the platform's fee; none for a free run."""
    return TransferGroup(
        key=_hold_key(payment),
        subject=payment.run_id,
        memo=payment.memo,
        transfers=()
        if payment.is_free
        else _holds(payment.buyer, payment.creator, payment.price, payment.fee_permille),
    )


def settle(payment: RunPayment, amount: Micros | None = None) -> TransferGroup:
    """Pay for a run that succeeded.

    amount: what it cost in the end, at most the price, split as the price was; None means the price. What is not
    paid goes back.
    """
    paid = payment.price if amount is None else amount
    if not 0 <= paid <= payment.price:
        raise ValueError("a run costs at most what was held for it")
    paid_parts = _amounts(paid, payment.fee_permille)
    return TransferGroup(
        key=f"run:{payment.run_id}:settle",
        subject=payment.run_id,
        memo=payment.memo,
        transfers=tuple(
            [_end(payment, line, part, paid_parts[part.place]) for line, part in enumerate(_parts(payment))]
        ),
    )


def release(payment: RunPayment) -> TransferGroup:
    """Give everything back after a run that failed, was cancelled or was lost."""
    return TransferGroup(
        key=f"run:{payment.run_id}:release",
        subject=payment.run_id,
        memo=payment.memo,
        transfers=tuple(_end(payment, line, part, Micros(0)) for line, part in enumerate(_parts(payment))),
    )


class _Part(NamedTuple):
    place: int
    account: AccountId
    code: TransferCode
    amount: Micros


def _parts(payment: RunPayment) -> tuple[_Part, ...]:
    return () if payment.is_free else _split(payment.creator, payment.price, payment.fee_permille)


# what follows from a price is kept: prices, creators and buyers are few, and runs many


@lru_cache(maxsize=4096)
def _amounts(paid: Micros, fee_permille: int) -> tuple[Micros, ...]:
    return split_amount(paid, (WHOLE_PERMILLE - fee_permille, fee_permille))


@lru_cache(maxsize=4096)
def _split(creator: UserId, price: Micros, fee_permille: int) -> tuple[_Part, ...]:
    share, fee = _amounts(price, fee_permille)
    parts = (
        _Part(0, earnings_of(creator), TransferCode.CREATOR_SHARE, share),
        _Part(1, PLATFORM_FEES, TransferCode.PLATFORM_FEE, fee),
    )
    return tuple(part for part in parts if part.amount > 0)


@lru_cache(maxsize=4096)
def _holds(buyer: UserId, creator: UserId, price: Micros, fee_permille: int) -> tuple[NewTransfer, ...]:
    return tuple(
        NewTransfer(
            kind=TransferKind.HOLD,
            debit_account=wallet_of(buyer),
            credit_account=part.account,
            amount=part.amount,
            code=part.code,
        )
        for part in _split(creator, price, fee_permille)
    )


def _end(payment: RunPayment, line: int, part: _Part, paid: Micros) -> NewTransfer:
    # Rounding never pays more of a part than was held for it: with two weights it grows with the amount.
    return NewTransfer(
        kind=TransferKind.POST if paid > 0 else TransferKind.VOID,
        debit_account=wallet_of(payment.buyer),
        credit_account=part.account,
        amount=paid if paid > 0 else part.amount,
        code=part.code,
        pending_id=transfer_id(_hold_key(payment), line),
    )


def _hold_key(payment: RunPayment) -> str:
    return f"run:{payment.run_id}:hold"
