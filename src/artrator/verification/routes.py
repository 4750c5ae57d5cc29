"""Where anybody reads what was found of a version, and operators let waiting ones go on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from artrator.identity.caller import MaybeCaller, Operator
from artrator.kernel.ids import Digest
from artrator.verification.finding import Report, current_runtime
from artrator.verification.schemas import ReportBody, WaitingList, report_body, waiting_list
from artrator.verification.service import Verification
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
