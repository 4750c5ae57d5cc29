"""A real browser for the journeys, where Debian's chromium is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser; tests that need it are skipped where there is none.

    One a file, since playwright keeps an event loop running in this thread, and other files' tests run loops of theirs.
    """
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is missing; `make test` installs it where it can")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()
