"""Store what a run made, before anything is paid for it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

from artrator.engine.fleet import OutputFile, OutputJson, OutputValue
from artrator.kernel.ids import PredictionId
from artrator.predictions.prediction import StoredFile, StoredOutput
from artrator.predictions.storable import storable_json
from artrator.predictions.thumbnails import thumbnail_keys
from artrator.storage.blobs import Blobs
from artrator.storage.media_types import suffix_of

BUCKET_LETTERS = 6
"""Of a prediction's id: those of about 17 minutes begin alike."""


class OutputStore:
    """Outputs as blobs, named after prediction and settlement: two attempts never write the same blob.

    The outputs of some minutes share a folder: a folder of its own for each would have to be made durable too, with
    three further flushes of the disk, and would be left behind empty.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def store(
        self, prediction_id: PredictionId, settlement: str, outputs: Mapping[str, OutputValue]
    ) -> tuple[StoredOutput, ...]:
        """Store all outputs; they are on the disk when this returns. Raises: Unavailable."""
        stem = f"outputs/{prediction_id[:BUCKET_LETTERS]}/{prediction_id}-{settlement}-"
        return await self.store_in(stem, outputs)

    async def store_in(self, stem: str, outputs: Mapping[str, OutputValue]) -> tuple[StoredOutput, ...]:
        """Store all outputs under keys that begin with a stem. Raises: Unavailable."""
        return tuple([await self._store_one(f"{stem}{key_part(name)}", name, value) for name, value in outputs.items()])

    async def delete(self, outputs: Sequence[StoredOutput]) -> None:
        """Delete the blobs of outputs and their thumbnails; what is not there is no error."""
        for file in (file for output in outputs for file in output.files):
            for key in (file.key, *thumbnail_keys(file)):
                await self._blobs.delete(key)

    async def _store_one(self, stem: str, name: str, value: OutputValue) -> StoredOutput:
        match value:
            case OutputJson():
                return StoredOutput(name=name, value=storable_json(value.value))
            case OutputFile():
                return StoredOutput(name=name, files=(await self._put(stem, value),))
            case tuple():
                files = await asyncio.gather(*(self._put(f"{stem}-{index}", each) for index, each in enumerate(value)))
                return StoredOutput(name=name, files=tuple(files), many=True)

    async def _put(self, stem: str, file: OutputFile) -> StoredFile:
        key = stem + suffix_of(file.media_type)
        await self._blobs.put(key, file.data, media_type=file.media_type)
        return StoredFile(
            key=key,
            media_type=file.media_type,
            size_bytes=len(file.data),
            sha256=hashlib.sha256(file.data).hexdigest(),
            width_px=file.width_px,
            height_px=file.height_px,
        )


def key_part(name: str) -> str:
    """Write a field's name so that a blob's key may hold it."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)[:60]
