"""Write the gallery for the wire: links are signed, and good for a day, so that a browser's cache finds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from pydantic import JsonValue

from artrator.catalog.model import Model
from artrator.catalog.schemas import price_reply, run_price_reply
from artrator.gallery.report import Report
from artrator.gallery.schemas import (
    ExploreQuery,
    ItemOutputReply,
    ItemPage,
    ItemReply,
    OperatorReportReply,
    ReportedItemReply,
    ReportReply,
    ShownModelReply,
    ThumbnailReply,
)
from artrator.gallery.service import Gallery
from artrator.gallery.showcase import ShowcaseItem, Shown
from artrator.predictions.prediction import StoredFile
from artrator.storage.media_types import is_picture, media_type_of
from artrator.storage.routes import blob_path
from artrator.storage.signing import UrlSigner
from artrator.wire.page import Page
from artrator.wire.provide import provided

LINK_LIFETIME_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class GalleryView:
    """Writes items with links that lead back to where the request came in."""

    request: Request
    gallery: Gallery
    signer: UrlSigner

    def page(self, page: Page[Shown], query: ExploreQuery) -> ItemPage:
        """Write a page of the wall."""
        return ItemPage(next=self._next(query, page.next_cursor), results=[self.item(shown) for shown in page.rows])

    def item(self, shown: Shown) -> ItemReply:
        """Write one item."""
        item = shown.item
        files: dict[str, JsonValue] = {name: self._link(key) for name, key in item.input_files.items()}
        pictures = [key for key in item.input_files.values() if is_picture(media_type_of(key))]
        return ItemReply(
            id=item.id,
            model=self._model(shown.model),
            version=item.digest,
            input={**item.input, **files},
            input_picture_url=self._link(pictures[0]) if pictures else None,
            output=self._output(item),
            words=shown.words,
            created_at=item.created_at,
        )

    def _model(self, model: Model) -> ShownModelReply:
        return ShownModelReply(
            owner=model.owner,
            name=model.name,
            description=model.summary,
            pipeline=model.pipeline,
            license=model.license,
            price=price_reply(model.price, self.gallery.currency),
            run_price=run_price_reply(model, self.gallery.currency),
            tags=model.tags,
            run_count=model.run_count,
        )

    def _output(self, item: ShowcaseItem) -> ItemOutputReply:
        file = item.file
        return ItemOutputReply(
            kind=item.kind,
            url=None if file is None else self._link(file.key),
            media_type=None if file is None else file.media_type,
            width_px=None if file is None else file.width_px,
            height_px=None if file is None else file.height_px,
            thumbnails=[
                ThumbnailReply(url=self._link(each.key), width_px=each.width_px, height_px=each.height_px)
                for each in item.thumbnails
            ],
            value=item.value,
        )

    def _link(self, key: str) -> str:
        return str(self.request.base_url).rstrip("/") + self.signer.sign(blob_path(key), lifetime_s=LINK_LIFETIME_S)

    def _next(self, query: ExploreQuery, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        parameters = query.model_dump(mode="json", exclude_defaults=True) | {"cursor": cursor}
        return str(self.request.url_for("explore").include_query_params(**parameters))


def _view(
    request: Request,
    gallery: Annotated[Gallery, Depends(provided(Gallery))],
    signer: Annotated[UrlSigner, Depends(provided(UrlSigner))],
) -> GalleryView:
    return GalleryView(request, gallery, signer)


Viewing = Annotated[GalleryView, Depends(_view)]


def report_reply(report: Report) -> ReportReply:
    """Write a report for its author."""
    return ReportReply(
        id=report.id,
        about=report.subject,
        owner=report.owner,
        name=None if report.model is None else report.model.name,
        item=None if report.item is None else report.item.id,
        reason=report.reason,
        details=report.details,
        created_at=report.created_at,
        closed_at=report.closed_at,
        action=report.action,
    )


def operator_report_reply(report: Report, thumbnail: Callable[[StoredFile], str]) -> OperatorReportReply:
    """Write a report for operators. thumbnail: makes a link to a small picture."""
    item = report.item
    shown = item and ReportedItemReply(
        kind=item.kind, title=item.title, hidden=item.is_hidden, thumbnail_url=thumbnail(item.file)
    )
    return OperatorReportReply(
        **report_reply(report).model_dump(),
        reporter=report.reporter,
        listing=None if report.model is None else report.model.listing.value,
        shown=shown,
    )
