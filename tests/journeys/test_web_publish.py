"""Publishing in a real Chromium: from a file to the list, and to the figures that its creator sees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest
from playwright.sync_api import Browser, expect
from tests.engine.graphs import latent_decoder
from tests.journeys.browsing import Visitor, open_browser
from tests.journeys.running import RunningServer

pytestmark = pytest.mark.browser

VERIFIED_MS = 120_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def _stranger(browser: Browser, demo: RunningServer, handle: str, *, width_px: int = 1280) -> Visitor:
    context = browser.new_context(locale="en-US", viewport={"width": width_px, "height": 800})
    visitor = Visitor(context, demo.url)
    visitor.enter(handle)
    return visitor


def test_a_stranger_publishes_a_graph_lists_it_and_finds_it_on_the_dashboard(
    browser: Browser, demo: RunningServer, tmp_path: Path
) -> None:
    graph = tmp_path / "Small Painter.onnx"
    onnx.save(latent_decoder(), graph)
    visitor = _stranger(browser, demo, "yuna")
    page = visitor.go("/publish")
    page.get_by_role("main").get_by_role("button", name="Become a creator").click()
    faults: list[str] = []

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    faults += visitor.grave_faults()
    chooser.value.set_files(graph)
    expect(page.get_by_label("Name", exact=False).first).to_have_value("small-painter")
    expect(page.get_by_role("button", name="Publish and verify")).to_be_disabled()
    page.get_by_label("Licence").select_option("CC-BY-4.0")
    expect(page.get_by_text("The manifest is good.")).to_be_visible()
    page.get_by_label("Price of a run").fill("0.01")
    faults += visitor.grave_faults()
    page.get_by_role("button", name="Publish and verify").click()

    expect(page.get_by_text("Passed the verification")).to_be_visible(timeout=VERIFIED_MS)
    page.get_by_role("button", name="List it").click()
    expect(page.get_by_text("It is listed")).to_be_visible()
    faults += visitor.grave_faults()
    page.get_by_role("link", name="To its figures").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("small-painter")
    expect(page.get_by_label("Visibility")).to_have_value("public")
    expect(page.get_by_text("$0.01 per run")).to_be_visible()
    faults += visitor.grave_faults()
    page.get_by_role("main").get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("link", name="small-painter")).to_be_visible()
    faults += visitor.grave_faults()
    assert faults == []
    assert visitor.complaints == []
    visitor.context.close()


def test_a_fault_in_the_manifest_is_shown_with_its_line(browser: Browser, demo: RunningServer, tmp_path: Path) -> None:
    graph = tmp_path / "faulty.onnx"
    onnx.save(latent_decoder(), graph)
    visitor = _stranger(browser, demo, "sora", width_px=360)
    page = visitor.go("/publish")
    page.get_by_role("main").get_by_role("button", name="Become a creator").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(graph)
    manifest = page.get_by_role("textbox", name="Manifest")
    manifest.fill("no_such_word: 1\n" + manifest.input_value())
    expect(page.get_by_role("button", name="Line 1", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Publish and verify")).to_be_disabled()
    page.reload()
    expect(manifest).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    visitor.context.close()


def test_a_file_of_another_kind_is_refused_before_it_is_sent(
    browser: Browser, demo: RunningServer, tmp_path: Path
) -> None:
    visitor = _stranger(browser, demo, "jiho")
    page = visitor.go("/publish")
    page.get_by_role("main").get_by_role("button", name="Become a creator").click()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    notes = tmp_path / "notes.txt"
    notes.write_text("no model")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(notes)
    expect(page.get_by_role("alert")).to_contain_text("another kind of file")
    assert sent == []
    visitor.context.close()
