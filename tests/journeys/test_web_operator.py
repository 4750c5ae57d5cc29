"""What visitors ask of operators, and what operators do about it, in a real Chromium against the real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.browsing import Visitor, open_browser
from tests.journeys.running import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser, demo: RunningServer) -> Iterator[Visitor]:
    """Somebody with an English browser who is not logged in."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    yield Visitor(context, demo.url)
    context.close()


@pytest.fixture(scope="module")
def operator(browser: Browser, demo: RunningServer) -> Iterator[Visitor]:
    """An operator in a browser of their own."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    opened = Visitor(context, demo.url)
    opened.enter_as_operator(demo.home, "caretaker")
    yield opened
    context.close()


def test_a_reported_model_is_looked_at_by_an_operator(visitor: Visitor, operator: Visitor) -> None:
    page = visitor.go("/atelier/warm-cool")
    page.get_by_role("tab", name="About").wait_for()
    expect(page.get_by_role("button", name="Report this model")).to_have_count(0)
    visitor.enter("watchful")
    page = visitor.go("/atelier/warm-cool")
    page.get_by_role("button", name="Report this model").click()
    dialog = page.get_by_role("dialog", name="Report atelier/warm-cool")
    expect(dialog.get_by_role("button", name="Send the report")).to_be_disabled()
    dialog.get_by_label("It is not what it says it is").check()
    dialog.get_by_label("More about it").fill("It turns everything orange.")
    assert visitor.grave_faults() == []
    dialog.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("An operator will look at it.")).to_be_visible()
    page = operator.go("/operator")
    report = page.get_by_role("listitem").filter(has_text="It turns everything orange.")
    expect(report).to_contain_text("atelier/warm-cool")
    expect(report).to_contain_text("misleading")
    expect(report).to_contain_text("by watchful,")
    report.get_by_role("button", name="Dismiss").click()
    expect(report).to_have_count(0)
    assert visitor.complaints == operator.complaints == []
