"""What creators see of their models, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from artrator.catalog.wire import ModelName, Writing
from artrator.identity.caller import Publisher, WalletOwner
from artrator.predictions.creator_schemas import ModelHistoryReply, OwnModelPage, OwnModelReply
from artrator.predictions.creators import CreatorFigures
from artrator.wire.page import MAX_PAGE_ROWS
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1/creator", tags=["creator"])

Service = Annotated[CreatorFigures, Depends(provided(CreatorFigures))]
Cursor = Annotated[str | None, Query(max_length=500, description="from `next` or `previous`")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_ROWS)]
Days = Annotated[int, Query(ge=1, le=366, description="how many days, today among them")]


@router.get("/models")
async def list_own_models(
    *,
    request: Request,
    caller: Publisher,
    _may: WalletOwner,
    figures: Service,
    writer: Writing,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> OwnModelPage:
    """List the caller's models, private ones too, with their figures of the last 30 days."""
    page = await figures.models(caller, cursor=cursor, limit=limit)
    return OwnModelPage(
        next=_neighbour(request, page.next_cursor),
        previous=_neighbour(request, page.previous_cursor),
        results=[OwnModelReply.of(own, writer, figures.currency) for own in page.rows],
    )


@router.get("/models/{name}/stats")
async def get_model_stats(
    name: ModelName, caller: Publisher, _may: WalletOwner, figures: Service, days: Days = 30
) -> ModelHistoryReply:
    """Tell how one of the caller's models did, day by day."""
    return ModelHistoryReply.of(await figures.history(caller, name, days=days), figures.currency)


def _neighbour(request: Request, cursor: str | None) -> str | None:
    return None if cursor is None else str(request.url.include_query_params(cursor=cursor))
