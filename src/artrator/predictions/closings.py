"""Settlements as the SQL function `predictions_settle` takes them, and what it says of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import LiteralString

import msgspec
import psycopg

from artrator.db.array_text import integer_array, text_array
from artrator.kernel.errors import ArtratorError, NotFound
from artrator.kernel.ids import PredictionId
from artrator.ledger.batch import PARAMETERS, Batch
from artrator.ledger.run_payment import release, settle
from artrator.ledger.transfer import TransferGroup
from artrator.predictions.payment import payment_of
from artrator.predictions.prediction import Measured, Outcome, Prediction, Status, StoredOutput
from artrator.predictions.settlement import Settled, Settlement

SETTLE: LiteralString = (
    "SELECT states, rows::text FROM predictions_settle(%(closings)s::json, %(run_ids)s::text[],"
    " %(payments)s::integer[], %(told)s::integer[], %(forgotten)s::integer[], %(runner)s, %(channel)s,"
    " %(messages)s::text[], <batch>)"
).replace("<batch>", PARAMETERS)
LEDGER_REFUSED = "LR001"
"""The SQLSTATE by which `predictions_settle` says that it did nothing, since the ledger refused a part of it."""


class Closings:
    """Settlements of different runs, in ascending order of their ids; that is the order of the locks."""

    def __init__(self, settlements: Sequence[Settlement], rows: Mapping[PredictionId, Prediction]) -> None:
        self._settlements = settlements
        self._rows = [rows[each.prediction_id] for each in settlements]
        transfers = (_transfers(each.outcome, row) for each, row in zip(settlements, self._rows, strict=True))
        self._batch = Batch(list(transfers))

    @property
    def have_webhooks(self) -> bool:
        """Tell whether somebody outside wants to hear of one of them."""
        return any(row.webhook is not None for row in self._rows)

    def values(self) -> dict[str, str]:
        """Write the parameters of `SETTLE`, all but what others are told."""
        placed = list(enumerate(self._settlements, start=1))
        return {
            "closings": msgspec.json.encode([_closing(place, each) for place, each in placed]).decode(),
            "run_ids": text_array([each.prediction_id for each in self._settlements]),
            "payments": integer_array(self._batch.places()),
            "told": integer_array([place for place, each in placed if not each.says_all]),
            "forgotten": integer_array([place for place, each in placed if each.forget_key]),
            **self._batch.arguments(),
        }

    def answers(self, states: Sequence[str], rows: str | None) -> Iterator[tuple[Settlement, Settled | NotFound, bool]]:
        """Say of each settlement what came of it, and whether it closed its run just now."""
        told = {row.id: row for row in read_rows(rows)}
        for each, row, state in zip(self._settlements, self._rows, states, strict=True):
            if state == "missing":
                yield each, prediction_not_found(), False
            else:
                now = told.get(each.prediction_id) or each.outcome.close(row)
                yield each, Settled(prediction=now, won=now.settlement == each.outcome.settlement), state == "closed"

    def refused(self, error: psycopg.Error) -> dict[PredictionId, ArtratorError]:
        """Read off an error which settlements the ledger refuses, and why. Raises: the error if it says nothing of it."""
        if error.sqlstate != LEDGER_REFUSED:
            raise error
        outcomes = msgspec.json.decode(error.diag.message_detail or "", type=list[str])
        refusals = self._batch.answers(outcomes, [None] * len(outcomes))
        pairs = zip(self._settlements, refusals, strict=True)
        return {each.prediction_id: refusal for each, refusal in pairs if refusal is not None}


class _Closing(msgspec.Struct, frozen=True, gc=False):
    place: int
    id: str
    attempt: int | None
    runner: str | None
    status: Status
    output: tuple[StoredOutput, ...] | None
    error: str | None
    error_code: str | None
    logs: str | None
    started_at: datetime | None
    completed_at: datetime
    measured: Measured | None
    settlement: str


def _closing(place: int, settlement: Settlement) -> _Closing:
    lease, outcome = settlement.lease, settlement.outcome
    return _Closing(
        place,
        settlement.prediction_id,
        None if lease is None else lease.attempt,
        None if lease is None else lease.runner,
        outcome.status,
        outcome.output,
        outcome.error,
        outcome.error_code,
        outcome.logs,
        outcome.started_at,
        outcome.completed_at,
        outcome.measured,
        outcome.settlement,
    )


def _transfers(outcome: Outcome, row: Prediction) -> TransferGroup:
    payment = payment_of(row)
    return settle(payment) if outcome.status is Status.SUCCEEDED else release(payment)


def read_rows(rows: str | None) -> Sequence[Prediction]:
    """Read whole rows from JSON that PostgreSQL made of them; None is none."""
    return [] if rows is None else msgspec.json.decode(rows, type=list[Prediction])


def prediction_not_found() -> NotFound:
    """Say that there is none, or that it is somebody else's: which of the two is not told."""
    return NotFound("prediction_not_found", "There is no prediction with this id.")
