"""Licence: a buyer can look up what is declared, or read it in the bundle."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from license_expression import ExpressionError, get_spdx_licensing

from artrator.bundle.manifest import Manifest
from artrator.bundle.paths import file_fault
from artrator.verification.case import Case
from artrator.verification.finding import Finding, failed, passed, warned
from artrator.verification.remark import remark

NAME = "licence"
_OWN_PREFIX = "LicenseRef-"
_ADVICE = "Name an SPDX licence such as CC-BY-4.0, or LicenseRef-… with its text as license_file."


async def check(case: Case) -> Finding:
    """Judge the declared licence."""
    return await asyncio.to_thread(judge_licence, case.manifest, case.folder)


def judge_licence(manifest: Manifest, folder: Path) -> Finding:
    """Parse the SPDX expression, and look for the text of a licence of the creator's own."""
    keys = _keys(manifest.license)
    if keys is None:
        text = f"{manifest.license!r} is not an SPDX licence expression."
        return failed(NAME, remark("licence_unreadable", text, license=manifest.license), _ADVICE)
    unknown = [key for key in keys if not _is_known(key) and not key.startswith(_OWN_PREFIX)]
    if unknown:
        text = f"{unknown[0]!r} is not an SPDX licence id."
        return failed(NAME, remark("licence_unknown", text, license=unknown[0]), _ADVICE)
    own = [key for key in keys if key.startswith(_OWN_PREFIX) and not _is_known(key)]
    if own and manifest.license_file is None:
        text = f"The licence {own[0]!r} is your own, and its text is not in the bundle."
        return failed(NAME, remark("licence_text_missing", text, license=own[0]), _ADVICE)
    if manifest.license_file is not None:
        fault = file_fault(folder, manifest.license_file)
        if fault is not None:
            text = f"The licence's file {manifest.license_file!r} {fault}."
            said = remark("licence_file_unsafe", text, path=manifest.license_file)
            return failed(NAME, said, _ADVICE, details=[remark(fault.code, fault)])
    if any("-NC" in key for key in keys):
        text = f"The licence {manifest.license} forbids commercial use."
        return warned(
            NAME,
            remark("licence_noncommercial", text, license=manifest.license),
            "Make sure that you may sell runs, and tell buyers what they may do with the pictures.",
            license=manifest.license,
        )
    said = remark("licence_known", f"The licence is {manifest.license}.", license=manifest.license)
    return passed(NAME, said, license=manifest.license)


class _Spdx(Protocol):
    """What is used of `license_expression.Licensing`, whose own methods carry no types."""

    @property
    def known_symbols(self) -> Mapping[str, object]: ...

    def parse(self, expression: str) -> object: ...

    def license_keys(self, expression: object) -> Sequence[str]: ...


@functools.cache
def _spdx() -> _Spdx:
    return get_spdx_licensing()


def _keys(expression: str) -> Sequence[str] | None:
    try:
        parsed = _spdx().parse(expression)
        return None if parsed is None else _spdx().license_keys(parsed)
    except (ExpressionError, ValueError, RecursionError):
        return None


def _is_known(key: str) -> bool:
    return key in _spdx().known_symbols
