"""Every page, on a phone and a desk, by day and by night, in both languages: complete, within its width, open to all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.journeys.browsing import open_browser
from tests.journeys.running import RunningServer
from tests.journeys.screens import Look, Passwords, furnish, photograph, visit

pytestmark = pytest.mark.browser

HANGUL = re.compile("[가-힣]")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


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
        page = visitor.page
        photograph(visitor, tmp_path / f"{name}.png")
        found = visitor.grave_faults()
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [f"{too_wide} px too wide"] if too_wide > 0 else []
        found += [] if page.evaluate("document.documentElement.lang") == look.language else ["in the other language"]
        found += (
            []
            if bool(HANGUL.search(page.locator("h1").first.inner_text())) == (look.language == "ko")
            or name.startswith("model")
            else ["its title is in the other language"]
        )
        found += visitor.complaints
        visitor.complaints.clear()
        faults += [f"{name}: {each}" for each in found]
    assert faults == []
