"""Find, list, watch and delete one's own predictions; those of others do not exist."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from artrator.db.database import Database
from artrator.kernel.errors import Conflict
from artrator.kernel.ids import PredictionId, UserId, is_id
from artrator.predictions.events import PredictionBus
from artrator.predictions.outputs import OutputStore
from artrator.predictions.prediction import Prediction, StoredFile, Wanted
from artrator.predictions.settle import prediction_not_found
from artrator.predictions.store import (
    delete_prediction,
    get_prediction,
    list_by_id,
    lock_predictions,
    page_query,
    read_row,
)
from artrator.storage.blobs import Blobs
from artrator.wire.page import Page, id_page, read_id_cursor

LOOK_AGAIN_S = 5.0
"""A row that is waited for is read so often even if no message came."""


EVERY_RUN = Wanted()


class PredictionReader:
    """One's own predictions."""

    def __init__(self, database: Database, bus: PredictionBus, blobs: Blobs, outputs: OutputStore) -> None:
        self._database = database
        self._bus = bus
        self._blobs = blobs
        self._outputs = outputs

    async def get(self, user_id: UserId, prediction_id: str) -> Prediction:
        """Find one. Raises: NotFound."""
        if not is_id(prediction_id):
            raise prediction_not_found()
        async with self._database.unit_of_work() as connection:
            prediction = await get_prediction(connection, PredictionId(prediction_id))
        if prediction is None or prediction.user_id != user_id:
            raise prediction_not_found()
        return prediction

    async def get_many(self, user_id: UserId, ids: Sequence[str]) -> Sequence[Prediction]:
        """Find several, the newest first. Raises: NotFound where one of them is not there."""
        wanted = {PredictionId(each) for each in ids if is_id(each)}
        async with self._database.unit_of_work() as connection:
            found = await list_by_id(connection, user_id, sorted(wanted))
        if len(found) < len(set(ids)):
            raise prediction_not_found()
        return found

    async def wait(self, user_id: UserId, prediction_id: PredictionId, *, until: float) -> Prediction:
        """Give the row when it is final, or as it is when the loop's clock shows `until`. Raises: NotFound."""
        loop = asyncio.get_running_loop()
        with self._bus.watch(prediction_id) as watch:
            while True:
                prediction = await self.get(user_id, prediction_id)
                left_s = until - loop.time()
                if prediction.status.final or left_s <= 0:
                    return prediction
                await watch.news(timeout_s=min(left_s, LOOK_AGAIN_S))

    async def content(self, file: StoredFile) -> bytes:
        """Read a file of one's own prediction. Raises: NotFound where it was deleted."""
        return await self._blobs.get(file.key)

    async def list_page(
        self, user_id: UserId, wanted: Wanted = EVERY_RUN, *, cursor: str | None, rows: int
    ) -> Page[Prediction]:
        """List a user's runs, newest first. Raises: Invalid for a cursor that no page gave."""
        before, after = read_id_cursor(cursor)
        async with self._database.unit_of_work() as connection:
            query = page_query(user_id, wanted, before=before, after=after, rows=rows)
            found = [read_row(row) for row in await connection.execute(query)]
        return id_page(found, rows=rows, before=before, after=after)

    async def delete(self, user_id: UserId, prediction_id: str) -> None:
        """Delete a run that ended, with its inputs and outputs; what was paid stays in the ledger.

        Raises: NotFound; Conflict while it runs.
        """
        await self.get(user_id, prediction_id)
        async with self._database.unit_of_work() as connection:
            locked = await lock_predictions(connection, [PredictionId(prediction_id)])
            prediction = locked.get(PredictionId(prediction_id))
            if prediction is None:
                raise prediction_not_found()
            if not prediction.status.final:
                raise Conflict("prediction_running", "The prediction still runs; cancel it first.")
            await delete_prediction(connection, prediction.id)
        await self._outputs.delete(prediction.output or ())
        for key in prediction.input_files.values():
            await self._blobs.delete(key)
