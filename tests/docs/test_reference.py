"""The generated pages say what the code says."""

from __future__ import annotations

from pathlib import Path

from artrator.cli.reference import openapi_json, settings_markdown

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def test_the_settings_page_is_current() -> None:
    assert (REFERENCE / "settings.md").read_text() == settings_markdown(), "run `make generate`"


def test_the_openapi_description_is_current() -> None:
    assert (REFERENCE / "openapi.json").read_text() == openapi_json(), "run `make generate`"
