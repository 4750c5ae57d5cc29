"""The ledger's rules in the plainest form, to compare the real one with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from artrator.ledger.account import is_limited
from artrator.ledger.transfer import NewTransfer, TransferGroup, TransferKind, transfer_id

DEBITS_PENDING, DEBITS_POSTED, CREDITS_PENDING, CREDITS_POSTED = range(4)


class Refused(Exception):
    """A group breaks a rule."""


@dataclass
class Books:
    balances: dict[str, list[int]] = field(default_factory=dict)
    open_holds: dict[str, NewTransfer] = field(default_factory=dict)
    ended_holds: set[str] = field(default_factory=set)

    def copy(self) -> Books:
        return Books(
            {key: list(value) for key, value in self.balances.items()}, dict(self.open_holds), set(self.ended_holds)
        )

    def move(self, transfer: NewTransfer, id_: str) -> None:
        debit = self.balances.setdefault(transfer.debit_account, [0, 0, 0, 0])
        credit = self.balances.setdefault(transfer.credit_account, [0, 0, 0, 0])
        match transfer.kind:
            case TransferKind.DIRECT:
                debit[DEBITS_POSTED] += transfer.amount
                credit[CREDITS_POSTED] += transfer.amount
            case TransferKind.HOLD:
                debit[DEBITS_PENDING] += transfer.amount
                credit[CREDITS_PENDING] += transfer.amount
                self.open_holds[id_] = transfer
            case TransferKind.POST | TransferKind.VOID:
                held = self._end(transfer)
                debit[DEBITS_PENDING] -= held.amount
                credit[CREDITS_PENDING] -= held.amount
                if transfer.kind is TransferKind.POST:
                    debit[DEBITS_POSTED] += transfer.amount
                    credit[CREDITS_POSTED] += transfer.amount
        if is_limited(transfer.debit_account) and debit[DEBITS_PENDING] + debit[DEBITS_POSTED] > debit[CREDITS_POSTED]:
            raise Refused("insufficient_funds")

    def _end(self, transfer: NewTransfer) -> NewTransfer:
        assert transfer.pending_id is not None
        if transfer.pending_id in self.ended_holds:
            raise Refused("hold_already_ended")
        held = self.open_holds.pop(transfer.pending_id, None)
        if held is None:
            raise Refused("hold_not_found")
        if transfer.amount > held.amount:
            raise Refused("hold_exceeded")
        same = (held.debit_account, held.credit_account) == (transfer.debit_account, transfer.credit_account)
        if not same or (transfer.kind is TransferKind.VOID and transfer.amount != held.amount):
            raise Refused("hold_differs")
        self.ended_holds.add(transfer.pending_id)
        return held


@dataclass
class ReferenceLedger:
    books: Books = field(default_factory=Books)
    applied: dict[str, TransferGroup] = field(default_factory=dict)

    def apply(self, batch: Sequence[TransferGroup]) -> list[str | None]:
        first: dict[str, TransferGroup] = {}
        answers: dict[str, str | None] = {}
        for group in batch:
            if group.transfers and group.key not in first:
                first[group.key] = group
                answers[group.key] = self._apply(group)
        return [
            None if not group.transfers else answers[group.key] if group == first[group.key] else "group_differs"
            for group in batch
        ]

    def _apply(self, group: TransferGroup) -> str | None:
        if group.key in self.applied:
            return None if self.applied[group.key] == group else "group_differs"
        attempt = self.books.copy()
        try:
            for line, transfer in enumerate(group.transfers):
                attempt.move(transfer, transfer_id(group.key, line))
        except Refused as refused:
            return str(refused)
        self.books = attempt
        self.applied[group.key] = group
        return None
