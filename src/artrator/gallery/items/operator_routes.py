"""Items over HTTP, for operators: hide them, show them again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from artrator.gallery.items.routes import ItemIdText, ItemService
from artrator.gallery.items.schemas import GalleryItemPage, GalleryItemReply
from artrator.gallery.items.view import ItemViewing
from artrator.identity.caller import Operator
from artrator.wire.page import MAX_PAGE_ROWS

router = APIRouter(prefix="/v1/operator/gallery/items", tags=["operate"])


@router.get("/hidden")
async def list_hidden_gallery_items(
    *,
    request: Request,
    _operator: Operator,
    items: ItemService,
    view: ItemViewing,
    cursor: Annotated[str | None, Query(max_length=200, description="from `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_ROWS)] = 50,
) -> GalleryItemPage:
    """List the items that operators hid, the youngest first."""
    page = await items.list_hidden(cursor=cursor, limit=limit)
    return view.page(page, request.url_for("list_hidden_gallery_items").include_query_params(limit=limit))


@router.post("/{item_id}/hide")
async def hide_gallery_item(
    operator: Operator, item_id: ItemIdText, items: ItemService, view: ItemViewing
) -> GalleryItemReply:
    """Hide an item from everybody but its owner, and close its reports; the same work stays hidden if it is shared again."""
    return view.item(await items.hide(operator, item_id))


@router.post("/{item_id}/restore")
async def restore_gallery_item(
    operator: Operator, item_id: ItemIdText, items: ItemService, view: ItemViewing
) -> GalleryItemReply:
    """Show a hidden item again."""
    return view.item(await items.restore(operator, item_id))
