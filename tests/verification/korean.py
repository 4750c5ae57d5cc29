"""The page's Korean words for findings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from artrator.verification.finding import Finding

_FILE = Path(__file__).resolve().parents[2] / "web" / "src" / "words" / "findings.ko.json"
WORDS: Mapping[str, str] = json.loads(_FILE.read_text())


def wordless(finding: Finding) -> set[str]:
    """Name what of a finding the page could not say in Korean."""
    codes = {finding.said.code, f"advice_{finding.check}", *(each.code for each in finding.details)}
    return codes - WORDS.keys()
