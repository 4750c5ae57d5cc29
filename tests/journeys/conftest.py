"""A real browser for the journeys, where Debian's chromium is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.journeys.browsing import Visitor, open_browser
from tests.journeys.running import RunningServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for the journeys through the web app.

    One a file, since playwright keeps an event loop running in this thread, and other files' tests run loops of theirs.
    """
    with open_browser() as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser, demo: RunningServer) -> Iterator[Visitor]:
    """Somebody with an English browser who is not logged in."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    yield Visitor(context, demo.url)
    context.close()
