"""Complete a walk's reply with what other rows know of it: the frame that stands for it, its place in the gallery."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from artrator.kernel.ids import WalkId
from artrator.walks.read import WalkReader
from artrator.walks.schemas import WalkPage, WalkReply
from artrator.walks.view import WalkViews
from artrator.walks.walk import Walk
from artrator.wire.page import Page

GalleryItems = Callable[[Sequence[WalkId]], Awaitable[Mapping[WalkId, str]]]
"""Tells under which id the gallery shows each walk that it shows."""


class WalkShow:
    """Writes whole replies."""

    def __init__(self, reader: WalkReader, views: WalkViews) -> None:
        self._reader = reader
        self.views = views
        self._gallery_items: GalleryItems = _none

    def ask_gallery(self, gallery_items: GalleryItems) -> None:
        """Have a gallery say which walks it shows."""
        self._gallery_items = gallery_items

    async def walk(self, walk: Walk) -> WalkReply:
        """Write one."""
        posters = await self._reader.posters([walk])
        items = await self._gallery_items([walk.id])
        return self.views.walk(walk, poster=posters.get(walk.id), gallery_item=items.get(walk.id))

    async def page(self, page: Page[Walk], *, asked: Mapping[str, str]) -> WalkPage:
        """Write a page."""
        posters = await self._reader.posters(page.rows)
        items = await self._gallery_items([walk.id for walk in page.rows])
        return self.views.page(page, posters=posters, gallery_items=items, asked=asked)


async def _none(_walk_ids: Sequence[WalkId]) -> Mapping[WalkId, str]:
    return {}
