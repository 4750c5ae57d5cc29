"""Every page, on a phone and a desk, by day and by night, in both languages: complete, within its width, open to all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.journeys.browsing import Visitor
from tests.journeys.running import RunningServer
from tests.journeys.screens import Look, Passwords, furnish, photograph, seen_at_once, visit

pytestmark = pytest.mark.browser

HANGUL = re.compile("[가-힣]")


@pytest.fixture(scope="module")
def passwords(demo: RunningServer) -> Passwords:
    return furnish(demo)


@pytest.mark.parametrize(
    "look",
    [Look(360, "en", "light"), Look(360, "ko", "dark"), Look(1280, "ko", "light"), Look(1280, "en", "dark")],
    ids=str,
)
def test_every_page_is_whole_and_axe_finds_nothing_grave(
    browser: Browser, demo: RunningServer, passwords: Passwords, look: Look, tmp_path: Path
) -> None:
    faults: list[str] = []
    for name, visitor in visit(browser, demo.url, passwords, look):
        with seen_at_once(visitor):
            found = [*visitor.grave_faults(), *_faults(name, visitor, look)]
            if found:
                photograph(visitor, tmp_path / f"{name}.png")
        faults += [f"{name}: {each}" for each in found]
    assert faults == []


def _faults(name: str, visitor: Visitor, look: Look) -> Iterator[str]:
    page = visitor.page
    if (too_wide := page.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
        yield f"{too_wide} px too wide"
    if page.evaluate("document.documentElement.lang") != look.language:
        yield "in the other language"
    has_own_title = "model" in name or "item" in name or name == "walk"  # its title is what somebody called it
    if not has_own_title and bool(HANGUL.search(page.locator("h1").first.inner_text())) != (look.language == "ko"):
        yield "its title is in the other language"
    yield from (each for each in visitor.complaints if name != "not-found" or "404" not in each)
    visitor.complaints.clear()
