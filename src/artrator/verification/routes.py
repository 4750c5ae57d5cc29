"""Where anybody reads what was found of a version, and operators let waiting ones go on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from artrator.identity.caller import MaybeCaller, Operator
from artrator.kernel.ids import Digest
from artrator.verification.finding import Report, current_runtime
from artrator.verification.schemas import (
    ReportBody,
    TroubledPage,
    TroubledStatus,
    WaitingList,
    report_body,
    troubled_body,
    waiting_list,
)
from artrator.verification.service import Verification
from artrator.wire.page import MAX_PAGE_ROWS
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1", tags=["verification"])

VERSION = "/models/{owner}/{name}/versions/{digest}"

Service = Annotated[Verification, Depends(provided(Verification))]
Name = Annotated[str, Path(max_length=100)]
VersionDigest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.get(VERSION + "/verification")
async def get_verification(
    owner: Name, name: Name, digest: VersionDigest, viewer: MaybeCaller, verification: Service
) -> ReportBody:
    """Show what verification found of a version."""
    return report_body(*await verification.report(owner, name, Digest(digest), viewer))


@router.post(VERSION + "/consent", status_code=202)
async def consent_to_verification(
    owner: Name, name: Name, digest: VersionDigest, operator: Operator, verification: Service
) -> ReportBody:
    """Let a waiting version be verified although the sandbox lacks a protection on this system."""
    version = await verification.consent(operator, owner, name, Digest(digest))
    return report_body(version, Report(findings=(), runtime=current_runtime()))


@router.get("/verification/waiting")
async def list_waiting_versions(_: Operator, verification: Service) -> WaitingList:
    """List the versions that wait for an operator's consent."""
    return waiting_list(await verification.waiting())


@router.get("/operator/verifications", tags=["operate"])
async def list_troubled_versions(
    *,
    request: Request,
    _operator: Operator,
    verification: Service,
    status: Annotated[TroubledStatus | None, Query(description="left out: all of these")] = None,
    cursor: Annotated[str | None, Query(max_length=300, description="from `next` of a page")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_ROWS)] = 50,
) -> TroubledPage:
    """List the versions that failed, wait for consent or are quarantined, the newest first."""
    wanted = [each.version_status for each in ([status] if status else TroubledStatus)]
    page = await verification.troubled(wanted, cursor=cursor, limit=limit)
    following = request.url.include_query_params(cursor=page.next_cursor) if page.next_cursor else None
    return TroubledPage(
        next=str(following) if following else None, results=[troubled_body(version) for version in page.rows]
    )
