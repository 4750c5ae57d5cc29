"""Accept a run: its row and the hold on its price come into being together, or not at all, many runs a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.db.group_commit import GroupCommit
from artrator.db.queue import JobQueue
from artrator.kernel.errors import ArtratorError, Conflict
from artrator.kernel.ids import PredictionId, UserId
from artrator.ledger.journal import apply_groups
from artrator.ledger.run_payment import hold
from artrator.predictions.payment import payment_of
from artrator.predictions.prediction import Prediction, WebhookEvent
from artrator.predictions.store import delete_prediction, insert_predictions
from artrator.predictions.tables import prediction_keys
from artrator.predictions.webhook_jobs import announce

RUN_JOB = "run_prediction"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """What the header Idempotency-Key says, with a hash of what was asked."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A run to accept. A prediction without a runner waits for one: a job is deferred with it."""

    prediction: Prediction
    key: RequestKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The run that stands for a reservation: a new one, or the one that the same key already made."""

    prediction_id: PredictionId
    repeated: bool = False


class Reservations:
    """Accept runs in groups."""

    def __init__(self, database: Database, queue: JobQueue) -> None:
        self._database = database
        self._queue = queue
        self._group = GroupCommit[Reservation, Reserved](database, self._apply)

    async def reserve(self, reservation: Reservation) -> Reserved:
        """Return once the row and the hold are committed.

        Raises: PaymentRequired without a trace, Conflict for a key used for something else, Unavailable.
        """
        return await self._group.submit(reservation)

    async def earlier(self, user_id: UserId, key: RequestKey) -> PredictionId | None:
        """Find the run that a key already made. Raises: Conflict for a key used for something else."""
        async with self._database.unit_of_work() as connection:
            answers = await _answers_of_keys(connection, {0: (user_id, key)})
        answer = answers.get(0)
        if isinstance(answer, ArtratorError):
            raise answer
        return None if answer is None else answer.prediction_id

    async def drain(self) -> None:
        """Wait for what is under way."""
        await self._group.drain()

    async def _apply(
        self, connection: AsyncConnection, group: Sequence[Reservation]
    ) -> Sequence[Reserved | ArtratorError]:
        results: dict[int, Reserved | ArtratorError] = await _claim_keys(connection, group)
        new = {index: each.prediction for index, each in enumerate(group) if index not in results}
        await insert_predictions(connection, list(new.values()))
        for prediction in new.values():
            await self._defer(connection, prediction)
        # last, since it locks wallets until the commit; the few rows that are refused are taken back
        refusals = await apply_groups(connection, [hold(payment_of(each)) for each in new.values()])
        refused: dict[PredictionId, ArtratorError] = {}
        for (index, prediction), refusal in zip(new.items(), refusals, strict=True):
            results[index] = refusal or Reserved(prediction_id=prediction.id)
            if refusal is not None:
                refused[prediction.id] = refusal
        for prediction_id in refused:
            await delete_prediction(connection, prediction_id)
        return [_with_refusal(results[index], refused) for index in range(len(group))]

    async def _defer(self, connection: AsyncConnection, prediction: Prediction) -> None:
        if prediction.runner is None:
            await self._queue.defer(connection, RUN_JOB, {"prediction_id": prediction.id})
        await announce(self._queue, connection, prediction, WebhookEvent.START)


def _with_refusal(
    result: Reserved | ArtratorError, refused: dict[PredictionId, ArtratorError]
) -> Reserved | ArtratorError:
    # a repetition in the same group as the original shares its fate
    return refused.get(result.prediction_id, result) if isinstance(result, Reserved) else result


async def _claim_keys(connection: AsyncConnection, group: Sequence[Reservation]) -> dict[int, Reserved | ArtratorError]:
    """Write the keys of a group; answer the reservations whose key was already there."""
    keyed = {index: (each, each.key) for index, each in enumerate(group) if each.key is not None}
    if not keyed:
        return {}
    rows = [
        {
            "user_id": each.prediction.user_id,
            "key": key.key,
            "request_hash": key.request_hash,
            "prediction_id": each.prediction.id,
            "created_at": each.prediction.created_at,
        }
        for each, key in keyed.values()
    ]
    # one order for all, so that two groups never wait for each other
    rows.sort(key=lambda row: (str(row["user_id"]), str(row["key"])))
    new = await connection.execute(
        insert(prediction_keys).values(rows).on_conflict_do_nothing().returning(prediction_keys.c.prediction_id)
    )
    won = set(new.scalars())
    lost = {
        index: (each.prediction.user_id, key) for index, (each, key) in keyed.items() if each.prediction.id not in won
    }
    answers = await _answers_of_keys(connection, lost) if lost else {}
    expired = Conflict("idempotency_key_expired", "This Idempotency-Key just expired; try again.")
    return {index: answers.get(index, expired) for index in lost}


async def _answers_of_keys(
    connection: AsyncConnection, wanted: Mapping[int, tuple[UserId, RequestKey]]
) -> dict[int, Reserved | ArtratorError]:
    """Say for each key that is there which run it made, or that it was used for something else."""
    columns = prediction_keys.c
    pairs = [(user_id, key.key) for user_id, key in wanted.values()]
    found = await connection.execute(
        select(columns.user_id, columns.key, columns.request_hash, columns.prediction_id).where(
            tuple_(columns.user_id, columns.key).in_(pairs)
        )
    )
    made = {(row.user_id, row.key): (str(row.request_hash), PredictionId(row.prediction_id)) for row in found}
    answers: dict[int, Reserved | ArtratorError] = {}
    for index, (user_id, key) in wanted.items():
        if (user_id, key.key) not in made:
            continue
        request_hash, prediction_id = made[user_id, key.key]
        if request_hash == key.request_hash:
            answers[index] = Reserved(prediction_id=prediction_id, repeated=True)
        else:
            answers[index] = Conflict(
                "idempotency_key_reused",
                "This Idempotency-Key was used for another request; take a new key for a new run.",
                field="Idempotency-Key",
            )
    return answers
