"""The documents name only what is there, and every file keeps its size."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MAX_LINES = 400
_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_in_the_documents_leads_somewhere(document: Path) -> None:
    missing = [target for target in _LINK.findall(document.read_text()) if not (document.parent / target).exists()]
    assert not missing


def test_every_part_has_a_line_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture" / "README.md").read_text()
    parts = [folder.name for folder in (ROOT / "src" / "artrator").iterdir() if (folder / "__init__.py").exists()]
    assert not [part for part in parts if f"`{part}`" not in page]


def test_no_source_file_is_longer_than_400_lines() -> None:
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "src").rglob("*.js")]
    assert not [str(file) for file in files if len(file.read_text().splitlines()) > MAX_LINES]


def test_every_module_says_in_its_first_line_why_it_exists() -> None:
    modules = [file for file in (ROOT / "src").rglob("*.py") if file.read_text().strip()]
    assert not [str(file) for file in modules if not file.read_text().startswith('"""')]
