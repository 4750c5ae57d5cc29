"""Every attack ends in a failed verdict with its reason, in a sandboxed child, and leaves the examiner well."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.bundle import graphs
from tests.verification.attack_builders import bundle
from tests.verification.attacks import READ, Attack
from tests.verification.korean import wordless
from tests.verification.running_attacks import RUN, RunningAttack

from artrator.engine.examination.examine import Examiner
from artrator.verification.finding import Verdict
from artrator.verification.settings import VerificationSettings
from artrator.verification.verify import verify_folder


@pytest.mark.parametrize("attack", READ.values(), ids=READ.keys())
async def test_an_attack_that_can_be_seen_is_named_and_never_loaded(
    attack: Attack, tmp_path: Path, examiner: Examiner
) -> None:
    attack.build(tmp_path / "bundle")
    report = await verify_folder(tmp_path / "bundle", examiner)
    findings = {finding.check: finding for finding in report.findings}
    assert report.verdict is Verdict.FAILED
    assert findings[attack.check].verdict is Verdict.FAILED
    assert attack.reason in findings[attack.check].reason
    assert findings[attack.check].what_to_do
    assert wordless(findings[attack.check]) == set()
    assert "rehearse" not in findings or findings["rehearse"].verdict is Verdict.SKIPPED


async def test_the_bundle_around_the_attacks_is_honest(tmp_path: Path, examiner: Examiner) -> None:
    bundle(tmp_path / "bundle", graphs.tensors())
    report = await verify_folder(tmp_path / "bundle", examiner)
    assert report.verdict is Verdict.PASSED, report.findings


@pytest.mark.parametrize("attack", RUN.values(), ids=RUN.keys())
async def test_an_attack_that_only_running_shows_is_a_failed_rehearsal(
    attack: RunningAttack, tmp_path: Path, examiner: Examiner, limits: VerificationSettings
) -> None:
    attack.build(tmp_path / "bundle")
    report = await verify_folder(tmp_path / "bundle", examiner, limits)
    findings = {finding.check: finding for finding in report.findings}
    before = [finding for finding in report.findings if finding.check != "rehearse"]
    assert all(finding.verdict is not Verdict.FAILED for finding in before), before
    assert findings["rehearse"].verdict is Verdict.FAILED
    assert wordless(findings["rehearse"]) == set()
    assert next((detail.code for detail in findings["rehearse"].details), "") in attack.codes


async def test_an_honest_version_passes_while_a_hostile_one_is_rehearsed(
    tmp_path: Path, examiner: Examiner, limits: VerificationSettings
) -> None:
    RUN["a loop without end"].build(tmp_path / "hostile")
    bundle(tmp_path / "honest", graphs.tensors())
    hostile, honest = await asyncio.gather(
        verify_folder(tmp_path / "hostile", examiner, limits), verify_folder(tmp_path / "honest", examiner, limits)
    )
    assert (hostile.verdict, honest.verdict) == (Verdict.FAILED, Verdict.PASSED)
