"""What a user does with money: see it, top it up, read where it went."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Conflict, Invalid, NotFound
from artrator.kernel.ids import AccountId, UserId, new_id
from artrator.kernel.money import Micros, format_amount
from artrator.ledger.account import PROMOTIONS, earnings_of, wallet_of
from artrator.ledger.balance import Balance, lock_held, read_balance
from artrator.ledger.earned import DayEarnings, read_earned_by_day
from artrator.ledger.journal import apply_groups
from artrator.ledger.sandbox import SandboxPayments
from artrator.ledger.settings import LedgerSettings, PaymentSettings
from artrator.ledger.statement import Entry, EntryKind, read_statement
from artrator.ledger.top_up import TopUp, TopUpStatus, credit
from artrator.ledger.top_up_store import end_top_up, insert_top_up, lock_top_up, write_reference
from artrator.ledger.transfer import NewTransfer, TransferCode, TransferGroup, TransferKind
from artrator.wire.page import MAX_PAGE_ROWS, Page


class Wallets:
    """Wallets and earnings of all users."""

    def __init__(
        self,
        database: Database,
        payments: SandboxPayments,
        *,
        ledger: LedgerSettings,
        limits: PaymentSettings,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._limits = limits
        self._clock = clock
        self.currency = ledger.currency

    async def balance(self, user: UserId) -> Balance:
        """Tell what a user has."""
        async with self._database.unit_of_work() as connection:
            return await read_balance(connection, user)

    async def top_up(self, user: UserId, amount: Micros, *, idempotency_key: str | None = None) -> TopUp:
        """Buy credits; the same key again goes on where the first attempt stopped, and never pays twice.

        Raises: Invalid top_up_out_of_range; Conflict idempotency_key_reused; Unavailable top_ups_unavailable.
        """
        self._payments.check_open()
        self._check_amount(amount)
        intent = TopUp(
            id=new_id(),
            user_id=user,
            provider=self._payments.name,
            amount=amount,
            status=TopUpStatus.PENDING,
            created_at=self._clock(),
        )
        async with self._database.unit_of_work() as connection:
            top_up = await insert_top_up(connection, intent, idempotency_key or intent.id)
        if (top_up.amount, top_up.provider) != (amount, intent.provider):
            raise Conflict(
                "idempotency_key_reused", "This Idempotency-Key was used for another top-up; use a new one for this."
            )
        return top_up if top_up.status is not TopUpStatus.PENDING else await self._pay(top_up)

    async def confirm_top_up(self, top_up_id: str) -> TopUp:
        """Move a top-up's money into its wallet once a provider says that it was paid; repeating it is harmless.

        Raises: NotFound top_up_not_found; Conflict top_up_failed.
        """
        async with self._database.unit_of_work() as connection:
            top_up = await lock_top_up(connection, top_up_id)
            if top_up is None:
                raise NotFound("top_up_not_found", "There is no such top-up.")
            if top_up.status is TopUpStatus.FAILED:
                raise Conflict("top_up_failed", "This top-up has failed; start a new one.")
            if top_up.status is TopUpStatus.SUCCEEDED:
                return top_up
            (refusal,) = await apply_groups(connection, [credit(top_up)])
            if refusal is not None:
                raise refusal
            await end_top_up(connection, top_up_id, TopUpStatus.SUCCEEDED, self._clock())
        return replace(top_up, status=TopUpStatus.SUCCEEDED)

    async def give_credits(self, user: UserId, amount: Micros, *, key: str, memo: str) -> None:
        """Give a user credits that the platform pays for, once for each key.

        Raises: Conflict group_differs.
        """
        gift = NewTransfer(
            kind=TransferKind.DIRECT,
            debit_account=PROMOTIONS,
            credit_account=wallet_of(user),
            amount=amount,
            code=TransferCode.PROMOTION,
        )
        group = TransferGroup(key=f"promotion:{user}:{key}", subject=key, memo=memo, transfers=(gift,))
        async with self._database.unit_of_work() as connection:
            (refusal,) = await apply_groups(connection, [group])
        if refusal is not None:
            raise refusal

    async def statement(
        self, user: UserId, *, kind: EntryKind | None = None, cursor: str | None = None, limit: int = MAX_PAGE_ROWS
    ) -> Page[Entry]:
        """Give a page of what moved a user's wallet, newest first. Raises: Invalid cursor_malformed."""
        return await self._page(wallet_of(user), cursor, limit, kind)

    async def earnings(self, user: UserId, *, cursor: str | None = None, limit: int = MAX_PAGE_ROWS) -> Page[Entry]:
        """Give a page of what a creator earned, newest first. Raises: Invalid cursor_malformed."""
        return await self._page(earnings_of(user), cursor, limit)

    async def earned_by_day(self, user: UserId, *, since: datetime) -> Sequence[DayEarnings]:
        """Sum what a creator earned by day and model since a moment."""
        async with self._database.unit_of_work() as connection:
            return await read_earned_by_day(connection, earnings_of(user), since)

    async def check_nothing_held(self, connection: AsyncConnection, user: UserId) -> None:
        """Refuse while runs hold a user's money, or money for them; nothing moves until the caller's transaction ends.

        Raises: Conflict `money_held`.
        """
        held = await lock_held(connection, user)
        if held > 0:
            raise Conflict(
                "money_held",
                f"Runs that have not ended hold {format_amount(held, self.currency)}; wait for them or cancel them.",
                held_micros=held,
            )

    async def whole_statement(self, user: UserId) -> AsyncIterator[Entry]:
        """Give everything that moved a user's wallet, newest first, a page a transaction."""
        async for entry in self._all(wallet_of(user)):
            yield entry

    async def all_earnings(self, user: UserId) -> AsyncIterator[Entry]:
        """Give everything that a creator earned, newest first, a page a transaction."""
        async for entry in self._all(earnings_of(user)):
            yield entry

    async def _all(self, account: AccountId) -> AsyncIterator[Entry]:
        page = await self._page(account, None, MAX_PAGE_ROWS)
        while True:
            for entry in page.rows:
                yield entry
            if page.next_cursor is None:
                return
            page = await self._page(account, page.next_cursor, MAX_PAGE_ROWS)

    async def _page(
        self, account: AccountId, cursor: str | None, limit: int, kind: EntryKind | None = None
    ) -> Page[Entry]:
        async with self._database.unit_of_work() as connection:
            return await read_statement(connection, account, cursor=cursor, limit=limit, kind=kind)

    async def _pay(self, top_up: TopUp) -> TopUp:
        started = await self._payments.start(top_up)
        async with self._database.unit_of_work() as connection:
            await write_reference(connection, top_up.id, started.reference)
        return await self.confirm_top_up(top_up.id) if started.is_confirmed else top_up

    def _check_amount(self, amount: Micros) -> None:
        lowest, highest = Micros(self._limits.min_top_up_micros), Micros(self._limits.max_top_up_micros)
        if not lowest <= amount <= highest:
            raise Invalid(
                "top_up_out_of_range",
                f"A top-up lies between {format_amount(lowest, self.currency)} and "
                f"{format_amount(highest, self.currency)}.",
                field="amount_micros",
            )
