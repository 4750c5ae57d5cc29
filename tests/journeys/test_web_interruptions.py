"""What happens to a visitor's work when the connection or the tab is gone, in a real Chromium against the real server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.journeys.browsing import Visitor

pytestmark = pytest.mark.browser

SKETCH = "/atelier/pencil-sketch"
RESULT_MS = 60_000
OFFLINE = "No connection. What you typed stays here"


def _top_up(visitor: Visitor) -> None:
    page = visitor.go("/wallet")
    page.get_by_label("Amount in USD").fill("1")
    page.get_by_role("button", name="Top up by $1.00").click()
    expect(page.get_by_text("$1.00 is in your wallet.")).to_be_visible()


def test_a_lost_connection_is_shown_keeps_what_was_typed_and_heals(visitor: Visitor) -> None:
    visitor.enter("commuter")
    page = visitor.go("/atelier/warm-cool")
    warmth = page.get_by_label("Warmth").last
    warmth.fill("0.35")
    visitor.context.set_offline(True)
    expect(page.get_by_text(OFFLINE)).to_be_visible()
    page.get_by_role("button", name="Run · Free").click()
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    visitor.context.set_offline(False)
    expect(page.get_by_text(OFFLINE)).to_have_count(0)
    expect(warmth).to_have_value("0.35")
    page.get_by_role("button", name="Run · Free").click()
    page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)


def test_a_run_outlives_a_closed_tab_and_is_paid_once(visitor: Visitor) -> None:
    visitor.enter("leaver-in-haste")
    _top_up(visitor)
    page = visitor.go(SKETCH)
    button = page.get_by_role("button", name="Run · $0.005")
    button.wait_for()
    with page.expect_request(lambda request: request.url.endswith(f"{SKETCH}/predictions")):
        button.click()
    page.close()
    visitor.page = visitor.context.new_page()
    page = visitor.go("/library")
    card = page.get_by_role("list", name="Your predictions").get_by_role("listitem")
    expect(card).to_have_count(1)
    expect(card.locator("img")).to_be_visible(timeout=RESULT_MS)
    page = visitor.go("/wallet?kind=run")
    lines = page.get_by_role("list", name="Statement").locator("> li")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("-$0.005")
    card = visitor.go("/library").get_by_role("list", name="Your predictions").get_by_role("listitem")
    card.get_by_role("link", name=re.compile("^Change it")).click()
    visitor.page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)
