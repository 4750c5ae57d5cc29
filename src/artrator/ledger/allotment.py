"""Set a part of a wallet aside for runs that are written only when they end: one hold for many of them.

While the hold is open nobody else can spend what it covers, so a run that was let in can be paid for. The runs are paid
from the wallet directly, each by a group of its own; only where the wallet has no more than what is set aside, the hold
is ended and another opened for what is left of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from artrator.kernel.ids import UserId
from artrator.kernel.money import Micros
from artrator.ledger.account import ALLOTTED, wallet_of
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind, transfer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """One open hold. key: its group's, never used again. amount: 0 where its owner's runs are free, and nothing is held."""

    user_id: UserId
    key: str
    amount: Micros


def set_aside(allotment: Allotment) -> TransferGroup:
    """Open the hold."""
    opened = NewTransfer(
        kind=TransferKind.HOLD,
        debit_account=wallet_of(allotment.user_id),
        credit_account=ALLOTTED,
        amount=allotment.amount,
        code=TransferCode.ALLOTMENT,
    )
    return TransferGroup(key=allotment.key, transfers=(opened,))


def hand_back(allotment: Allotment) -> TransferGroup:
    """End the hold: what it covers can be spent again."""
    ended = NewTransfer(
        kind=TransferKind.VOID,
        debit_account=wallet_of(allotment.user_id),
        credit_account=ALLOTTED,
        amount=allotment.amount,
        code=TransferCode.ALLOTMENT,
        pending_id=transfer_id(allotment.key, 0),
    )
    return TransferGroup(key=f"{allotment.key}:back", transfers=(ended,))
