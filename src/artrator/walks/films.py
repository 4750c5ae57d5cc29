"""Order films of walks: each is written once, by a durable job, from the frames that are there."""

from __future__ import annotations

from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.kernel.clock import Clock
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import new_id
from artrator.storage.blobs import Blobs
from artrator.walks.film import Film, FilmFormat, FilmStatus
from artrator.walks.film_store import get_film, put_film
from artrator.walks.walk import Walk

FILM_JOB = "write_film"


class Films:
    """The films of walks."""

    def __init__(self, database: Database, queue: JobQueue, blobs: Blobs, clock: Clock) -> None:
        self._database = database
        self._queue = queue
        self._blobs = blobs
        self._clock = clock

    async def make(self, walk: Walk, film_format: FilmFormat, fps: int | None) -> Film:
        """Order a film of the frames that are rendered; one that shows them already, or is being written, stays.

        Raises: Conflict before there is a frame.
        """
        if walk.rendered == 0:
            raise Conflict("no_frames_yet", "No frame is rendered yet, so there is nothing to show; try again soon.")
        film = Film(
            walk_id=walk.id,
            format=film_format,
            order_id=new_id(),
            status=FilmStatus.PROCESSING,
            fps=fps or walk.fps,
            frames=walk.rendered,
            created_at=self._clock(),
        )
        async with self._database.unit_of_work() as connection:
            earlier = await get_film(connection, walk.id, film_format, lock=True)
            if earlier is not None and _serves(earlier, film):
                return earlier
            await put_film(connection, film)
            await self._queue.defer(connection, FILM_JOB, film_arguments(film), lock=film_lock(film))
        if earlier is not None and earlier.key is not None:
            await self._blobs.delete(earlier.key)
        return film

    async def get(self, walk: Walk, film_format: FilmFormat) -> Film:
        """Find a film. Raises: NotFound before it was ordered."""
        async with self._database.unit_of_work() as connection:
            film = await get_film(connection, walk.id, film_format)
        if film is None:
            raise NotFound("film_not_found", "There is no such film yet; PUT to the same address makes it.")
        return film


def _serves(earlier: Film, wanted: Film) -> bool:
    if earlier.fps != wanted.fps or earlier.status is FilmStatus.FAILED:
        return False
    # one that is being written takes the frames that are there when it begins
    return earlier.status is FilmStatus.PROCESSING or earlier.frames >= wanted.frames


def film_arguments(film: Film) -> dict[str, str]:
    """Give the arguments of the job that writes a film."""
    return {"walk_id": film.walk_id, "film_format": film.format.value, "order_id": film.order_id}


def film_lock(film: Film) -> str:
    """Name the lock by which two jobs never write the same film at once."""
    return f"film:{film.walk_id}:{film.format.value}"
