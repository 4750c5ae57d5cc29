"""`artrator verify`: find out before publishing what verification will say."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from artrator.cli.bundle_path import as_folder
from artrator.cli.console import errors, print_json, say
from artrator.cli.exit_codes import REFUSED
from artrator.cli.home import HomeOption, read_settings
from artrator.engine.examination.examine import Examiner
from artrator.settings import Settings
from artrator.verification.finding import Report, Verdict
from artrator.verification.verify import verify_folder


def verify(
    path: Annotated[Path, typer.Argument(help="an .onnx file, a bundle folder, or a bundle's .zip")],
    license_id: Annotated[str | None, typer.Option("--license", help="SPDX id, for a plain .onnx file")] = None,
    base: Annotated[Path | None, typer.Option(help="for a LoRA: its base's folder or .zip")] = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> None:
    """Check a bundle as the platform would, in a sandbox; exit with 1 and the reasons if it is refused."""
    with as_folder(path) as folder, _base_folder(base) as base_folder, errors.status("verifying …"):
        report = asyncio.run(_verify(folder, read_settings(home), license_id, base_folder))
    if as_json:
        print_json({"verdict": report.verdict, "runtime": report.runtime, "findings": report.findings})
    else:
        for finding in report.findings:
            say(f"{finding.verdict.value:8} {finding.check:16} {finding.reason}")
    if report.verdict is not Verdict.FAILED:
        return
    for finding in report.findings:
        if finding.verdict is Verdict.FAILED:
            errors.print(f"{finding.check}: {finding.reason} {finding.what_to_do or ''}".rstrip())
    raise typer.Exit(REFUSED)


def _base_folder(base: Path | None) -> AbstractContextManager[Path | None]:
    return nullcontext() if base is None else as_folder(base)


async def _verify(folder: Path, settings: Settings, license_id: str | None, base: Path | None) -> Report:
    examiner = Examiner(settings.engine)
    return await verify_folder(folder, examiner, settings.verification, license_id=license_id, base=base)
