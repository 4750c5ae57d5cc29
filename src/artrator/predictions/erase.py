"""Forget everything that a user ran and uploaded as inputs, when their account ends."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.kernel.ids import UserId
from artrator.predictions.allotment_store import has_allotment
from artrator.predictions.outputs import OutputStore
from artrator.predictions.prediction import Prediction
from artrator.predictions.store import UNFINISHED, delete_prediction, read_row
from artrator.predictions.tables import files, prediction_keys, predictions, webhook_secrets
from artrator.storage.blobs import Blobs

AT_ONCE = 50


class Erasure:
    """Deletes a user's runs, files and secrets; what was paid stays in the ledger."""

    def __init__(self, database: Database, blobs: Blobs, outputs: OutputStore) -> None:
        self._database = database
        self._blobs = blobs
        self._outputs = outputs

    async def erase(self, user_id: UserId) -> bool:
        """Delete what can be deleted; False while runs go on, whose turn comes when this is called again."""
        while rows := await self._ended(user_id):
            for row in rows:
                await self._erase_run(row)
        while keys := await self._file_ids(user_id):
            for file_id in keys:
                await self._blobs.delete(f"files/{file_id}")
            async with self._database.unit_of_work() as connection:
                await connection.execute(delete(files).where(files.c.id.in_(keys)))
        async with self._database.unit_of_work() as connection:
            await connection.execute(delete(webhook_secrets).where(webhook_secrets.c.user_id == user_id))
            await connection.execute(delete(prediction_keys).where(prediction_keys.c.user_id == user_id))
            return not (await has_allotment(connection, user_id) or await _unfinished(connection, user_id))

    async def _ended(self, user_id: UserId) -> list[Prediction]:
        query = select(predictions).where(predictions.c.user_id == user_id, ~UNFINISHED).limit(AT_ONCE)
        async with self._database.unit_of_work() as connection:
            return [read_row(row) for row in await connection.execute(query)]

    async def _erase_run(self, row: Prediction) -> None:
        # the row goes last: as long as it is there, a second attempt finds the blobs that are left
        await self._outputs.delete(row.output or ())
        for key in row.input_files.values():
            await self._blobs.delete(key)
        async with self._database.unit_of_work() as connection:
            await delete_prediction(connection, row.id)

    async def _file_ids(self, user_id: UserId) -> list[str]:
        query = select(files.c.id).where(files.c.user_id == user_id).limit(AT_ONCE)
        async with self._database.unit_of_work() as connection:
            return list((await connection.execute(query)).scalars())


async def _unfinished(connection: AsyncConnection, user_id: UserId) -> int:
    query = select(func.count()).where(predictions.c.user_id == user_id, UNFINISHED)
    return (await connection.execute(query)).scalar_one()
