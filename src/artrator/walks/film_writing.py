"""Write an ordered film in a thread, from blobs to a file to a blob."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from artrator.db.database import Database
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import WalkId
from artrator.predictions.outputs import BUCKET_LETTERS
from artrator.storage.blobs import Blobs
from artrator.storage.media_types import suffix_of
from artrator.walks.film import Film, FilmFormat, FilmStatus
from artrator.walks.film_gif import write_gif
from artrator.walks.film_store import end_film, get_film
from artrator.walks.film_video import write_video
from artrator.walks.film_zip import write_zip
from artrator.walks.frame_store import list_frames
from artrator.walks.path import Path
from artrator.walks.reel import Read, Reel
from artrator.walks.store import get_walk
from artrator.walks.walk import Frame

log = logging.getLogger(__name__)

READ_S = 60.0


class FilmWriting:
    """Writes films. folder: where they lie until they are whole."""

    def __init__(self, database: Database, blobs: Blobs, *, folder: FilePath, max_side_px: int) -> None:
        self._database = database
        self._blobs = blobs
        self._folder = folder
        self._max_side_px = max_side_px

    async def write(self, walk_id: str, film_format: str, order_id: str) -> None:
        """Write a film unless it is written, or another one was ordered in its place. Raises: Unavailable."""
        async with self._database.unit_of_work() as connection:
            film = await get_film(connection, WalkId(walk_id), FilmFormat(film_format))
            if film is None or film.order_id != order_id or film.status is not FilmStatus.PROCESSING:
                return
            walk = await get_walk(connection, film.walk_id)
            frames = await list_frames(connection, film.walk_id)
        assert walk is not None, "a film goes with its walk"
        order = Path(len(walk.keyframes), walk.ending).film(len(frames))
        try:
            written = await self._write(film, frames, order)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("the film %s of the walk %s is not written", film.format.value, film.walk_id)
            message = error.message if isinstance(error, ArtratorError) else "The film could not be written."
            written = replace(film, status=FilmStatus.FAILED, error=message)
        async with self._database.unit_of_work() as connection:
            is_kept = await end_film(connection, written)
        if not is_kept and written.key is not None:
            await self._blobs.delete(written.key)

    async def _write(self, film: Film, frames: Sequence[Frame], order: Sequence[int]) -> Film:
        stopped = threading.Event()
        reel = Reel(read=self._reader(frames, stopped), order=order, fps=film.fps, max_side_px=self._max_side_px)
        key = f"films/{film.walk_id[:BUCKET_LETTERS]}/{film.walk_id}-{film.order_id}{suffix_of(film.format.media_type)}"
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            path = FilePath(folder) / f"film.{film.format.value}"
            writing = asyncio.get_running_loop().run_in_executor(None, _write_file, reel, film.format, path)
            try:
                await asyncio.shield(writing)
            finally:
                stopped.set()  # the thread ends at its next picture
                await asyncio.gather(writing, return_exceptions=True)
            await self._blobs.put(key, path, media_type=film.format.media_type)
            size_bytes = (await asyncio.to_thread(path.stat)).st_size
        return replace(film, status=FilmStatus.READY, frames=len(frames), key=key, size_bytes=size_bytes)

    def _reader(self, frames: Sequence[Frame], stopped: threading.Event) -> Read:
        """Read blobs from a thread by way of this loop."""
        loop = asyncio.get_running_loop()

        def read(place: int) -> bytes:
            if stopped.is_set():
                raise Unavailable("film_stopped", "The film is written later.")
            return asyncio.run_coroutine_threadsafe(self._blobs.get(frames[place].file.key), loop).result(READ_S)

        return read


def _write_file(reel: Reel, film_format: FilmFormat, path: FilePath) -> None:
    match film_format:
        case FilmFormat.GIF:
            write_gif(reel, path)
        case FilmFormat.ZIP:
            write_zip(reel, path)
        case FilmFormat.WEBM | FilmFormat.MP4 | FilmFormat.WEBP:
            write_video(reel, film_format, path)
