"""Accept a run: its row and the hold on its price come into being together, or not at all, many runs a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import LiteralString

import msgspec
import psycopg
from psycopg import AsyncCursor

from artrator.db.array_text import integer_array, text_array
from artrator.db.database import Database
from artrator.db.lane import one_row
from artrator.db.queue import JobQueue
from artrator.kernel.errors import ArtratorError, Conflict, Unavailable
from artrator.kernel.group_commit import GroupCommit
from artrator.kernel.ids import PredictionId, UserId
from artrator.ledger.batch import PARAMETERS, Batch
from artrator.ledger.journal import ledger_contention
from artrator.ledger.run_payment import hold
from artrator.predictions.payment import payment_of
from artrator.predictions.prediction import Prediction, WebhookEvent
from artrator.predictions.request_keys import RequestKey, Reserved, answers_of_keys, key_reused
from artrator.predictions.webhook_jobs import announce

__all__ = ["RUN_JOB", "RequestKey", "Reservation", "Reservations", "Reserved"]

RUN_JOB = "run_prediction"
_RESERVE: LiteralString = (
    "SELECT lost, outcomes, funds FROM predictions_reserve("
    "%(runs)s::json, %(run_ids)s::text[], %(payments)s::integer[], %(keys)s::json, <batch>)"
).replace("<batch>", PARAMETERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A run to accept. A prediction without a runner waits for one: a job is deferred with it."""

    prediction: Prediction
    key: RequestKey | None = None


class Reservations:
    """Accept runs in groups. in_flight: how many runs this process has under way."""

    def __init__(self, database: Database, queue: JobQueue, in_flight: Callable[[], int] = int) -> None:
        self._database = database
        self._queue = queue
        self._lane = database.lane()
        self._group = GroupCommit[Reservation, Reserved](self._apply, siblings=in_flight)

    async def reserve(self, reservation: Reservation) -> Reserved:
        """Return once the row and the hold are committed.

        Raises: PaymentRequired without a trace, Conflict for a key used for something else, Unavailable.
        """
        return await self._group.submit(reservation)

    async def earlier(self, user_id: UserId, key: RequestKey) -> PredictionId | None:
        """Find the run that a key already made. Raises: Conflict for a key used for something else."""
        async with self._database.unit_of_work() as connection:
            answers = await answers_of_keys(connection, {0: (user_id, key)})
        answer = answers.get(0)
        if isinstance(answer, ArtratorError):
            raise answer
        return None if answer is None else answer.prediction_id

    async def drain(self) -> None:
        """Wait for what is under way."""
        await self._group.drain()

    async def _apply(self, group: Sequence[Reservation]) -> Sequence[Reserved | ArtratorError]:
        originals, repetitions = _split(group)
        results = dict(zip(originals, await self._write(list(originals.values())), strict=True))
        for index, original in repetitions.items():
            results[index] = _repeated(group[index], group[original], results[original])
        return [results[index] for index in range(len(group))]

    async def _write(self, group: Sequence[Reservation]) -> Sequence[Reserved | ArtratorError]:
        """Commit reservations with different keys; one whose key was used before is answered with that run."""
        batch = Batch([hold(payment_of(each.prediction)) for each in group])
        try:
            if any(_has_jobs(each.prediction) for each in group):
                async with self._lane.transaction() as cursor:
                    results = _results(group, batch, await one_row(cursor, _RESERVE, _values(group, batch)))
                    await self._defer(cursor, group, results)
            else:
                results = _results(group, batch, await self._lane.statement(_RESERVE, _values(group, batch)))
        except psycopg.errors.UniqueViolation as error:
            raise ledger_contention() from error
        return await self._with_earlier(group, results)

    async def _defer(
        self,
        cursor: AsyncCursor[tuple[object, ...]],
        group: Sequence[Reservation],
        results: Sequence[Reserved | ArtratorError | None],
    ) -> None:
        new = [each.prediction for each, result in zip(group, results, strict=True) if isinstance(result, Reserved)]
        waiting = [{"prediction_id": prediction.id} for prediction in new if prediction.runner is None]
        if waiting:
            await self._queue.defer_many(cursor.connection, RUN_JOB, waiting)
        for prediction in new:
            await announce(self._queue, cursor.connection, prediction, WebhookEvent.START)

    async def _with_earlier(
        self, group: Sequence[Reservation], results: Sequence[Reserved | ArtratorError | None]
    ) -> Sequence[Reserved | ArtratorError]:
        """Answer what has no result yet, since its key was there before."""
        lost = {
            index: (each.prediction.user_id, each.key)
            for index, (each, result) in enumerate(zip(group, results, strict=True))
            if result is None and each.key is not None
        }
        if not lost:
            return [result for result in results if result is not None]
        try:
            async with self._database.unit_of_work() as connection:
                answers = await answers_of_keys(connection, lost)
        except Unavailable as error:  # theirs alone: the others are committed
            return [result or error for result in results]
        expired = Conflict("idempotency_key_expired", "This Idempotency-Key just expired; try again.")
        return [result or answers.get(index, expired) for index, result in enumerate(results)]


def _has_jobs(prediction: Prediction) -> bool:
    return prediction.runner is None or prediction.wants(WebhookEvent.START)


def _split(group: Sequence[Reservation]) -> tuple[dict[int, Reservation], dict[int, int]]:
    """Tell the first reservation with a key from those of the same group that repeat it (which: its place)."""
    first: dict[tuple[UserId, str], int] = {}
    originals: dict[int, Reservation] = {}
    repetitions: dict[int, int] = {}
    for index, each in enumerate(group):
        original = index if each.key is None else first.setdefault((each.prediction.user_id, each.key.key), index)
        if original == index:
            originals[index] = each
        else:
            repetitions[index] = original
    return originals, repetitions


def _repeated(each: Reservation, original: Reservation, result: Reserved | ArtratorError) -> Reserved | ArtratorError:
    """Answer a repetition in the same group: it shares the fate of the original, if both ask for the same."""
    assert each.key is not None
    assert original.key is not None
    if each.key.request_hash != original.key.request_hash:
        return key_reused()
    return result if isinstance(result, ArtratorError) else Reserved(prediction_id=result.prediction_id, repeated=True)


def _values(group: Sequence[Reservation], batch: Batch) -> dict[str, str | None]:
    rows = [each.prediction for each in group]
    # one order for all, so that two groups never wait for each other
    keyed = sorted((each for each in group if each.key is not None), key=_key_order)
    return {
        "runs": msgspec.json.encode(rows).decode(),
        "run_ids": text_array([row.id for row in rows]),
        "payments": integer_array(batch.places()),
        "keys": msgspec.json.encode([_key_row(each) for each in keyed]).decode() if keyed else None,
        **batch.arguments(),
    }


def _key_order(each: Reservation) -> tuple[str, str]:
    assert each.key is not None
    return (each.prediction.user_id, each.key.key)


def _key_row(each: Reservation) -> dict[str, object]:
    assert each.key is not None
    return {
        "user_id": each.prediction.user_id,
        "key": each.key.key,
        "request_hash": each.key.request_hash,
        "prediction_id": each.prediction.id,
        "created_at": each.prediction.created_at,
    }


def _results(
    group: Sequence[Reservation], batch: Batch, row: tuple[Sequence[str], Sequence[str], Sequence[int | None]]
) -> list[Reserved | ArtratorError | None]:
    """Read what the statement gave; None for those whose key was there before."""
    lost, outcomes, funds = row
    refusals = batch.answers(outcomes, funds)
    return [
        None if each.prediction.id in lost else refusal or Reserved(prediction_id=each.prediction.id)
        for each, refusal in zip(group, refusals, strict=True)
    ]
