"""Groups of transfers as the SQL function `ledger_apply` takes them: parallel arrays that name each other by place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import LiteralString

from artrator.db.array_text import integer_array, text_array
from artrator.kernel.errors import ArtratorError, Conflict, NotFound, PaymentRequired
from artrator.kernel.ids import AccountId, TransferId
from artrator.kernel.money import Micros, format_amount
from artrator.ledger.account import AccountKind, is_limited, kind_of
from artrator.ledger.transfer import ENDING, NewTransfer, TransferGroup, TransferKind, transfer_id

_TYPES: dict[LiteralString, LiteralString] = {
    "account_ids": "text[]",
    "account_kinds": "text[]",
    "account_limits": "boolean[]",
    "deciding": "integer",
    "group_keys": "text[]",
    "group_subjects": "text[]",
    "group_memos": "text[]",
    "group_sizes": "integer[]",
    "ids": "text[]",
    "places": "integer[]",
    "kinds": "text[]",
    "debits": "integer[]",
    "credits": "integer[]",
    "amounts": "bigint[]",
    "codes": "text[]",
    "ends": "integer[]",
    "opens": "integer[]",
    "hold_ids": "text[]",
    "items": "text[]",
}
PARAMETERS: LiteralString = ", ".join(f"%({name})s::{type_}" for name, type_ in _TYPES.items())
"""The first parameters of `ledger_apply`, in order, as the driver fills them from `Batch.arguments`."""


class Batch:
    """Groups to apply in order. A key that comes twice is sent once; an empty group is not sent at all."""

    def __init__(self, groups: Sequence[TransferGroup]) -> None:
        self._groups = groups
        distinct: dict[str, TransferGroup] = {}
        for group in groups:
            if group.transfers:
                distinct.setdefault(group.key, group)
        self._sent = list(distinct.values())
        self._place_of = {key: place for place, key in enumerate(distinct, start=1)}

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to apply."""
        return not self._sent

    def places(self) -> list[int]:
        """Give for each group, in order, its place (from 1) among those that are sent; 0 for an empty one."""
        return [self._place_of[group.key] if group.transfers else 0 for group in self._groups]

    def arguments(self) -> dict[str, str]:
        """Write the values of `PARAMETERS`."""
        transfers = list(chain.from_iterable(group.transfers for group in self._sent))
        accounts = _in_locking_order(transfers)
        place_of = {account: place for place, account in enumerate(accounts, start=1)}
        ids = [transfer_id(group.key, line) for group in self._sent for line in range(len(group.transfers))]
        holds = sorted({each.pending_id for each in transfers if each.pending_id is not None})
        hold_place: dict[TransferId | None, int] = {hold: place for place, hold in enumerate(holds, start=1)}
        sizes = [len(group.transfers) for group in self._sent]
        return {
            "account_ids": text_array(accounts),
            "account_kinds": text_array([kind_of(account) for account in accounts]),
            "account_limits": integer_array([is_limited(account) for account in accounts]),
            "deciding": str(max((place_of[each] for each in _deciding(transfers)), default=0)),
            "group_keys": text_array([group.key for group in self._sent]),
            "group_subjects": text_array([group.subject for group in self._sent]),
            "group_memos": text_array([group.memo for group in self._sent]),
            "group_sizes": integer_array(sizes),
            "ids": text_array(ids),
            "places": integer_array([place for place, size in enumerate(sizes, start=1) for _ in range(size)]),
            "kinds": text_array([each.kind for each in transfers]),
            "debits": integer_array([place_of[each.debit_account] for each in transfers]),
            "credits": integer_array([place_of[each.credit_account] for each in transfers]),
            "amounts": integer_array([each.amount for each in transfers]),
            "codes": text_array([each.code for each in transfers]),
            "ends": integer_array([hold_place.get(each.pending_id, 0) for each in transfers]),
            "opens": integer_array([hold_place.get(id_, 0) for id_ in ids] if holds else [0] * len(ids)),
            "hold_ids": text_array(holds),
            # most pay for what the memo names, and an array that ends early reads as nulls
            "items": text_array([each.item for each in transfers] if any(each.item for each in transfers) else []),
        }

    def answers(self, outcomes: Sequence[str], funds: Sequence[int | None]) -> Iterator[ArtratorError | None]:
        """Say for each group, in order, what `ledger_apply` made of it: None, or why it alone was refused."""
        for group in self._groups:
            if not group.transfers:
                yield None
                continue
            index = self._place_of[group.key] - 1
            if self._sent[index] is not group and self._sent[index] != group:
                yield _refusal("group_differs", group, None)
            else:
                yield None if outcomes[index] in _NOT_REFUSED else _refusal(outcomes[index], group, funds[index])


_NOT_REFUSED = frozenset({"applied", "repeated", "skipped"})


def _in_locking_order(transfers: Sequence[NewTransfer]) -> list[AccountId]:
    """Order accounts as every process locks them: wallets first, those that only receive last."""
    touched = {each.debit_account for each in transfers}
    touched.update(each.credit_account for each in transfers)
    return sorted(touched, reverse=True)


def _deciding(transfers: Sequence[NewTransfer]) -> Iterator[AccountId]:
    """Give the accounts that are locked from the start: those that can refuse something, which is the limited ones that
    pay, and wallets that get money directly, since their owners read it in the order in which it came.
    """
    # limited or not, an account that pays for several transfers is asked about once
    yield from filter(is_limited, {each.debit_account for each in transfers})
    yield from filter(_is_wallet, {each.credit_account for each in transfers if each.kind is TransferKind.DIRECT})


def _is_wallet(account: AccountId) -> bool:
    return kind_of(account) is AccountKind.WALLET


def _refusal(outcome: str, group: TransferGroup, funds_micros: int | None) -> ArtratorError:
    if outcome == "insufficient_funds":
        return _insufficient_funds(group, Micros(funds_micros or 0))
    if outcome == "hold_not_found":
        return NotFound(outcome, "There is no such hold to end.", group=group.key)
    messages = {
        "hold_already_ended": "This hold was already paid or given back.",
        "hold_exceeded": "This is more than was held.",
        "hold_differs": "This does not agree with what was held.",
        "group_differs": "This key was already used for something else; use a new one.",
    }
    return Conflict(outcome, messages[outcome], group=group.key)


def _insufficient_funds(group: TransferGroup, available: Micros) -> PaymentRequired:
    needed = Micros(sum(each.amount for each in group.transfers if each.kind not in ENDING))
    return PaymentRequired(
        "insufficient_funds",
        f"The wallet has {format_amount(available)} left and this needs {format_amount(needed)}; top it up first.",
        available_micros=available,
        needed_micros=needed,
    )
