"""Write items for the wire: with links to the one file that is shown, and nothing that their owner or a model's keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import URL

from artrator.catalog.wire import id_of
from artrator.gallery.items.item import Hung, Item
from artrator.gallery.items.schemas import (
    GalleryFrameList,
    GalleryFrameReply,
    GalleryItemPage,
    GalleryItemReply,
    GalleryMediaReply,
    GallerySource,
    GalleryUrls,
    GalleryWalkReply,
)
from artrator.gallery.items.service import GalleryItems
from artrator.gallery.schemas import ThumbnailReply
from artrator.identity.caller import MaybeCaller
from artrator.kernel.ids import UserId
from artrator.predictions.prediction import StoredFile
from artrator.predictions.thumbnails import WIDTHS_PX, thumbnail_path, thumbnail_size
from artrator.storage.routes import blob_path
from artrator.storage.signing import UrlSigner
from artrator.walks.walk import Frame
from artrator.wire.page import Page
from artrator.wire.provide import provided


@dataclass(frozen=True, slots=True)
class ItemView:
    """Writes items as the caller sees them, with links that lead back to where the request came in."""

    request: Request
    signer: UrlSigner
    viewer: UserId | None
    link_lifetime_s: int

    def item(self, hung: Hung, *, film_key: str | None = None) -> GalleryItemReply:
        """Write one. film_key: the blob of a walk's film."""
        item, model = hung.item, hung.model
        is_known = model.is_known_to(self.viewer)
        is_mine = item.owner_id == self.viewer
        return GalleryItemReply(
            id=item.id,
            kind=item.kind,
            title=item.title,
            owner=hung.owner,
            model=f"{model.owner}/{model.name}" if is_known else None,
            version=item.digest if is_known else None,
            pipeline=model.pipeline if is_known else None,
            license=model.license if is_known else None,
            likes=item.likes,
            liked=hung.liked,
            mine=is_mine,
            hidden=hung.is_hidden,
            media=self._media(item, film_key),
            show_input=item.input is not None,
            input=item.input,
            walk=self._walk(item),
            source=GallerySource(prediction=item.prediction_id, walk=item.walk_id) if is_mine else None,
            created_at=item.created_at,
            urls=GalleryUrls(web=f"{self._base}/gallery/{item.id}"),
        )

    def page(self, page: Page[Hung], here: URL) -> GalleryItemPage:
        """Write a page of the list at an address."""
        following = None
        if page.next_cursor is not None:
            following = str(here.include_query_params(cursor=page.next_cursor))
        return GalleryItemPage(next=following, results=[self.item(hung) for hung in page.rows])

    def thumbnail(self, file: StoredFile, width_px: int = WIDTHS_PX[0]) -> str:
        """Make a link to a small picture of a file."""
        return f"{self._signed(thumbnail_path(file.key))}&w={width_px}"

    def frames(self, item: Item, frames: Sequence[Frame]) -> GalleryFrameList:
        """Write frames of a walk."""
        assert item.walk is not None
        return GalleryFrameList(
            frames=item.walk.frames,
            fps=item.walk.fps,
            ending=item.walk.ending,
            results=[self._frame(frame) for frame in frames],
        )

    def _frame(self, frame: Frame) -> GalleryFrameReply:
        return GalleryFrameReply(
            place=frame.place,
            url=self._signed(blob_path(frame.file.key)),
            thumbnail_url=self.thumbnail(frame.file),
            width_px=frame.file.width_px,
            height_px=frame.file.height_px,
        )

    def _walk(self, item: Item) -> GalleryWalkReply | None:
        walk = item.walk
        if walk is None or walk.keyframes is None:
            return None
        return GalleryWalkReply(
            keyframes=[
                {**each.input, **{name: self._signed(blob_path(key)) for name, key in each.pictures.items()}}
                for each in walk.keyframes
            ],
            input=item.input or {},
            frames=walk.frames,
            fps=walk.fps,
            ending=walk.ending,
            easing=walk.easing,
            spacing=walk.spacing,
        )

    def _media(self, item: Item, film_key: str | None) -> GalleryMediaReply:
        file = item.file
        return GalleryMediaReply(
            url=self._signed(blob_path(file.key)),
            media_type=file.media_type,
            width_px=file.width_px,
            height_px=file.height_px,
            thumbnail_url=self.thumbnail(file),
            thumbnails=list(self._thumbnails(file)),
            film_url=None if film_key is None else self._signed(blob_path(film_key)),
            frames=item.walk and item.walk.frames,
            fps=item.walk and item.walk.fps,
        )

    def _thumbnails(self, file: StoredFile) -> Iterator[ThumbnailReply]:
        for width_px in WIDTHS_PX:
            width, height = thumbnail_size(file, width_px)
            yield ThumbnailReply(url=self.thumbnail(file, width_px), width_px=width, height_px=height)
            if width < width_px:
                return  # the picture itself is no wider than this

    @property
    def _base(self) -> str:
        return str(self.request.base_url).rstrip("/")

    def _signed(self, path: str) -> str:
        return self._base + self.signer.sign(path, lifetime_s=self.link_lifetime_s)


def _view(
    request: Request,
    items: Annotated[GalleryItems, Depends(provided(GalleryItems))],
    signer: Annotated[UrlSigner, Depends(provided(UrlSigner))],
    caller: MaybeCaller,
) -> ItemView:
    return ItemView(request, signer, id_of(caller), items.link_lifetime_s)


ItemViewing = Annotated[ItemView, Depends(_view)]
