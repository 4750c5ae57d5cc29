"""Transfers as they are asked for: the words of double entry with two phases.

Source: the data model of TigerBeetle (accounts with debits and credits, pending and posted; linked transfers).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from artrator.kernel.ids import AccountId, TransferId
from artrator.kernel.money import MAX_AMOUNT, Micros
from artrator.ledger.account import kind_of

MAX_KEY_LENGTH = 200
MAX_MEMO_LENGTH = 200
MAX_GROUP_TRANSFERS = 16


class TransferKind(StrEnum):
    """How a transfer moves its amount."""

    DIRECT = "direct"
    """At once, from posted to posted."""
    HOLD = "hold"
    """Sets the amount aside on both sides until a post or a void ends it."""
    POST = "post"
    """Ends a hold by moving its amount, or less; what is left goes back."""
    VOID = "void"
    """Ends a hold by giving all of it back."""


class TransferCode(StrEnum):
    """What a transfer is for."""

    CREATOR_SHARE = "creator_share"
    PLATFORM_FEE = "platform_fee"
    TOP_UP = "top_up"
    PROMOTION = "promotion"
    ALLOTMENT = "allotment"
    """Only ever held: see `ledger/allotment.py`."""


ENDING = frozenset({TransferKind.POST, TransferKind.VOID})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """An amount from one account (debited) to another (credited)."""

    kind: TransferKind
    debit_account: AccountId
    credit_account: AccountId
    amount: Micros
    """More than 0. A void names the whole amount of its hold."""
    code: TransferCode
    pending_id: TransferId | None = None
    """The hold that a post or a void ends; its accounts are repeated here and must agree."""
    item: str = field(default="", compare=False)
    """The model that it pays for, where the group's memo names another: a LoRA's base; not part of its content."""

    def __post_init__(self) -> None:
        """Refuse what no caller may build."""
        if not 0 < self.amount <= MAX_AMOUNT:
            raise ValueError(f"a transfer moves more than 0 and at most {MAX_AMOUNT} micros, not {self.amount}")
        if self.debit_account == self.credit_account:
            raise ValueError("a transfer needs two accounts")
        if (self.kind in ENDING) != (self.pending_id is not None):
            raise ValueError("a post or a void names the hold that it ends, and nothing else does")
        kind_of(self.debit_account)
        kind_of(self.credit_account)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferGroup:
    """Transfers that happen together or not at all, and only once for their key."""

    key: str
    """Names the group for ever: the same key with the same content is a repetition, with other content a conflict."""
    transfers: tuple[NewTransfer, ...]
    """In order; each sees what those before it did. An empty group does nothing and is never refused."""
    subject: str = ""
    """The id of what it is about: a prediction, a top-up."""
    memo: str = field(default="", compare=False)
    """What it is for, in words that its owner reads on a statement: `atelier/shape-gan`; not part of its content."""

    def __post_init__(self) -> None:
        """Refuse what no caller may build."""
        if not 0 < len(self.key) <= MAX_KEY_LENGTH or "/" in self.key:
            raise ValueError("a group's key has 1 to 200 characters and no slash")
        if len(self.transfers) > MAX_GROUP_TRANSFERS:
            raise ValueError(f"a group has at most {MAX_GROUP_TRANSFERS} transfers")
        if len(self.memo) > MAX_MEMO_LENGTH or "\0" in self.key + self.subject + self.memo:
            raise ValueError("a memo has at most 200 characters, and no text holds a zero byte")


def transfer_id(group_key: str, line: int) -> TransferId:
    """Name the transfer at a place (from 0) in a group."""
    return TransferId(f"{group_key}/{line}")
