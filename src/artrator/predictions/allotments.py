"""What this process has set aside of busy users' wallets, so that their short runs need not each be held for.

A run of a busy user takes its price from the allotment in memory, and is paid for when it ends. What is set aside is a hold
in the ledger, so that a run that was let in can be paid for, whatever other processes do; and a row, so that what a dead
process had set aside is given back. Both are made and ended here, in the background of the runs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from artrator.db.database import Database
from artrator.kernel.errors import ArtratorError, PaymentRequired
from artrator.kernel.ids import UserId, new_id
from artrator.kernel.money import Micros
from artrator.ledger.allotment import Allotment
from artrator.ledger.balance import read_balance
from artrator.predictions.allotment_store import end_allotments, replace_allotment
from artrator.predictions.tables import allotments

log = logging.getLogger(__name__)

BUSY_RUNS = 8
"""In a window: fewer runs are not worth the two transactions that an allotment takes."""
WINDOW_S = 1.0
SHARE = 16
"""At most such a part of a wallet is set aside: the rest stays free for what other processes hold."""


@dataclass(slots=True)
class _Purse:
    """What is set aside of one wallet, what of it runs under way have taken, and how much is asked for.

    runs, asked: runs of this window, and their prices; asked_before: of the last one. asked_s: when there was one last.
    """

    allotment: Allotment | None = None
    taken: int = 0
    runs: int = 0
    under_way: int = 0
    asked: int = 0
    asked_before: int = 0
    asked_s: float = 0.0
    changing: bool = False

    def covers(self, price: Micros) -> bool:
        return self.allotment is not None and self.taken + price <= self.allotment.amount

    def wants(self, price: Micros) -> int:
        """Say how much should be set aside: twice what was under way, and what a window takes, whichever is more."""
        return max(self.asked, self.asked_before, 2 * (self.taken + price), BUSY_RUNS * price)


class Allotments:
    """The allotments of this process. runner: its name in leases. idle_s: what was not needed for so long is given back."""

    def __init__(
        self, database: Database, runner: str, *, idle_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.runner = runner
        self._database = database
        self._idle_s, self._monotonic = idle_s, monotonic
        self._purses: dict[UserId, _Purse] = {}
        self._changes: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def in_flight(self) -> int:
        """Count the runs under way that took something."""
        return sum(purse.under_way for purse in self._purses.values())

    def take(self, user_id: UserId, price: Micros) -> bool:
        """Take a run's price, where enough is set aside; it is to be given back when the run has ended.

        Being asked is what makes a user busy: who is refused now may find something set aside soon.
        """
        purse = self._purses.get(user_id)
        if purse is None:
            purse = self._purses[user_id] = _Purse()
        purse.runs += 1
        purse.asked += price
        purse.asked_s = self._monotonic()
        if not purse.covers(price):
            if purse.runs >= BUSY_RUNS and not purse.changing and not self._closing:
                purse.changing = True
                self._change(self._grow(user_id, purse, purse.wants(price), least=price))
            return False
        purse.taken += price
        purse.under_way += 1
        return True

    def of(self, user_id: UserId) -> Allotment | None:
        """Give what this process has set aside of a wallet."""
        purse = self._purses.get(user_id)
        return None if purse is None else purse.allotment

    def give_back(self, user_id: UserId, price: Micros) -> None:
        """Note that a run that took its price has ended, or is held for by itself."""
        purse = self._purses[user_id]
        purse.taken -= price
        purse.under_way -= 1

    def note(self, user_id: UserId, allotment: Allotment | None) -> None:
        """Note what is set aside of a wallet from now on; None: nothing, somebody needed it."""
        purse = self._purses.get(user_id)
        if purse is not None:
            purse.allotment = allotment

    async def reclaim(self, user_id: UserId) -> bool:
        """Give back what all processes have set aside of a wallet, which a run needs now; False where it was nothing.

        Runs under way that took something of it are paid for by what the wallet still has when they end.
        """
        self.note(user_id, None)
        async with self._database.unit_of_work() as connection:
            return any(each.amount for each in await end_allotments(connection, allotments.c.user_id == user_id))

    async def tend_forever(self) -> None:
        """Give back what nobody needs any more, until cancelled."""
        while True:
            await asyncio.sleep(WINDOW_S)
            self.tend()

    def tend(self) -> None:
        """End a window."""
        now_s = self._monotonic()
        for user_id, purse in list(self._purses.items()):
            purse.runs, purse.asked, purse.asked_before = 0, 0, purse.asked
            if purse.under_way or purse.changing or now_s - purse.asked_s < self._idle_s:
                continue
            if purse.allotment is None:
                del self._purses[user_id]
            else:
                purse.allotment, ended = None, purse.allotment
                purse.changing = True
                self._change(self._end(purse, ended))

    async def close(self) -> None:
        """Give everything back. Call it when no run is under way. Raises: Unavailable; others give it back then."""
        self._closing = True
        await asyncio.gather(*self._changes)
        for purse in self._purses.values():
            purse.allotment = None
        async with self._database.unit_of_work() as connection:
            await end_allotments(connection, allotments.c.runner == self.runner)

    def _change(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)

    async def _grow(self, user_id: UserId, purse: _Purse, wanted: int, *, least: int) -> None:
        try:
            allotment = await self._set_aside(user_id, purse, wanted, least)
            if allotment is not None:
                purse.allotment = allotment
        except PaymentRequired:
            pass  # somebody else spent it at this moment
        except ArtratorError as error:
            log.warning("nothing can be set aside of a wallet now: %s", error.code)
        finally:
            purse.changing = False
            purse.runs = 0  # whatever came of it, not at once again

    async def _set_aside(self, user_id: UserId, purse: _Purse, wanted: int, least: int) -> Allotment | None:
        """Set more aside than is, at least so much; None where a wallet's fair part is less. Raises: PaymentRequired."""
        held = 0 if purse.allotment is None else purse.allotment.amount
        async with self._database.unit_of_work() as connection:
            fair = (held + (await read_balance(connection, user_id)).available) // SHARE
            amount = min(wanted, fair)
            if wanted and (amount <= held or amount < least):
                return None
            allotment = Allotment(user_id=user_id, key=f"allotment:{new_id()}", amount=Micros(amount))
            await replace_allotment(connection, self.runner, allotment)
        return allotment

    async def _end(self, purse: _Purse, ended: Allotment) -> None:
        try:
            mine = (allotments.c.runner == self.runner, allotments.c.key == ended.key)
            async with self._database.unit_of_work() as connection:
                await end_allotments(connection, *mine)
        except ArtratorError:
            purse.allotment = ended  # the next window tries again
        finally:
            purse.changing = False
