"""Walks on the page: composed, watched frame by frame, left and found again, stopped, taken home; in a real Chromium against the real server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.browsing import PASSWORD, Visitor
from tests.journeys.running import RunningServer

pytestmark = pytest.mark.browser

VAE = "atelier/palette-vae"
FIVE_DOLLARS = 5_000_000
RUN, FRAME = 0.01, 0.0025
"""What a picture of the model costs in dollars, and a frame of a walk: a quarter of it."""
WALK_MS = 240_000
WEBM = b"\x1a\x45\xdf\xa3"
MANY = 400
"""Frames of a walk that is still under way when something happens to it."""


@pytest.fixture
def walker(visitor: Visitor, request: pytest.FixtureRequest) -> Visitor:
    """Somebody who has just registered, with five dollars."""
    name = re.sub("[^a-z]+", "-", request.node.name)[-30:].strip("-")
    visitor.enter(f"w-{name}")
    visitor.top_up(FIVE_DOLLARS)
    return visitor


def test_a_new_user_picks_two_keyframes_and_watches_the_film_come_alive(walker: Visitor) -> None:
    page = walker.go(f"/{VAE}")
    page.get_by_role("link", name="Walk between two pictures").click()
    expect(page.get_by_role("heading", name="New walk")).to_be_visible()
    expect(_looks(page, 1)).to_be_visible()  # it was on the model's page: nothing to pay for again
    _card(page, 2).get_by_label("Palette").select_option("ocean")
    _card(page, 2).get_by_role("button", name=f"Preview · ${RUN}").click()
    expect(_looks(page, 2)).to_be_visible(timeout=WALK_MS)
    page.get_by_label("Frames", exact=True).fill("24")
    page.get_by_role("button", name="Start the walk · $0.06").click()
    page.wait_for_url("**/walks/*")
    landed = page.locator("[data-frames]")
    expect(page.get_by_role("img", name=re.compile("^Frame .* of the walk"))).to_be_visible(timeout=WALK_MS)
    _await_frames(landed, 2)
    expect(page.get_by_text("24 frames, ready")).to_be_visible(timeout=WALK_MS)
    assert _frames(landed) == 24
    expect(page.get_by_text("It cost $0.06.")).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("How far apart neighbouring frames look"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("available"))).to_have_text("$4.93")
    assert walker.grave_faults() == []
    assert walker.complaints == []


def test_the_player_is_stepped_with_the_arrow_keys_and_jumps_to_keyframes(walker: Visitor) -> None:
    page = _walk(walker, frames=8)
    expect(page.get_by_text("8 frames, ready")).to_be_visible(timeout=WALK_MS)
    page.get_by_role("button", name="Go to keyframe 1").first.click()
    expect(page.get_by_text("Frame 1 of 8")).to_be_visible()
    scrubber = page.get_by_role("slider", name="Place in the film")
    scrubber.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Frame 2 of 8")).to_be_visible()
    expect(scrubber).to_have_attribute("aria-valuetext", "Frame 2 of 8, between keyframes 1 and 2")
    page.keyboard.press("End")
    expect(page.get_by_text("Frame 8 of 8")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("Frame 7 of 8")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function("() => !/Frame 7 of/.test(document.querySelector('[data-player]').textContent)")


def test_a_walk_goes_on_without_its_tab_and_is_found_where_it_is(walker: Visitor) -> None:
    page = _walk(walker, frames=MANY)
    _await_frames(page.locator("[data-frames]"), 3)
    address = page.url
    page.close()
    walker.page = walker.context.new_page()
    page = walker.go("/walks")
    card = page.get_by_role("list", name="Your walks").get_by_role("listitem")
    expect(card).to_have_count(1)
    card.get_by_role("link").click()
    page.wait_for_url(address)
    landed = page.locator("[data-frames]")
    _await_frames(landed, 3)
    _await_frames(landed, _frames(landed) + 3)  # and they go on coming
    _stop(page)


def test_stopping_says_what_it_costs_keeps_the_frames_and_gives_the_rest_back(walker: Visitor) -> None:
    page = _walk(walker, frames=MANY)
    expect(page.get_by_role("link", name=re.compile("available"))).to_have_text("$4.00")
    _await_frames(page.locator("[data-frames]"), 5)
    _stop(page)
    frames = _frames(page.locator("[data-frames]"))
    assert 5 <= frames < MANY
    expect(page.get_by_text("What was rendered stays yours")).to_be_visible()
    cost = float(re.search(r"It cost \$([\d.]+)\.", page.locator("[data-status=canceled]").inner_text())[1])  # type: ignore[index]
    assert round(cost / FRAME) == frames
    page = walker.go("/wallet?kind=run")
    expect(page.get_by_role("link", name=re.compile("available"))).to_have_text(
        re.compile(rf"^\${5 - cost:.4f}".rstrip("0") + "0?$")
    )


def test_a_film_is_made_and_downloaded(walker: Visitor) -> None:
    page = _walk(walker, frames=8)
    expect(page.get_by_text("8 frames, ready")).to_be_visible(timeout=WALK_MS)
    page.get_by_role("button", name="Make the WebM").click()
    link = page.get_by_role("link", name=re.compile("^Download WebM"))
    link.wait_for(timeout=WALK_MS)
    with page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes()[:4] == WEBM
    assert download.value.suggested_filename.endswith(".webm")


def test_keyframes_are_added_moved_by_keyboard_and_pointer_and_taken_away(walker: Visitor) -> None:
    page = walker.go(f"/walks/new?model={VAE}")
    page.get_by_role("button", name="Add a keyframe").click()
    for number, palette in enumerate(("warm", "ocean", "ink"), 1):
        _card(page, number, of=3).get_by_label("Palette").select_option(palette)
    assert _palettes(page) == ["warm", "ocean", "ink"]
    page.get_by_role("button", name="Keyframe 3 of 3: move it").press("ArrowLeft")
    assert _palettes(page) == ["warm", "ink", "ocean"]
    expect(page.get_by_role("button", name="Keyframe 2 of 3: move it")).to_be_focused()
    handle = page.get_by_role("button", name="Keyframe 1 of 3: move it")
    handle.scroll_into_view_if_needed()
    _drag(page, handle, _card(page, 2, of=3))
    assert _palettes(page) == ["ink", "warm", "ocean"]
    page.get_by_role("button", name="Take keyframe 2 away").click()
    assert _palettes(page) == ["ink", "ocean"]
    expect(page.get_by_role("button", name=re.compile("^Take keyframe"))).to_have_count(0)
    assert walker.grave_faults() == []


def test_equal_keyframes_are_named_before_anything_is_paid(walker: Visitor) -> None:
    page = walker.go(f"/walks/new?model={VAE}")
    for number in (1, 2):
        _card(page, number).get_by_role("textbox", name="Seed", exact=True).fill("7")
    expect(_card(page, 2).get_by_role("alert")).to_contain_text("equal")


def test_what_was_composed_outlives_the_log_in(visitor: Visitor, demo: RunningServer) -> None:
    visitor.enter("wanderer")
    visitor.context.clear_cookies()
    page = visitor.go(f"/walks/new?model={VAE}")
    _card(page, 1).get_by_label("Palette").select_option("meadow")
    page.get_by_label("Frames", exact=True).fill("37")
    page.wait_for_function(
        "() => sessionStorage.getItem('artrator.walk')?.includes('meadow') && sessionStorage.getItem('artrator.walk').includes('37')"
    )
    page.get_by_role("button", name="Log in to start").click()
    page.get_by_label("E-mail").fill("wanderer@example.org")
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(_card(page, 1).get_by_label("Palette")).to_have_value("meadow")
    expect(page.get_by_label("Frames", exact=True)).to_have_value("37")


def test_a_picture_of_the_library_begins_a_walk(walker: Visitor) -> None:
    page = walker.go(f"/{VAE}")
    page.get_by_role("button", name=re.compile("^Run")).click()
    page.get_by_role("link", name="Download").wait_for(timeout=WALK_MS)
    page = walker.go("/library")
    page.get_by_role("link", name=re.compile("^Walk from it")).click()
    expect(_looks(page, 1)).to_be_visible()


def test_a_walk_is_taken_up_again_with_all_that_made_it(walker: Visitor) -> None:
    page = _walk(walker, frames=8)
    expect(page.get_by_text("8 frames, ready")).to_be_visible(timeout=WALK_MS)
    page.get_by_role("link", name="Change it and walk again").click()
    expect(_card(page, 1).get_by_label("Palette")).to_have_value("warm")
    expect(_card(page, 2).get_by_label("Palette")).to_have_value("ocean")
    expect(page.get_by_label("Frames", exact=True)).to_have_value("8")


def _walk(walker: Visitor, *, frames: int) -> Page:
    """Start a walk between two palettes, as the composer does, and open its page."""
    body = {
        "model": VAE,
        "keyframes": [{"seed": 7, "palette": "warm"}, {"seed": 7, "palette": "ocean"}],
        "frames": frames,
    }
    return walker.go(f"/walks/{walker.send('/v1/walks', body)['id']}")


def _card(page: Page, number: int, *, of: int = 2) -> Locator:
    return page.get_by_role("region", name=f"Keyframe {number} of {of}")


def _looks(page: Page, number: int) -> Locator:
    return page.get_by_role("img", name=f"What keyframe {number} looks like")


def _palettes(page: Page) -> list[str]:
    return page.get_by_role("combobox", name="Palette").evaluate_all("lists => lists.map(list => list.value)")


def _frames(landed: Locator) -> int:
    return int(landed.get_attribute("data-frames") or 0)


def _await_frames(landed: Locator, at_least: int) -> None:
    landed.page.wait_for_function(
        "least => Number(document.querySelector('[data-frames]')?.dataset.frames ?? 0) >= least",
        arg=at_least,
        timeout=WALK_MS,
    )


def _stop(page: Page) -> None:
    page.get_by_role("button", name="Stop the walk").click()
    dialog = page.get_by_role("dialog", name="Stop the walk here?")
    expect(dialog).to_contain_text("goes back to your wallet")
    dialog.get_by_role("button", name="Stop the walk").click()
    expect(page.locator("[data-status=canceled]")).to_be_visible(timeout=WALK_MS)


def _drag(page: Page, handle: Locator, onto: Locator) -> None:
    start, end = handle.bounding_box(), onto.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] * 0.3, end["y"] + 40, steps=4)
    page.mouse.move(end["x"] + end["width"] * 0.8, end["y"] + 40, steps=4)
    page.mouse.up()
