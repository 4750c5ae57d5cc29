"""A verification report on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field, JsonValue

from artrator.catalog.model import Version, VersionStatus
from artrator.verification.finding import Finding, Measured, Report, Verdict


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
