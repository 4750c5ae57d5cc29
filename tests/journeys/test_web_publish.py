"""Publishing in a real Chromium: from a file to the list, and to the figures that its creator sees."""

from __future__ import annotations

import random
import re
import zipfile
from pathlib import Path

import onnx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.engine.graphs import latent_decoder
from tests.journeys.browsing import Visitor
from tests.journeys.running import RunningServer
from tests.verification.attack_builders import bundle, not_finite

pytestmark = pytest.mark.browser

VERIFIED_MS = 120_000


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


def test_a_chosen_folder_is_packed_and_a_failed_verification_says_why_in_both_languages(
    browser: Browser, demo: RunningServer, tmp_path: Path
) -> None:
    folder = tmp_path / "broken-painter"
    bundle(folder, not_finite())
    visitor = _stranger(browser, demo, "minseo")
    page = visitor.go("/publish")
    page.get_by_role("main").get_by_role("button", name="Become a creator").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(folder)
    expect(page.get_by_role("heading", name="What is in broken-painter.zip")).to_be_visible()
    page.get_by_label("Name", exact=False).first.fill("broken-painter")
    page.get_by_role("button", name="Publish and verify").click()
    expect(page.get_by_text("Did not pass the verification")).to_be_visible(timeout=VERIFIED_MS)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("hold values that are not finite")
    expect(alert).to_contain_text("export a checkpoint with finite weights")
    assert visitor.grave_faults() == []
    page.evaluate("localStorage.setItem('artrator.language', 'ko')")
    page.reload()
    expect(alert).to_contain_text("가중치 1개에 유한하지 않은 값이 있습니다")
    expect(alert).to_contain_text("값이 유한한 체크포인트를 내보내 주세요")
    assert visitor.complaints == []
    visitor.context.close()


def test_an_upload_that_broke_off_goes_on_after_a_reload_from_where_it_was(
    browser: Browser, demo: RunningServer, tmp_path: Path
) -> None:
    archive = tmp_path / "heavy.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("model.onnx", latent_decoder().SerializeToString())
        packed.writestr("spare.bin", random.Random(1).randbytes(9 << 20))  # more than one part of an upload
    visitor = _stranger(browser, demo, "haneul")
    page = visitor.go("/publish")
    page.get_by_role("main").get_by_role("button", name="Become a creator").click()
    first_parts = re.compile(r"/v1/uploads/\w+\?offset=0$")
    page.route(re.compile(r"/v1/uploads/\w+\?offset=[1-9]"), lambda route: route.abort())
    with page.expect_file_chooser() as chooser, page.expect_response(first_parts):
        page.get_by_role("button", name="Choose a file").click()
        chooser.value.set_files(archive)
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    page.unroute_all()
    page.reload()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose the file to go on").click()
    chooser.value.set_files(archive)
    expect(page.get_by_role("heading", name="What is in heavy.zip")).to_be_visible()
    assert len(sent) == 1
    assert not first_parts.search(sent[0])
    visitor.context.close()


def test_what_is_no_model_or_too_large_is_refused_before_it_is_sent(
    browser: Browser, demo: RunningServer, tmp_path: Path
) -> None:
    folder = tmp_path / "diary"
    folder.mkdir()
    notes = folder / "notes.txt"
    notes.write_text("no model")
    huge = tmp_path / "huge.onnx"
    with huge.open("wb") as file:
        file.truncate((2 << 30) + 1)  # a hole: it takes no room on the disk
    visitor = _stranger(browser, demo, "seojun")
    page = visitor.go("/publish")
    page.get_by_role("main").get_by_role("button", name="Become a creator").click()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    _drop(page, folder)
    expect(page.get_by_role("alert")).to_contain_text("There is no .onnx file in the folder diary.")
    for button, chosen, said in (
        ("Choose a file", notes, "another kind of file"),
        ("Choose a file", huge, "at most 2.1 GB are taken"),
    ):
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name=button).click()
        chooser.value.set_files(chosen)
        expect(page.get_by_role("alert")).to_contain_text(said)
    assert sent == []
    visitor.context.close()


def _drop(page: Page, folder: Path) -> None:
    """Drop a folder where models are dropped, as a file manager does."""
    place = page.get_by_text("Drop an .onnx, a .zip or a folder here").bounding_box()
    assert place is not None
    where = {"x": place["x"] + 2, "y": place["y"] + 2}
    session = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        dragged = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
        session.send("Input.dispatchDragEvent", {"type": step, **where, "data": dragged})
