"""An account's history as its owner reads it: one entry for each thing that moved its balance, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import BigInteger, Label, Row, Select, cast, func, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.errors import Invalid
from artrator.kernel.ids import AccountId
from artrator.kernel.money import Micros
from artrator.ledger.tables import MOVES_POSTED, accounts, transfers
from artrator.ledger.transfer import MAX_GROUP_TRANSFERS, TransferCode, transfer_id
from artrator.wire.page import Page, read_cursor, write_cursor

LAST_SEQUENCE = 2**63 - 1


class EntryKind(StrEnum):
    """What an entry is about."""

    RUN = "run"
    TOP_UP = "top_up"
    PROMOTION = "promotion"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPart:
    """One of the transfers that made up the whole."""

    code: TransferCode
    amount: Micros
    model: str | None
    """owner/name of the model that a creator is paid for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One group of transfers, as it changed one account."""

    id: str
    kind: EntryKind
    at: datetime
    memo: str
    """What for: the model that ran, the provider that was paid."""
    subject: str
    """The prediction or the top-up."""
    amount: Micros
    """Negative where money left the account."""
    balance: Micros
    """Posted on the account after this entry; holds are not in it."""
    parts: tuple[EntryPart, ...]
    """How the whole was split, other people's parts too: they add up to the price of a run."""
    models: tuple[str, ...]
    """What this account was paid for, or paid for: of a LoRA's run its base has a part."""


async def read_statement(
    connection: AsyncConnection, account: AccountId, *, cursor: str | None, limit: int, kind: EntryKind | None = None
) -> Page[Entry]:
    """Give one page of an account's entries, newest first; of one kind, with the balances that all of them left.

    A cursor carries the balance at its place, so that a page costs the same however far back it lies.
    """
    before, balance = (LAST_SEQUENCE, None) if cursor is None else _read_cursor(cursor)
    rows = (await connection.execute(_changes(account, before, limit + 1, kind))).all()
    shown = rows[:limit]
    groups = await _groups(connection, account, [(row.group_key, row.group_size) for row in shown])
    steps, posted = {row.sequence: row.change for row in shown}, rows[0].posted if rows else 0
    if kind is not None and shown:
        steps, posted = await _steps(connection, account, before, [row.sequence for row in shown])
    entries: list[Entry] = []
    left = balance if balance is not None else posted
    for row in shown:
        left -= steps[row.sequence]
        entries.append(_entry(groups[row.group_key], amount=Micros(row.change), balance=Micros(left + row.change)))
    more = len(rows) > limit
    return Page(rows=entries, next_cursor=write_cursor((shown[-1].sequence, left)) if more else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    key: str
    at: datetime
    memo: str
    subject: str
    parts: tuple[EntryPart, ...]
    models: tuple[str, ...]


def _read_cursor(cursor: str) -> tuple[int, int]:
    sequence, balance = read_cursor(cursor, length=2)
    if isinstance(sequence, int) and isinstance(balance, int) and 0 <= sequence <= LAST_SEQUENCE:
        return sequence, balance
    raise Invalid("cursor_malformed", "This cursor is not of this list; start from the first page.", field="cursor")


def _changes(account: AccountId, before: int, limit: int, kind: EntryKind | None) -> Select[int, str, int, int, int]:
    """Select the newest changes of an account; two index scans that stop at the limit."""
    wanted = transfers.c.sequence < before
    if kind is not None:
        wanted &= transfers.c.code.in_([code for code in TransferCode if _kind(code) is kind])
    # Each side is cut before they are joined, where it still holds the whole of the last group that is wanted.
    moves = union_all(
        *(
            side.where(wanted)
            .order_by(transfers.c.sequence.desc())
            .limit(limit * MAX_GROUP_TRANSFERS)
            .subquery()
            .select()
            for side in _sides(account)
        )
    ).subquery()
    # In the same statement as the changes: both are of one moment.
    return (
        select(
            moves.c.sequence,
            func.min(moves.c.group_key).label("group_key"),
            func.min(moves.c.group_size).label("group_size"),
            func.sum(moves.c.change).cast(BigInteger).label("change"),
            _posted(account),
        )
        .group_by(moves.c.sequence)
        .order_by(moves.c.sequence.desc())
        .limit(limit)
    )


def _sides(account: AccountId) -> tuple[Select[int, str, int, int], Select[int, str, int, int]]:
    """Select what left an account, and what came."""
    kept = transfers.c.sequence, transfers.c.group_key, transfers.c.group_size
    left = select(*kept, (-transfers.c.amount).label("change"))
    came = select(*kept, transfers.c.amount.label("change"))
    return (
        left.where(transfers.c.debit_account == account, MOVES_POSTED),
        came.where(transfers.c.credit_account == account, MOVES_POSTED),
    )


def _posted(account: AccountId) -> Label[int]:
    balance = select(accounts.c.credits_posted - accounts.c.debits_posted).where(accounts.c.id == account)
    return balance.scalar_subquery().label("posted")


async def _steps(
    connection: AsyncConnection, account: AccountId, before: int, shown: Sequence[int]
) -> tuple[Mapping[int, int], int]:
    """Sum by shown sequence everything from it up to the next newer shown one; and give the posted balance with it."""
    bounds = sorted(shown)
    within = transfers.c.sequence.between(bounds[0], before - 1)
    moves = union_all(*(side.where(within) for side in _sides(account))).subquery()
    step = func.width_bucket(moves.c.sequence, cast(bounds, ARRAY(BigInteger))).label("step")
    query = select(step, func.sum(moves.c.change).cast(BigInteger).label("change"), _posted(account)).group_by(step)
    rows = (await connection.execute(query)).all()
    return {bounds[row.step - 1]: row.change for row in rows}, rows[0].posted


async def _groups(
    connection: AsyncConnection, account: AccountId, wanted: Sequence[tuple[str, int]]
) -> Mapping[str, _Group]:
    ids = [transfer_id(key, line) for key, size in wanted for line in range(size)]
    query = (
        select(transfers)
        .where(transfers.c.id.in_(ids), MOVES_POSTED)
        .order_by(func.length(transfers.c.id), transfers.c.id)
    )
    rows_of: dict[str, list[Row[Any]]] = {}
    for row in await connection.execute(query):
        rows_of.setdefault(row.group_key, []).append(row)
    return {key: _group(account, rows) for key, rows in rows_of.items()}


def _group(account: AccountId, rows: Sequence[Row[Any]]) -> _Group:
    parts = tuple(_part(row) for row in rows)
    concerned = [account in {row.debit_account, row.credit_account} for row in rows]
    models = [part.model for part, mine in zip(parts, concerned, strict=True) if mine and part.model is not None]
    return _Group(
        key=rows[0].group_key,
        at=rows[0].created_at,
        memo=rows[0].memo,
        subject=rows[0].subject,
        parts=parts,
        models=tuple(dict.fromkeys(models)),
    )


def _part(row: Row[Any]) -> EntryPart:
    code = TransferCode(row.code)
    model = (row.item or row.memo) if code is TransferCode.CREATOR_SHARE else None
    return EntryPart(code=code, amount=Micros(row.amount), model=model)


def _entry(group: _Group, *, amount: Micros, balance: Micros) -> Entry:
    return Entry(
        id=group.key,
        kind=_kind(group.parts[0].code),
        at=group.at,
        memo=group.memo,
        subject=group.subject,
        amount=amount,
        balance=balance,
        parts=group.parts,
        models=group.models,
    )


def _kind(code: TransferCode) -> EntryKind:
    match code:
        case TransferCode.CREATOR_SHARE | TransferCode.PLATFORM_FEE | TransferCode.ALLOTMENT:
            return EntryKind.RUN
        case TransferCode.TOP_UP:
            return EntryKind.TOP_UP
        case TransferCode.PROMOTION:
            return EntryKind.PROMOTION
        case _:
            assert_never(code)
