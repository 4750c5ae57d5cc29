"""Several predictions as one zip file, written while it is sent, so that no archive is ever held whole."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import PurePosixPath

import msgspec

from artrator.kernel.errors import NotFound
from artrator.predictions.outputs import key_part
from artrator.predictions.prediction import Prediction
from artrator.storage.blobs import Blobs

INPUTS = "inputs.json"


class Archive:
    """Write archives of outputs and of what made them."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def chunks(self, predictions: Sequence[Prediction]) -> AsyncIterator[bytes]:
        """Yield a zip file: a folder with the files of each prediction, and `inputs.json` about all.

        A file that was deleted meanwhile is left out.
        """
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
            entries = [_entry(prediction) for prediction in predictions]
            archive.writestr(INPUTS, msgspec.json.format(msgspec.json.encode(entries), indent=2))
            for prediction in predictions:
                for name, key in _files(prediction).items():
                    async for chunk in self._write(archive, sink, f"{_folder(prediction)}/{name}", key):
                        yield chunk
        yield sink.take()

    async def _write(self, archive: zipfile.ZipFile, sink: _Sink, name: str, key: str) -> AsyncIterator[bytes]:
        content = self._blobs.stream(key)
        try:
            first = await anext(content, b"")
        except NotFound:
            return
        with archive.open(name, "w", force_zip64=True) as entry:
            entry.write(first)
            async for chunk in content:
                entry.write(chunk)
                yield sink.take()
        yield sink.take()


class _Sink:
    """Collects what the zip file writes; it cannot seek, so sizes follow the contents."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes, /) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""

    def take(self) -> bytes:
        """Give what was written since the last time."""
        taken, self._written = bytes(self._written), bytearray()
        return taken


def _folder(prediction: Prediction) -> str:
    return f"{prediction.model.replace('/', '-')}-{prediction.id}"


def _files(prediction: Prediction) -> dict[str, str]:
    """Name the blobs of a prediction by their place in its folder."""
    outputs = {
        f"{key_part(output.name)}{f'-{index}' if output.many else ''}{PurePosixPath(file.key).suffix}": file.key
        for output in prediction.output or ()
        for index, file in enumerate(output.files)
    }
    inputs = {f"inputs/{PurePosixPath(key).name}": key for key in prediction.input_files.values()}
    return outputs | inputs


def _entry(prediction: Prediction) -> dict[str, object]:
    given = {name: f"inputs/{PurePosixPath(key).name}" for name, key in prediction.input_files.items()}
    return {
        "id": prediction.id,
        "model": prediction.model,
        "version": prediction.version,
        "status": prediction.status.value,
        "created_at": prediction.created_at,
        "input": {**prediction.input, **prediction.seeds, **given},
        "output": {output.name: output.value for output in prediction.output or () if not output.files},
        "folder": _folder(prediction),
        "files": list(_files(prediction)),
    }
