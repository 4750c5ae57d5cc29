"""Wallet and library in a real Chromium: what is paid for is kept, and what was charged is explained."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.browsing import Visitor, demo_password
from tests.journeys.running import RunningServer

pytestmark = pytest.mark.browser

SKETCH = "/atelier/pencil-sketch"
RESULT_MS = 60_000
LANGUAGES = {"en": "en-US", "ko": "ko-KR"}


@pytest.fixture
def buyer(browser: Browser, demo: RunningServer) -> Iterator[Visitor]:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    visitor = Visitor(context, demo.url)
    visitor.log_in("demo@example.com", demo_password(demo.home))
    yield visitor
    context.close()


def _run_sketch(buyer: Visitor) -> None:
    page = buyer.go(SKETCH)
    page.get_by_role("button", name="Run · $0.005").click()
    page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)


def test_a_top_up_and_a_run_are_in_the_statement_and_the_run_is_in_the_library(buyer: Visitor) -> None:
    page = buyer.go("/wallet")
    page.get_by_label("Amount in USD").fill("7")
    page.get_by_role("button", name="Top up by $7.00").click()
    expect(page.get_by_text("$7.00 is in your wallet.")).to_be_visible()
    lines = page.get_by_role("list", name="Statement").get_by_role("listitem")
    expect(lines.first).to_contain_text("+$7.00")
    _run_sketch(buyer)
    page = buyer.go("/library")
    card = page.get_by_role("list", name="Your predictions").get_by_role("listitem").first
    expect(card).to_contain_text("atelier/pencil-sketch")
    assert card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    card.get_by_role("link", name=re.compile("^Change it")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("pencil-sketch")
    assert "run=" in page.url
    page = buyer.go("/wallet?kind=run")
    charge = page.get_by_role("list", name="Statement").locator("> li").first
    expect(charge).to_contain_text("-$0.005")
    expect(charge).to_contain_text("to the creator")
    expect(charge).to_contain_text("platform fee")
    assert buyer.complaints == []


def test_a_refused_amount_is_said_at_its_field(buyer: Visitor) -> None:
    page = buyer.go("/wallet")
    page.get_by_label("Amount in USD").fill("0.01")
    page.get_by_role("button", name="Top up by $0.01").click()
    expect(page.get_by_label("Amount in USD")).to_have_attribute("aria-invalid", "true")


def test_the_statement_is_taken_home_as_csv(buyer: Visitor) -> None:
    page = buyer.go("/wallet")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.path().read_text().startswith("time,kind,for,id,amount,balance")


def test_chosen_predictions_come_as_one_archive_and_are_deleted_after_a_question(buyer: Visitor) -> None:
    _run_sketch(buyer)
    page = buyer.go("/library")
    cards = page.get_by_role("list", name="Your predictions").get_by_role("listitem")
    cards.first.wait_for()
    newest = cards.first.get_by_role("link").first.get_attribute("href")
    cards.first.get_by_role("checkbox").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any(name.endswith((".png", ".webp", ".jpg")) for name in archive.namelist())
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog", name="Delete for good?").get_by_role("button", name="Delete").click()
    expect(page.locator(f'a[href="{newest}"]')).to_have_count(0)
    assert buyer.complaints == []
