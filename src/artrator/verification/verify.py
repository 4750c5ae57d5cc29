"""Run the checks in order; usable without a database, so that a creator finds out before publishing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from artrator.bundle.diffusers_folder import INDEX, detect_folder
from artrator.bundle.digest import bundle_digest, bundle_files
from artrator.bundle.document import MAX_DOCUMENT_BYTES
from artrator.bundle.lora_manifest import completed
from artrator.bundle.manifest import MANIFEST_NAME, Manifest, read_manifest
from artrator.bundle.naming import name_from
from artrator.engine.examination.examine import Examiner
from artrator.engine.fleet import InstalledBundle
from artrator.kernel.errors import ArtratorError, Invalid, Unavailable
from artrator.verification.case import Case, GraphUnreadable
from artrator.verification.checks import (
    external_data,
    licence,
    operators,
    ownership,
    rehearse,
    signature,
    structure,
    weights_finite,
)
from artrator.verification.finding import Finding, Report, current_runtime, failed, skipped, warned
from artrator.verification.remark import remark, remark_of
from artrator.verification.settings import VerificationSettings

log = logging.getLogger(__name__)

Check = Callable[[Case], Awaitable[Finding]]
OnFinding = Callable[[Finding], Awaitable[None]]

CHECKS: Mapping[str, Check] = {
    structure.NAME: structure.check,
    licence.NAME: licence.check,
    operators.NAME: operators.check,
    external_data.NAME: external_data.check,
    weights_finite.NAME: weights_finite.check,
    signature.NAME: signature.check,
    ownership.NAME: ownership.check,
    rehearse.NAME: rehearse.check,
}
"""In this order: what is cheap and what forbids loading comes before what loads."""

MANIFEST = "manifest"
"""The finding's name where there is no manifest to check by."""
UNKNOWN_LICENSE = "LicenseRef-undeclared"


async def run_checks(case: Case, on_finding: OnFinding | None = None) -> Report:
    """Make every check whose finding the case does not hold yet.

    Raises: Unavailable where the machine, not the version, is at fault; the findings made so far stay in the case.
    """
    for name, check in CHECKS.items():
        if name in case.findings:
            continue
        finding = await _made(name, check, case)
        case.findings[name] = finding
        if on_finding is not None:
            await on_finding(finding)
    return Report(findings=tuple(case.findings[name] for name in CHECKS), runtime=current_runtime())


async def _made(name: str, check: Check, case: Case) -> Finding:
    try:
        return await check(case)
    except GraphUnreadable as error:
        return skipped(name, remark("graph_not_read", f"The graph {error.path!r} could not be read.", path=error.path))


async def verify_folder(
    folder: Path,
    examiner: Examiner,
    settings: VerificationSettings | None = None,
    *,
    license_id: str | None = None,
    base: Path | None = None,
) -> Report:
    """Verify a bundle's folder; a folder with one graph and no manifest gets the detected one.

    base: the folder of the base, for a LoRA. license_id: the licence of a folder without a manifest; none is warned of here, and refused when published.
    """
    try:
        digest = await asyncio.to_thread(bundle_digest, folder)
    except ArtratorError as error:
        return _refused(structure.NAME, error, "Keep plain files with plain names in the bundle, and nothing else.")
    try:
        manifest = await _manifest(folder, examiner, license_id or UNKNOWN_LICENSE)
        installed_base = await _base(manifest, base)
        if installed_base is not None:
            manifest = completed(manifest, installed_base.manifest)
    except Unavailable:
        raise
    except ArtratorError as error:
        advice = "Write artrator.yaml, or let `artrator init` write it, and put right what is named here."
        return _refused(MANIFEST, error, advice)
    case = Case(
        folder=folder,
        digest=digest,
        manifest=manifest,
        examiner=examiner,
        settings=settings or VerificationSettings(),
        base=installed_base,
    )
    if manifest.license == UNKNOWN_LICENSE:
        advice = "Publish with --license and an SPDX id such as CC-BY-4.0, or name it in artrator.yaml."
        said = remark("licence_undeclared", "No licence is declared yet; publishing needs one.")
        case.findings[licence.NAME] = warned(licence.NAME, said, advice)
    return await run_checks(case)


async def _base(manifest: Manifest, folder: Path | None) -> InstalledBundle | None:
    """Give a LoRA's base from its folder. Raises: Invalid where that is another, or none is given."""
    if manifest.base is None:
        return None
    if folder is None:
        message = "A LoRA is compared with its base; give the base's folder with --base."
        raise Invalid("base_not_given", message, field="base")
    digest = await asyncio.to_thread(bundle_digest, folder)
    if digest != manifest.base:
        message = f"The base's folder is the version {digest[:12]}…; the manifest names {manifest.base[:12]}…."
        raise Invalid("base_differs", message, field="base")
    text = await asyncio.to_thread(_text, folder / MANIFEST_NAME)
    return InstalledBundle(digest=digest, folder=folder, manifest=read_manifest(text), batchable=False)


def _refused(check: str, error: ArtratorError, advice: str) -> Report:
    finding = failed(check, remark_of(error), advice, field=error.field)
    return Report(findings=(finding,), runtime=current_runtime())


async def _manifest(folder: Path, examiner: Examiner, license_id: str) -> Manifest:
    path = folder / MANIFEST_NAME
    if path.is_file():
        return read_manifest(await asyncio.to_thread(_text, path))
    graphs = [each for each in bundle_files(folder) if each.endswith(".onnx")]
    if len(graphs) != 1 and INDEX not in bundle_files(folder):
        raise Invalid(
            "manifest_needed",
            f"There is no {MANIFEST_NAME}, and there are {len(graphs)} .onnx files; with exactly one it is detected.",
            field="manifest",
        )
    facts = {graph: await examiner.read_facts(folder, graph) for graph in graphs}
    return await asyncio.to_thread(detect_folder, folder, facts, name=name_from(folder.name), license=license_id)


def _text(path: Path) -> str:
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise Invalid(
            "manifest_malformed", f"{MANIFEST_NAME} is larger than {MAX_DOCUMENT_BYTES:,} bytes.", field="manifest"
        )
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise Invalid("manifest_malformed", f"{MANIFEST_NAME} is not UTF-8 text.", field="manifest") from None
