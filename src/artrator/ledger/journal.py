"""The only writer of the ledger: many groups of transfers in one round trip, each applied whole or refused alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.errors import ArtratorError, Conflict, NotFound, PaymentRequired, Unavailable
from artrator.kernel.ids import AccountId, TransferId
from artrator.kernel.money import Micros, format_amount
from artrator.ledger.account import is_limited, kind_of
from artrator.ledger.transfer import ENDING, NewTransfer, TransferGroup, TransferKind, transfer_id

_APPLY = text(
    "SELECT outcomes, funds FROM ledger_apply("
    "CAST(:account_ids AS text[]), CAST(:account_kinds AS text[]), CAST(:account_limits AS boolean[]), :deciding,"
    "CAST(:group_keys AS text[]), CAST(:group_subjects AS text[]), CAST(:group_memos AS text[]),"
    "CAST(:group_sizes AS integer[]),"
    "CAST(:ids AS text[]), CAST(:places AS integer[]), CAST(:kinds AS text[]), CAST(:debits AS integer[]),"
    "CAST(:credits AS integer[]), CAST(:amounts AS bigint[]), CAST(:codes AS text[]),"
    "CAST(:pending_ids AS text[]), CAST(:ends AS integer[]), CAST(:opens AS integer[]), CAST(:hold_ids AS text[]))"
)


async def apply_groups(connection: AsyncConnection, groups: Sequence[TransferGroup]) -> Sequence[ArtratorError | None]:
    """Write groups of transfers in order; answer each with None, or with why it alone was refused.

    A group is applied whole or leaves no trace. A key that was applied before answers None again if the content is
    the same. Accounts are made as they are needed. Call it once in a unit of work and near its end: the accounts
    stay locked until the commit, and only within one call are they locked in the order that rules out deadlocks.

    Refusals: PaymentRequired insufficient_funds; Conflict hold_already_ended, hold_exceeded, hold_differs,
    group_differs; NotFound hold_not_found.
    Raises: Unavailable ledger_contention where another process wrote the same key without sharing a wallet; nothing
    of this unit of work is kept then.
    """
    distinct: dict[str, TransferGroup] = {}
    for group in groups:
        if group.transfers:
            distinct.setdefault(group.key, group)
    answers = await _apply_distinct(connection, list(distinct.values())) if distinct else {}

    def answer(group: TransferGroup) -> ArtratorError | None:
        if not group.transfers:
            return None
        return answers[group.key] if distinct[group.key] == group else _refusal("group_differs", group, None)

    return [answer(group) for group in groups]


async def _apply_distinct(
    connection: AsyncConnection, groups: Sequence[TransferGroup]
) -> dict[str, ArtratorError | None]:
    try:
        row = (await connection.execute(_APPLY, _arguments(groups))).one()
    except IntegrityError as error:
        raise Unavailable(
            "ledger_contention", "Somebody else wrote the same at this moment; nothing was done, try again."
        ) from error
    outcomes: list[str] = row.outcomes
    funds: list[int | None] = row.funds
    return {
        group.key: None if outcome in {"applied", "repeated"} else _refusal(outcome, group, left)
        for group, outcome, left in zip(groups, outcomes, funds, strict=True)
    }


def _arguments(groups: Sequence[TransferGroup]) -> dict[str, object]:
    transfers = [
        (place, transfer_id(group.key, line), transfer)
        for place, group in enumerate(groups, start=1)
        for line, transfer in enumerate(group.transfers)
    ]
    accounts = _in_locking_order(each for _, _, each in transfers)
    place_of = {account: place for place, account in enumerate(accounts, start=1)}
    holds = list(dict.fromkeys(each.pending_id for _, _, each in transfers if each.pending_id is not None))
    hold_place: dict[TransferId, int] = {hold: place for place, hold in enumerate(holds, start=1)}
    return {
        "account_ids": accounts,
        "account_kinds": [kind_of(account).value for account in accounts],
        "account_limits": [is_limited(account) for account in accounts],
        "deciding": max((place_of[each] for each in _deciding(each for _, _, each in transfers)), default=0),
        "group_keys": [group.key for group in groups],
        "group_subjects": [group.subject for group in groups],
        "group_memos": [group.memo for group in groups],
        "group_sizes": [len(group.transfers) for group in groups],
        "ids": [id_ for _, id_, _ in transfers],
        "places": [place for place, _, _ in transfers],
        "kinds": [each.kind.value for _, _, each in transfers],
        "debits": [place_of[each.debit_account] for _, _, each in transfers],
        "credits": [place_of[each.credit_account] for _, _, each in transfers],
        "amounts": [each.amount for _, _, each in transfers],
        "codes": [each.code.value for _, _, each in transfers],
        "pending_ids": [each.pending_id for _, _, each in transfers],
        "ends": [None if each.pending_id is None else hold_place[each.pending_id] for _, _, each in transfers],
        "opens": [hold_place.get(id_) if each.kind is TransferKind.HOLD else None for _, id_, each in transfers],
        "hold_ids": holds,
    }


def _in_locking_order(transfers: Iterable[NewTransfer]) -> list[AccountId]:
    """Order accounts as every process locks them: wallets first, those that only receive last."""
    return sorted(
        set(chain.from_iterable((each.debit_account, each.credit_account) for each in transfers)), reverse=True
    )


def _deciding(transfers: Iterable[NewTransfer]) -> Iterator[AccountId]:
    """Give the accounts whose state can refuse something: the limited ones that pay, or that get money directly."""
    for transfer in transfers:
        if is_limited(transfer.debit_account):
            yield transfer.debit_account
        if transfer.kind is TransferKind.DIRECT and is_limited(transfer.credit_account):
            yield transfer.credit_account


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
