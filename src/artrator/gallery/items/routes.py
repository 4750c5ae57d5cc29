"""Items over HTTP: what visitors see, and what those who are logged in do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from artrator.gallery.items.item import Wanted
from artrator.gallery.items.schemas import (
    ID_LETTERS,
    MAX_FRAMES_SHOWN,
    GalleryFrameList,
    GalleryItemChange,
    GalleryItemPage,
    GalleryItemQuery,
    GalleryItemReply,
    NewGalleryItem,
)
from artrator.gallery.items.service import GalleryItems, ItemChange
from artrator.gallery.items.view import ItemViewing
from artrator.gallery.reports import Reports
from artrator.gallery.schemas import NewReport, ReportReply
from artrator.gallery.view import report_reply
from artrator.identity.caller import Caller, MaybeCaller, Runner
from artrator.identity.user import User
from artrator.kernel.errors import Unauthenticated
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1/gallery/items", tags=["gallery"])

ItemService = Annotated[GalleryItems, Depends(provided(GalleryItems))]
ItemIdText = Annotated[str, Path(alias="item_id", max_length=ID_LETTERS)]


@router.post(
    "", status_code=HTTPStatus.CREATED, responses={200: {"description": "It hangs there already, and stays as it is"}}
)
async def share_in_gallery(
    caller: Runner, items: ItemService, view: ItemViewing, body: NewGalleryItem, response: Response
) -> GalleryItemReply:
    """Put a picture or a walk of the caller's in the gallery, for everybody to see.

    It hangs there until it is withdrawn, or the prediction or walk is deleted.
    """
    hung, is_new = await items.share(caller, body.source(), title=body.title, show_input=body.show_input)
    if not is_new:
        response.status_code = HTTPStatus.OK
    return view.item(hung)


@router.get("")
async def list_gallery_items(
    *,
    request: Request,
    query: Annotated[GalleryItemQuery, Query()],
    items: ItemService,
    view: ItemViewing,
    caller: MaybeCaller,
) -> GalleryItemPage:
    """List what people put in the gallery."""
    page = await items.list_page(
        _wanted(query, caller), query.sort, viewer=caller, cursor=query.cursor, limit=query.limit
    )
    asked = query.model_dump(mode="json", exclude_defaults=True, exclude={"cursor"})
    return view.page(page, request.url_for("list_gallery_items").include_query_params(**asked))


@router.get("/{item_id}")
async def get_gallery_item(
    item_id: ItemIdText, items: ItemService, view: ItemViewing, caller: MaybeCaller
) -> GalleryItemReply:
    """Give one item."""
    hung = await items.get(item_id, caller)
    return view.item(hung, film_key=await items.films.key_of(hung.item))


@router.get("/{item_id}/frames")
async def list_gallery_frames(
    *,
    item_id: ItemIdText,
    items: ItemService,
    view: ItemViewing,
    caller: MaybeCaller,
    count: Annotated[int, Query(ge=2, le=MAX_FRAMES_SHOWN, description="so many, evenly chosen")] = 24,
) -> GalleryFrameList:
    """List frames of a walk, in the order of its path."""
    item = (await items.get(item_id, caller)).item
    return view.frames(item, await items.films.frames(item, count))


@router.patch("/{item_id}")
async def change_gallery_item(
    caller: Runner, item_id: ItemIdText, items: ItemService, view: ItemViewing, body: GalleryItemChange
) -> GalleryItemReply:
    """Change an item's title, or whether its inputs are shown."""
    change = ItemChange(title=body.title, show_input=body.show_input)
    return view.item(await items.change(caller, item_id, change))


@router.delete("/{item_id}", status_code=HTTPStatus.NO_CONTENT)
async def withdraw_from_gallery(caller: Runner, item_id: ItemIdText, items: ItemService) -> None:
    """Take an item out of the gallery; the prediction or walk stays."""
    await items.withdraw(caller, item_id)


@router.put("/{item_id}/like")
async def like_gallery_item(
    caller: Caller, item_id: ItemIdText, items: ItemService, view: ItemViewing
) -> GalleryItemReply:
    """Like an item; a second time changes nothing."""
    return view.item(await items.like(caller, item_id))


@router.delete("/{item_id}/like")
async def unlike_gallery_item(
    caller: Caller, item_id: ItemIdText, items: ItemService, view: ItemViewing
) -> GalleryItemReply:
    """Take a like back."""
    return view.item(await items.unlike(caller, item_id))


@router.post("/{item_id}/report", status_code=HTTPStatus.CREATED)
async def report_gallery_item(
    caller: Caller, item_id: ItemIdText, body: NewReport, reports: Annotated[Reports, Depends(provided(Reports))]
) -> ReportReply:
    """Report an item to the operators; reporting it again replaces your open report."""
    return report_reply(await reports.report_item(caller, item_id, body.reason, body.details))


def _wanted(query: GalleryItemQuery, caller: User | None) -> Wanted:
    if query.of_caller and caller is None:
        raise Unauthenticated("not_authenticated", "Log in, or send an API key, to see what is your own.")
    return Wanted(
        kind=query.kind,
        model=query.named_model(),
        owner=query.owner,
        mine=caller.id if query.of_caller and caller is not None else None,
        prediction_id=query.prediction,
        walk_id=query.walk,
    )
