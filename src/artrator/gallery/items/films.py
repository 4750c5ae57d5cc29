"""What moves in the gallery: the frames of a walk, and its film, which is made when the walk is put there."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from artrator.gallery.items.item import Item
from artrator.kernel.errors import ArtratorError, NotFound
from artrator.walks.film import FilmFormat, FilmStatus
from artrator.walks.service import Walks
from artrator.walks.walk import Frame

log = logging.getLogger(__name__)

FORMAT = FilmFormat.WEBM
"""Every browser plays it."""


class GalleryFilms:
    """Reads walks for those who look at items, which their owners opened to them."""

    def __init__(self, walks: Walks) -> None:
        self._walks = walks

    async def order(self, item: Item) -> None:
        """Have the film of a walk made; without one its frames are played."""
        if item.walk_id is None:
            return
        try:
            walk = await self._walks.reader.find(item.walk_id)
            await self._walks.films.make(walk, FORMAT, None)
        except ArtratorError as error:
            log.warning("the film of the walk %s is not made: %s", item.walk_id, error.message)

    async def key_of(self, item: Item) -> str | None:
        """Give the blob of a walk's film, once it is made."""
        if item.walk_id is None:
            return None
        try:
            film = await self._walks.films.get(await self._walks.reader.find(item.walk_id), FORMAT)
        except NotFound:
            return None
        return film.key if film.status is FilmStatus.READY else None

    async def frames(self, item: Item, count: int) -> Sequence[Frame]:
        """Choose so many frames, evenly, the first and the last among them. Raises: NotFound for a picture."""
        if item.walk_id is None:
            raise NotFound("no_frames", "This is a picture; only walks have frames.")
        return chosen((await self._walks.public_view(item.walk_id)).frames, count)


def chosen(frames: Sequence[Frame], count: int) -> Sequence[Frame]:
    """Choose so many, evenly, the first and the last among them."""
    if len(frames) <= count:
        return frames
    step = (len(frames) - 1) / (count - 1)
    return [frames[round(place * step)] for place in range(count)]
