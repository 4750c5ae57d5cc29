"""Idempotency-Keys: which run a key made, and what is answered to one that comes again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.errors import ArtratorError, Conflict, Invalid
from artrator.kernel.ids import PredictionId, UserId
from artrator.predictions.tables import prediction_keys

MAX_KEY_LENGTH = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """What the header Idempotency-Key says, with a hash of what was asked."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The run that stands for a reservation: a new one, or the one that the same key already made."""

    prediction_id: PredictionId
    repeated: bool = False


async def answers_of_keys(
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
            answers[index] = key_reused()
    return answers


def key_reused() -> Conflict:
    """Say that a key was used for another request."""
    return Conflict(
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request; take a new key for a new run.",
        field="Idempotency-Key",
    )


def check_key(key: str | None) -> None:
    """Refuse what is no key. Raises: Invalid."""
    if key is not None and not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise Invalid(
            "idempotency_key_malformed",
            f"An Idempotency-Key has 1 to {MAX_KEY_LENGTH} printable ASCII characters.",
            field="Idempotency-Key",
        )
