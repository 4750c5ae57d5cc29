"""What one run moves: its price is held before it starts, then paid to creator and platform, or given back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from artrator.kernel.ids import AccountId, UserId
from artrator.kernel.money import Micros, split_amount
from artrator.ledger.account import PLATFORM_FEES, earnings_of, wallet_of
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind, transfer_id

WHOLE_PERMILLE = 1000


class PriceShare(NamedTuple):
    """What one creator asks for their part in a run. label: of the model, for whoever reads the parts."""

    creator: UserId
    price: Micros
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPayment:
    """What was agreed when a run was accepted; keep it with the run, for settings and prices change meanwhile."""

    run_id: str
    """Of the prediction or the walk."""
    buyer: UserId
    creator: UserId
    price: Micros
    """0 is free."""
    fee_permille: int
    """The platform's part of the price, in thousandths."""
    memo: str = ""
    """What was run, as a statement shows it: `atelier/shape-gan`."""
    more: tuple[PriceShare, ...] = ()
    """What the creators of further models in the same run ask: of a LoRA's base, of LoRAs beside it."""

    def __post_init__(self) -> None:
        """Refuse what no caller may build."""
        if min(each.price for each in self._asked) < 0 or not 0 <= self.fee_permille <= WHOLE_PERMILLE:
            raise ValueError("a price is not negative, and a fee lies between 0 and 1000 permille")

    @property
    def total(self) -> Micros:
        """What all ask together."""
        return Micros(sum(each.price for each in self._asked))

    @property
    def shares(self) -> tuple[PriceShare, ...]:
        """What is paid for: nothing at a price of 0, nor by creators for their own."""
        return tuple(each for each in self._asked if each.price > 0 and each.creator != self.buyer)

    @property
    def is_free(self) -> bool:
        """Tell whether nothing moves."""
        return not self.shares

    @property
    def _asked(self) -> tuple[PriceShare, ...]:
        return (PriceShare(self.creator, self.price, self.memo), *self.more)


def hold(payment: RunPayment) -> TransferGroup:
    """Set the price aside: one hold for each creator's share, one for the platform's fee; none for a free run."""
    return TransferGroup(
        key=_hold_key(payment),
        subject=payment.run_id,
        memo=payment.memo,
        transfers=_holds(payment.buyer, payment.memo, payment.shares, payment.fee_permille),
    )


def price_lines(payment: RunPayment) -> tuple[tuple[str, TransferCode, Micros], ...]:
    """Itemise the price: the model, what for, how much. The platform's fee is on all of it and names no model."""
    return tuple((part.label, part.code, part.amount) for part in _parts(payment))


def settle(payment: RunPayment, amount: Micros | None = None) -> TransferGroup:
    """Pay for a run that succeeded.

    amount: what it cost in the end, at most the price, split as the price was; None means the price. What is not
    paid goes back.
    """
    if amount is not None and not 0 <= amount <= payment.total:
        raise ValueError("a run costs at most what was held for it")
    shares = payment.shares
    held = sum(each.price for each in shares)
    # of what creators do not pay themselves, as much goes back as of the rest
    paid = held if amount is None else amount * held // payment.total if payment.total else 0
    paid_parts = _amounts(Micros(paid), shares, payment.fee_permille)
    return TransferGroup(
        key=f"run:{payment.run_id}:settle",
        subject=payment.run_id,
        memo=payment.memo,
        transfers=tuple(
            [_end(payment, line, part, paid_parts[part.place]) for line, part in enumerate(_parts(payment))]
        ),
    )


def pay(payment: RunPayment) -> TransferGroup:
    """Pay for a run that succeeded and was never held for. Its key is that of `settle`: a run is paid once, either way."""
    return TransferGroup(
        key=f"run:{payment.run_id}:settle",
        subject=payment.run_id,
        memo=payment.memo,
        transfers=_direct(payment.buyer, payment.memo, payment.shares, payment.fee_permille),
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
    label: str


def _parts(payment: RunPayment) -> tuple[_Part, ...]:
    return _split(payment.shares, payment.fee_permille)


# what follows from a price is kept: prices, creators and buyers are few, and runs many


@lru_cache(maxsize=4096)
def _amounts(paid: Micros, shares: tuple[PriceShare, ...], fee_permille: int) -> tuple[Micros, ...]:
    """Divide what is paid among the creators by what they ask, and of each part take the fee; the fees come last."""
    if not shares:
        return ()
    kept: list[Micros] = []
    fees = 0
    for part in split_amount(paid, [each.price for each in shares]):
        share, fee = split_amount(part, (WHOLE_PERMILLE - fee_permille, fee_permille))
        kept.append(share)
        fees += fee
    return (*kept, Micros(fees))


@lru_cache(maxsize=4096)
def _split(shares: tuple[PriceShare, ...], fee_permille: int) -> tuple[_Part, ...]:
    if not shares:
        return ()
    *kept, fee = _amounts(Micros(sum(each.price for each in shares)), shares, fee_permille)
    parts = [
        _Part(place, earnings_of(each.creator), TransferCode.CREATOR_SHARE, amount, each.label)
        for place, (each, amount) in enumerate(zip(shares, kept, strict=True))
    ]
    parts.append(_Part(len(parts), PLATFORM_FEES, TransferCode.PLATFORM_FEE, fee, ""))
    return tuple(part for part in parts if part.amount > 0)


@lru_cache(maxsize=4096)
def _holds(buyer: UserId, memo: str, shares: tuple[PriceShare, ...], fee_permille: int) -> tuple[NewTransfer, ...]:
    return tuple(
        NewTransfer(
            kind=TransferKind.HOLD,
            debit_account=wallet_of(buyer),
            credit_account=part.account,
            amount=part.amount,
            code=part.code,
            item=_item(part, memo),
        )
        for part in _split(shares, fee_permille)
    )


def _item(part: _Part, memo: str) -> str:
    return "" if part.label == memo else part.label


@lru_cache(maxsize=4096)
def _direct(buyer: UserId, memo: str, shares: tuple[PriceShare, ...], fee_permille: int) -> tuple[NewTransfer, ...]:
    return tuple(replace(each, kind=TransferKind.DIRECT) for each in _holds(buyer, memo, shares, fee_permille))


def _end(payment: RunPayment, line: int, part: _Part, paid: Micros) -> NewTransfer:
    # Rounding never pays more of a part than was held for it: with two weights it grows with the amount.
    return NewTransfer(
        kind=TransferKind.POST if paid > 0 else TransferKind.VOID,
        debit_account=wallet_of(payment.buyer),
        credit_account=part.account,
        amount=paid if paid > 0 else part.amount,
        code=part.code,
        pending_id=transfer_id(_hold_key(payment), line),
        item=_item(part, payment.memo),
    )


def _hold_key(payment: RunPayment) -> str:
    return f"run:{payment.run_id}:hold"
