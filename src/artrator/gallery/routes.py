"""The gallery over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from artrator.catalog.wire import ModelName, OwnerName, id_of
from artrator.gallery.items.view import ItemViewing
from artrator.gallery.reports import Reports
from artrator.gallery.schemas import (
    CloseReport,
    ExploreQuery,
    ItemPage,
    NewReport,
    OperatorReportReply,
    ReportPage,
    ReportReply,
)
from artrator.gallery.service import Gallery
from artrator.gallery.view import Viewing, operator_report_reply, report_reply
from artrator.identity.caller import Caller, MaybeCaller, Operator
from artrator.wire.page import MAX_PAGE_ROWS
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1")

GalleryService = Annotated[Gallery, Depends(provided(Gallery))]
ReportsService = Annotated[Reports, Depends(provided(Reports))]


@router.get("/explore", tags=["gallery"])
async def explore(query: Annotated[ExploreQuery, Query()], gallery: GalleryService, view: Viewing) -> ItemPage:
    """List real outputs of the models that everybody finds, the models mixed."""
    return view.page(
        await gallery.explore(query.filters(), query.order(), cursor=query.cursor, limit=query.limit), query
    )


@router.get("/models/{owner}/{name}/examples", tags=["gallery"])
async def list_examples(
    owner: OwnerName, name: ModelName, gallery: GalleryService, view: Viewing, caller: MaybeCaller
) -> ItemPage:
    """List real outputs of the version that a model runs; empty until they are rendered."""
    found = await gallery.examples(owner, name, id_of(caller))
    return ItemPage(next=None, results=[view.item(shown) for shown in found])


@router.post("/models/{owner}/{name}/reports", status_code=201, tags=["gallery"])
async def report_model(
    owner: OwnerName, name: ModelName, body: NewReport, reports: ReportsService, caller: Caller
) -> ReportReply:
    """Report a model to the operators; reporting it again replaces your open report."""
    return report_reply(await reports.report(caller, owner, name, body.reason, body.details))


@router.get("/operator/reports", tags=["operate"])
async def list_reports(
    *,
    request: Request,
    _operator: Operator,
    reports: ReportsService,
    view: ItemViewing,
    state: Literal["open", "closed"] = "open",
    cursor: Annotated[str | None, Query(max_length=200, description="from `next`")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_ROWS)] = 50,
) -> ReportPage:
    """List reports, the newest first."""
    page = await reports.list_page(is_open=state == "open", cursor=cursor, limit=limit)
    following = None
    if page.next_cursor is not None:
        here = request.url_for("list_reports")
        following = str(here.include_query_params(state=state, limit=limit, cursor=page.next_cursor))
    return ReportPage(next=following, results=[operator_report_reply(each, view.thumbnail) for each in page.rows])


@router.post("/operator/reports/{report_id}/close", tags=["operate"])
async def close_report(
    operator: Operator,
    report_id: Annotated[str, Path(max_length=64)],
    body: CloseReport,
    reports: ReportsService,
    view: ItemViewing,
) -> OperatorReportReply:
    """Dismiss a report, take the model off the lists, or hide the item."""
    return operator_report_reply(await reports.close(operator, report_id, body.action), view.thumbnail)
