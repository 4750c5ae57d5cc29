"""Who finds a model, at what price, and what operators decide of it, in a real Chromium against the real server."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, expect
from tests.engine.graphs import make_bundle
from tests.journeys.browsing import Visitor
from tests.journeys.running import RunningServer, artrator

from artrator.db.embedded import EmbeddedPostgres

pytestmark = pytest.mark.browser

VERIFIED_MS = 120_000
LOOM = "/weaver/loom"


@pytest.fixture(scope="module")
def operator(browser: Browser, demo: RunningServer) -> Iterator[Visitor]:
    """An operator in a browser of their own."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    opened = Visitor(context, demo.url)
    opened.enter_as_operator(demo.home, "caretaker")
    yield opened
    context.close()


@pytest.fixture(scope="module")
def owner(browser: Browser, demo: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A creator with a listed model that costs a cent."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    opened = Visitor(context, demo.url)
    opened.enter("weaver")
    page = opened.go("/publish")
    page.get_by_role("main").get_by_role("button", name="Become a creator").click()
    page.get_by_role("button", name="Choose a file").wait_for()
    bundle = tmp_path_factory.mktemp("bundles") / "loom"
    make_bundle(bundle, "latent", name="loom")
    words = ("--price", "0.01", "--public", "--wait")
    key = opened.make_key("publish")
    published = artrator("publish", str(bundle), *words, ARTRATOR_URL=demo.url, ARTRATOR_TOKEN=key)
    assert published.returncode == 0, published.stderr
    yield opened
    context.close()


def test_others_see_a_changed_price_and_find_what_they_may(visitor: Visitor, owner: Visitor) -> None:
    looking = visitor.go(LOOM)
    expect(looking.get_by_role("button", name="Log in to run · $0.01")).to_be_visible()
    changing = owner.go("/dashboard?model=loom")
    changing.get_by_label("Price of a run (USD)").fill("0.025")
    changing.get_by_role("button", name="Change").click()
    expect(changing.get_by_text("Saved")).to_be_visible()
    looking.reload()
    expect(looking.get_by_role("button", name="Log in to run · $0.025")).to_be_visible()
    for listing, is_listed, title in (
        ("unlisted", False, "weaver/loom"),
        ("private", False, "There is nothing at this address"),
        ("public", True, "weaver/loom"),
    ):
        with changing.expect_response(lambda reply: reply.request.method == "PATCH"):
            changing.get_by_label("Visibility").select_option(listing)
        expect(changing.get_by_label("Visibility")).to_be_enabled()
        expect(looking.goto(visitor.url + LOOM) and looking.get_by_role("heading", level=1)).to_contain_text(title)
        with looking.expect_response(lambda reply: "/v1/models?" in reply.url or "/v1/search" in reply.url):
            looking.goto(f"{visitor.url}/?show=models&query=loom")
        expect(looking.get_by_role("link", name="weaver/loom")).to_have_count(1 if is_listed else 0)


def test_a_version_that_waits_for_consent_goes_on_when_an_operator_agrees(
    owner: Visitor, operator: Visitor, demo: RunningServer
) -> None:
    version = owner.context.request.get(f"{demo.url}/v1/models{LOOM}").json()["latest_version"]["id"]
    with psycopg.connect(EmbeddedPostgres(folder=demo.home / "postgres").dsn(), autocommit=True) as connection:
        # as on a system whose sandbox lacks a protection; this one may lack none
        connection.execute("UPDATE versions SET status = 'awaiting_consent' WHERE digest = %s", (version,))
    waiting = owner.go(f"/publish?model=loom&version={version}")
    expect(waiting.get_by_role("status").filter(has_text="Waits for an operator")).to_be_visible()
    deciding = operator.go("/operator")
    deciding.get_by_role("button", name="Approve weaver/loom").click()
    expect(deciding.get_by_text("weaver/loom is being verified")).to_be_visible()
    expect(deciding.get_by_role("button", name="Approve weaver/loom")).to_have_count(0)
    waiting.reload()
    expect(waiting.get_by_text("Passed the verification")).to_be_visible(timeout=VERIFIED_MS)


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
