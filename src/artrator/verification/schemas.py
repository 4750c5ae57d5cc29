"""A verification report on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field, JsonValue

from artrator.catalog.model import Version, VersionStatus
from artrator.verification.finding import Finding, Measured, Report, Verdict
from artrator.verification.store import Troubled, Waiting


class FindingBody(BaseModel):
    """One check's verdict."""

    check: str
    verdict: Verdict
    reason: str = Field(description="what was found")
    what_to_do: str = Field(description="how to get it right; empty where nothing is wrong")
    measured: dict[str, JsonValue]


class ReportBody(BaseModel):
    """What verification found of a version; while its status is `verifying`, further findings follow."""

    version: str
    status: VersionStatus
    verdict: Verdict | None = Field(description="the worst of the findings; null while there are none")
    runtime: str = Field(description="the software that loaded and ran the version")
    findings: list[FindingBody]


class WaitingBody(BaseModel):
    """A version that waits for an operator's consent."""

    owner: str
    name: str
    version: str
    created_at: datetime


class WaitingList(BaseModel):
    """Versions that wait for an operator's consent, the oldest first."""

    results: list[WaitingBody]


class TroubledStatus(StrEnum):
    """What may be wrong with a version."""

    FAILED = "failed"
    AWAITING_CONSENT = "awaiting_consent"
    QUARANTINED = "quarantined"

    @property
    def version_status(self) -> VersionStatus:
        """The same as the catalog calls it."""
        return VersionStatus(self.value)


class TroubledBody(WaitingBody):
    """A version that an operator should look at."""

    status: VersionStatus
    failures: list[FindingBody] = Field(description="the checks that failed")


class TroubledPage(BaseModel):
    """Versions to look at, the newest first."""

    next: str | None
    previous: None = None
    results: list[TroubledBody]


def troubled_body(version: Troubled) -> TroubledBody:
    """Write a version to look at."""
    return TroubledBody(
        owner=version.owner,
        name=version.name,
        version=version.digest,
        created_at=version.created_at,
        status=version.status,
        failures=[_finding_body(finding) for finding in version.failures],
    )


def waiting_list(waiting: Sequence[Waiting]) -> WaitingList:
    """Write the list."""
    results = [
        WaitingBody(owner=each.owner, name=each.name, version=each.digest, created_at=each.created_at)
        for each in waiting
    ]
    return WaitingList(results=results)


def report_body(version: Version, report: Report) -> ReportBody:
    """Write a report."""
    return ReportBody(
        version=version.digest,
        status=version.status,
        verdict=report.verdict if report.findings else None,
        runtime=report.runtime,
        findings=[_finding_body(finding) for finding in report.findings],
    )


def _finding_body(finding: Finding) -> FindingBody:
    return FindingBody(
        check=finding.check,
        verdict=finding.verdict,
        reason=finding.reason,
        what_to_do=finding.what_to_do,
        measured={key: _json(value) for key, value in finding.measured.items()},
    )


def _json(value: Measured) -> JsonValue:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {key: _json(each) for key, each in value.items()}
    return [_json(each) for each in value]
