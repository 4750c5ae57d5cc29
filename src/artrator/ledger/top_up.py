"""Money on its way into a wallet: first an intent, then a provider's confirmation, then a transfer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from artrator.kernel.ids import UserId
from artrator.kernel.money import Micros
from artrator.ledger.account import provider_account, wallet_of
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind


class TopUpStatus(StrEnum):
    """How far a top-up came."""

    PENDING = "pending"
    """The provider has not confirmed it."""
    SUCCEEDED = "succeeded"
    """The wallet has the money."""
    FAILED = "failed"
    """The provider refused it; nothing moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp:
    """One attempt to buy credits."""

    id: str
    user_id: UserId
    provider: str
    amount: Micros
    status: TopUpStatus
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedPayment:
    """What a provider answers when it is asked for a payment."""

    reference: str
    """The provider's own id of it, by which a webhook names it later."""
    is_confirmed: bool
    """Whether the money is there already."""


def credit(top_up: TopUp) -> TransferGroup:
    """Move a confirmed top-up into its wallet; however often it is confirmed, it moves once."""
    transfer = NewTransfer(
        kind=TransferKind.DIRECT,
        debit_account=provider_account(top_up.provider),
        credit_account=wallet_of(top_up.user_id),
        amount=top_up.amount,
        code=TransferCode.TOP_UP,
    )
    return TransferGroup(key=f"top_up:{top_up.id}", subject=top_up.id, memo=top_up.provider, transfers=(transfer,))
