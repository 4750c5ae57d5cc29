"""End a run exactly once: its last state, and the post or the void of its price, many runs a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import LiteralString

import psycopg
from psycopg import AsyncCursor

from artrator.catalog.service import Catalog
from artrator.db.array_text import text_array
from artrator.db.database import Database
from artrator.db.lane import one_row
from artrator.db.queue import JobQueue
from artrator.kernel.errors import ArtratorError, NotFound
from artrator.kernel.group_commit import GroupCommit
from artrator.kernel.ids import PredictionId
from artrator.ledger.journal import ledger_contention
from artrator.predictions.closings import SETTLE, Closings, prediction_not_found, read_rows
from artrator.predictions.events import CHANNEL, PredictionBus, Signal
from artrator.predictions.prediction import Prediction, Status, WebhookEvent
from artrator.predictions.settlement import Lease, Settled, Settlement
from artrator.predictions.webhook_jobs import announce

__all__ = ["Lease", "Settled", "Settlement", "Settlements", "prediction_not_found"]

_READ: LiteralString = "SELECT json_agg(p)::text FROM predictions p WHERE id = ANY (%(ids)s::text[])"


class Settlements:
    """Settle runs in groups. in_flight: how many runs this process has under way."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        catalog: Catalog,
        bus: PredictionBus,
        in_flight: Callable[[], int] = int,
    ) -> None:
        self._queue = queue
        self._catalog = catalog
        self._bus = bus
        self._lane = database.lane()
        self._group = GroupCommit[Settlement, Settled](self._apply, siblings=in_flight)

    async def settle(self, settlement: Settlement) -> Settled:
        """Return once the run's end is committed, ours or an earlier one.

        Settling again after a lost connection is safe: a settlement knows itself by `outcome.settlement`.
        Raises: NotFound, Unavailable.
        """
        settled = await self._group.submit(settlement)
        if settled.won and settled.prediction.status is Status.SUCCEEDED:
            self._catalog.count_run_soon(settled.prediction.model_id)
        self._bus.tell_here(settlement.prediction_id)
        return settled

    async def drain(self) -> None:
        """Wait for what is under way."""
        await self._group.drain()

    async def _apply(self, group: Sequence[Settlement]) -> Sequence[Settled | ArtratorError]:
        """Commit settlements; of several of one run in a group, each sees what those before it left."""
        results: dict[int, Settled | ArtratorError] = {}
        rest = dict(enumerate(group))
        while rest:
            firsts = {each.prediction_id: index for index, each in reversed(rest.items())}
            part = {index: rest.pop(index) for index in firsts.values()}
            found = await self._write(list(part.values()))
            results.update(
                (index, found.get(each.prediction_id, prediction_not_found())) for index, each in part.items()
            )
        return [results[index] for index in range(len(group))]

    async def _write(self, group: Sequence[Settlement]) -> dict[PredictionId, Settled | ArtratorError]:
        """Commit settlements of different runs in one statement; a run that is not there has no answer."""
        rows = await self._rows(group)
        rest = sorted((each for each in group if each.prediction_id in rows), key=lambda each: each.prediction_id)
        refused: dict[PredictionId, ArtratorError] = {}
        while rest:
            closings = Closings(rest, rows)
            try:
                return {**refused, **await self._close(closings, rest)}
            except psycopg.errors.UniqueViolation as error:
                raise ledger_contention() from error
            except psycopg.DatabaseError as error:
                refused |= closings.refused(error)
                rest = [each for each in rest if each.prediction_id not in refused]
        return dict(refused)

    async def _close(
        self, closings: Closings, settlements: Sequence[Settlement]
    ) -> dict[PredictionId, Settled | ArtratorError]:
        signals = [Signal(each.prediction_id) for each in settlements]
        values = {
            **closings.values(),
            "runner": self._bus.origin,
            "channel": CHANNEL,
            "messages": text_array(self._bus.messages(signals)),
        }
        if closings.have_webhooks:
            async with self._lane.transaction() as cursor:
                answers = list(closings.answers(*await one_row(cursor, SETTLE, values)))
                await self._announce(cursor, answers)
        else:
            answers = closings.answers(*await self._lane.statement(SETTLE, values))
        return {each.prediction_id: answer for each, answer, _ in answers}

    async def _rows(self, group: Sequence[Settlement]) -> dict[PredictionId, Prediction]:
        """Give the rows for what never changes in them; those of runs that the caller does not know are read."""
        rows = {each.prediction_id: each.row for each in group if each.row is not None}
        unknown = [each.prediction_id for each in group if each.row is None]
        if unknown:
            (found,) = await self._lane.statement(_READ, {"ids": text_array(unknown)})
            rows.update((row.id, row) for row in read_rows(found))
        return rows

    async def _announce(
        self, cursor: AsyncCursor[tuple[object, ...]], answers: Iterable[tuple[Settlement, Settled | NotFound, bool]]
    ) -> None:
        for _, answer, closed in answers:
            if closed and isinstance(answer, Settled):
                if answer.prediction.output is not None:
                    await announce(self._queue, cursor.connection, answer.prediction, WebhookEvent.OUTPUT)
                await announce(self._queue, cursor.connection, answer.prediction, WebhookEvent.COMPLETED)
