"""What a check says of a version, and the report that all of them make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.metadata import version
from typing import TypeAlias

from artrator.engine.examination.profile import Plans, Profiles
from artrator.verification.remark import SHOWN, Remark

Measured: TypeAlias = "str | int | float | bool | Sequence[Measured] | Mapping[str, Measured] | None"


class Verdict(StrEnum):
    """How a check ended. Only `failed` keeps a version from being listed."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's verdict.

    said: what was found. what_to_do: how the creator gets it right, "" where nothing is wrong.
    details: each of the faults or notes that `said` sums up; its text names the first of them too.
    """

    check: str
    verdict: Verdict
    said: Remark
    what_to_do: str = ""
    details: tuple[Remark, ...] = ()
    measured: Mapping[str, Measured] = field(default_factory=dict[str, Measured])

    @property
    def reason(self) -> str:
        """What was found, for people."""
        return self.said.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The software and the machine that a measurement holds for."""

    runtime: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What the graphs of a version do somewhere, and how they are run for it; both by role."""

    place: Place
    profiles: Profiles
    plans: Plans


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All findings of a version, in the order of the checks.

    runtime: what loaded and ran it. measured: what its graphs do, once that is known.
    """

    findings: tuple[Finding, ...]
    runtime: str
    measured: Performance | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst verdict; what was skipped counts as passed."""
        verdicts = {finding.verdict for finding in self.findings}
        for worst in (Verdict.FAILED, Verdict.WARNED):
            if worst in verdicts:
                return worst
        return Verdict.PASSED

    @property
    def batchable(self) -> bool:
        """Whether rehearsal showed that a row of a batch gets the result that it gets alone."""
        return any(finding.measured.get("batchable") is True for finding in self.findings)


def current_runtime() -> str:
    """Name the software whose behaviour the findings depend on; when it changes, versions are verified again."""
    return f"onnxruntime {version('onnxruntime')}, onnx {version('onnx')}"


def passed(check: str, said: Remark, **measured: Measured) -> Finding:
    """Make a finding that all is well."""
    return Finding(check=check, verdict=Verdict.PASSED, said=said, measured=measured)


def failed(
    check: str, said: Remark, what_to_do: str, *, details: Sequence[Remark] = (), **measured: Measured
) -> Finding:
    """Make a finding that keeps the version from being listed."""
    found, kept = passed(check, said, **measured), tuple(details[:SHOWN])
    return replace(found, verdict=Verdict.FAILED, what_to_do=what_to_do, details=kept)


def warned(
    check: str, said: Remark, what_to_do: str, *, details: Sequence[Remark] = (), **measured: Measured
) -> Finding:
    """Make a finding that buyers see but that does not keep the version from being listed."""
    found, kept = passed(check, said, **measured), tuple(details[:SHOWN])
    return replace(found, verdict=Verdict.WARNED, what_to_do=what_to_do, details=kept)


def skipped(check: str, said: Remark) -> Finding:
    """Make a finding that the check could not be made, and that others decide."""
    return Finding(check=check, verdict=Verdict.SKIPPED, said=said)
