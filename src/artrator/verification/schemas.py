"""A verification report on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field, JsonValue

from artrator.catalog.model import Version, VersionStatus
from artrator.engine.examination.profile import GraphPlan, GraphProfile
from artrator.kernel.errors import Fact
from artrator.verification.finding import Finding, Measured, Performance, Report, Verdict
from artrator.verification.store import Troubled, Waiting


class RemarkBody(BaseModel):
    """One of the things that a check found."""

    code: str
    text: str = Field(description="for people, in English")
    facts: dict[str, Fact] = Field(description="what the text fills in")


class FindingBody(BaseModel):
    """One check's verdict."""

    check: str
    verdict: Verdict
    code: str = Field(description="stable, to say the reason in another language; empty of old findings")
    facts: dict[str, Fact] = Field(description="what the reason fills in")
    reason: str = Field(description="what was found, in English")
    what_to_do: str = Field(description="how to get it right; empty where nothing is wrong")
    details: list[RemarkBody] = Field(description="each fault or note that the reason sums up; at most three")
    measured: dict[str, JsonValue]


class BatchPointBody(BaseModel):
    """Calls of one graph evaluated together, on one thread."""

    batch: int
    calls_per_s: float
    latency_s: float = Field(description="seconds of a batch")
    memory_bytes: int = Field(description="how far the process grew for it")


class ParallelPointBody(BaseModel):
    """Calls of one graph evaluated at the same time, each on so many threads."""

    threads: int
    at_once: int
    calls_per_s: float
    latency_s: float = Field(description="seconds of a call")


class GraphProfileBody(BaseModel):
    """What a graph does, and how it is run because of that."""

    graph: str
    max_batch: int = Field(description="calls that run together at most")
    threads: int = Field(description="threads of one call")
    batches: list[BatchPointBody]
    parallel: list[ParallelPointBody]


class PerformanceBody(BaseModel):
    """What the graphs of a version do on a device."""

    device: str
    runtime: str
    graphs: list[GraphProfileBody]


class ReportBody(BaseModel):
    """What verification found of a version; while its status is `verifying`, further findings follow."""

    version: str
    status: VersionStatus
    verdict: Verdict | None = Field(description="the worst of the findings; null while there are none")
    runtime: str = Field(description="the software that loaded and ran the version")
    findings: list[FindingBody]
    performance: PerformanceBody | None = Field(description="null while the graphs are not measured")


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
        performance=None if report.measured is None else _performance_body(report.measured),
    )


def _performance_body(measured: Performance) -> PerformanceBody:
    graphs = [
        _graph_body(role, profile, measured.plans[role])
        for role, profile in measured.profiles.items()
        if role in measured.plans
    ]
    return PerformanceBody(device=measured.place.device, runtime=measured.place.runtime, graphs=graphs)


def _graph_body(role: str, profile: GraphProfile, plan: GraphPlan) -> GraphProfileBody:
    return GraphProfileBody(
        graph=role,
        max_batch=plan.max_batch,
        threads=plan.threads,
        batches=[
            BatchPointBody(
                batch=each.batch,
                calls_per_s=each.calls_per_s,
                latency_s=each.latency_s,
                memory_bytes=each.memory_bytes,
            )
            for each in profile.batches
        ],
        parallel=[
            ParallelPointBody(
                threads=each.threads,
                at_once=each.at_once,
                calls_per_s=each.calls_per_s,
                latency_s=each.latency_s,
            )
            for each in profile.parallel
        ],
    )


def _finding_body(finding: Finding) -> FindingBody:
    return FindingBody(
        check=finding.check,
        verdict=finding.verdict,
        code=finding.said.code,
        facts=dict(finding.said.facts),
        reason=finding.reason,
        what_to_do=finding.what_to_do,
        details=[RemarkBody(code=each.code, text=each.text, facts=dict(each.facts)) for each in finding.details],
        measured={key: _json(value) for key, value in finding.measured.items()},
    )


def _json(value: Measured) -> JsonValue:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {key: _json(each) for key, each in value.items()}
    return [_json(each) for each in value]
