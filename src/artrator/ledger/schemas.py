"""Money on the wire: whole micros for programs, and the same as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from artrator.kernel.money import MAX_AMOUNT, Micros, format_amount
from artrator.ledger.balance import Balance
from artrator.ledger.statement import Entry, EntryKind
from artrator.ledger.top_up import TopUp, TopUpStatus
from artrator.ledger.transfer import TransferCode


class AmountReply(BaseModel):
    """An amount of money."""

    micros: int = Field(description="millionths of the currency's unit")
    text: str = Field(description="the same in units", examples=["0.01 USD"])
    currency: str = Field(examples=["USD"])

    @classmethod
    def of(cls, amount: Micros, currency: str) -> AmountReply:
        """Write an amount in a currency."""
        return cls(micros=amount, text=format_amount(amount, currency), currency=currency)


class WalletReply(BaseModel):
    """What the caller has."""

    currency: str
    available: AmountReply = Field(description="can be spent now")
    held: AmountReply = Field(description="set aside for runs that have not ended")
    earned: AmountReply = Field(description="earned by runs of the caller's models and not paid out")
    expected: AmountReply = Field(description="will be earned if the runs of the caller's models now under way succeed")

    @classmethod
    def of(cls, balance: Balance, currency: str) -> WalletReply:
        """Write a balance."""
        return cls(
            currency=currency,
            available=AmountReply.of(balance.available, currency),
            held=AmountReply.of(balance.held, currency),
            earned=AmountReply.of(balance.earned, currency),
            expected=AmountReply.of(balance.expected, currency),
        )


class NewTopUp(BaseModel):
    """A wish to buy credits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    amount_micros: int = Field(gt=0, le=MAX_AMOUNT, description="millionths of the currency's unit")


class TopUpReply(BaseModel):
    """A top-up and how far it came."""

    id: str
    status: TopUpStatus
    amount: AmountReply
    provider: str
    created_at: datetime

    @classmethod
    def of(cls, top_up: TopUp, currency: str) -> TopUpReply:
        """Write a top-up."""
        return cls(
            id=top_up.id,
            status=top_up.status,
            amount=AmountReply.of(top_up.amount, currency),
            provider=top_up.provider,
            created_at=top_up.created_at,
        )


class EntryPartReply(BaseModel):
    """One part of the whole."""

    code: TransferCode
    amount: AmountReply
    model: str | None = Field(description="owner/name of the model that a creator is paid for")


class EntryReply(BaseModel):
    """One line of a statement."""

    id: str
    kind: EntryKind
    at: datetime
    memo: str = Field(description="what for: the model that ran, the provider that was paid")
    subject: str = Field(description="id of the prediction or of the top-up")
    amount: AmountReply = Field(description="negative where money left the account")
    balance: AmountReply = Field(description="on the account after this line")
    parts: list[EntryPartReply] = Field(description="how the whole was split")
    models: list[str] = Field(description="which models the account was paid for, or paid for: a LoRA's base too")

    @classmethod
    def of(cls, entry: Entry, currency: str) -> EntryReply:
        """Write an entry."""
        return cls(
            id=entry.id,
            kind=entry.kind,
            at=entry.at,
            memo=entry.memo,
            subject=entry.subject,
            amount=AmountReply.of(entry.amount, currency),
            balance=AmountReply.of(entry.balance, currency),
            parts=[
                EntryPartReply(code=part.code, amount=AmountReply.of(part.amount, currency), model=part.model)
                for part in entry.parts
            ],
            models=list(entry.models),
        )


class StatementReply(BaseModel):
    """A page of a statement, newest first."""

    next: str | None = Field(description="address of the page with older lines")
    results: Sequence[EntryReply]
