"""The web app in a real Chromium against the real server with its starter models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, Route, expect
from tests.journeys.browsing import (
    PASSWORD,
    ROOT,
    Visitor,
    await_picture_at,
    demo_password,
    open_browser,
    write_film,
)
from tests.journeys.running import RunningServer

pytestmark = pytest.mark.browser

STARTERS = ROOT / "src" / "artrator" / "starters"
HILLS = STARTERS / "style-reader" / "examples" / "hills-warm.png"
PICTURE = STARTERS / "pencil-sketch" / "examples" / "still-life.jpg"
SKETCH = "/atelier/pencil-sketch"
RESULT_MS = 60_000
LANGUAGES = {"en": "en-US", "ko": "ko-KR"}
PUBLIC_PAGES = (
    "/",
    "/?show=models",
    SKETCH,
    f"{SKETCH}?tab=verification",
    f"{SKETCH}?tab=api",
    "/login",
    "/register",
    "/no-such-page",
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What stands before the camera: hills in warm colours."""
    file = tmp_path_factory.mktemp("camera") / "hills.y4m"
    write_film(file, HILLS)
    return file


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Browser]:
    with open_browser(f"--use-file-for-fake-video-capture={film}") as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser, demo: RunningServer) -> Iterator[Visitor]:
    """Somebody with an English browser who is not logged in."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800}, permissions=["camera"])
    yield Visitor(context, demo.url)
    context.close()


@pytest.fixture
def buyer(visitor: Visitor, demo: RunningServer) -> Visitor:
    visitor.log_in("demo@example.com", demo_password(demo.home))
    return visitor


def test_a_picture_on_the_wall_leads_to_the_inputs_that_made_it(visitor: Visitor) -> None:
    page = visitor.go("/")
    page.locator("a[href*='warm-cool']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("warm-cool")
    assert "example=" in page.url
    expect(page.get_by_label("Warmth").last).to_have_value(re.compile(r"^-?0\.6$"))
    assert visitor.complaints == []


def test_the_verification_tab_plots_what_the_graphs_do_and_says_how_they_are_run(visitor: Visitor) -> None:
    page = visitor.go(f"{SKETCH}?tab=verification")
    expect(page.get_by_role("heading", name="How fast its graphs are")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"Calls that run together: \d+ at most\. Threads of a call: \d+\."))
    ).to_be_visible()
    assert visitor.complaints == []


def test_the_wall_is_searched_while_one_types_and_the_address_keeps_the_search(visitor: Visitor) -> None:
    page = visitor.go("/?show=models")
    page.get_by_role("searchbox").fill("pencil")
    expect(page.get_by_role("link", name="atelier/pencil-sketch")).to_be_visible()
    expect(page.get_by_role("link", name="atelier/warm-cool")).to_have_count(0)
    assert "query=pencil" in page.url
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("pencil")


def test_a_stranger_signs_up_runs_a_free_model_and_downloads_the_result(visitor: Visitor) -> None:
    page = visitor.go("/register?to=%2Fatelier%2Fwarm-cool")
    page.get_by_label("E-mail").fill("stranger@example.org")
    page.get_by_label("Public name").fill("stranger")
    page.get_by_label("Password", exact=False).first.fill("a walk along the river")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("warm-cool")
    page.get_by_role("button", name="Run · Free").click()
    link = page.get_by_role("link", name="Download")
    link.wait_for(timeout=RESULT_MS)
    with page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).stat().st_size > 1000
    assert visitor.complaints == []


def test_a_run_shows_its_price_before_and_is_charged_once_for_a_double_click(buyer: Visitor) -> None:
    page = buyer.go(SKETCH)
    balance = page.get_by_label(re.compile("available"))
    before = balance.inner_text()
    button = page.get_by_role("button", name="Run · $0.005")
    button.dblclick()
    page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)
    expect(balance).not_to_have_text(before)
    assert round(_amount(before) - _amount(balance.inner_text()), 6) == 0.005
    expect(page.get_by_role("slider", name="Before and after")).to_be_visible()


def test_a_picture_is_chosen_changed_and_named_at_fault_when_it_is_none(buyer: Visitor, tmp_path: Path) -> None:
    page = buyer.go(SKETCH)
    page.get_by_role("button", name="Change").click()
    page.get_by_role("button", name=re.compile("^Run")).click()
    expect(page.get_by_text("This is needed.")).to_be_visible()
    text = tmp_path / "notes.txt"
    text.write_text("not a picture")
    _choose(page, text)
    expect(page.get_by_text("This is another kind of file.")).to_be_visible()
    _choose(page, PICTURE)
    page.get_by_role("button", name=re.compile("^Run")).click()
    page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)


def test_an_expired_session_keeps_what_was_chosen(buyer: Visitor, demo: RunningServer) -> None:
    page = buyer.go("/atelier/warm-cool")
    warmth = page.get_by_label("Warmth").last
    warmth.fill("0.25")
    buyer.context.clear_cookies()
    page.get_by_role("button", name="Run · Free").click()
    dialog = page.get_by_role("dialog", name="Log in to go on")
    dialog.get_by_label("E-mail").fill("demo@example.com")
    dialog.get_by_label("Password", exact=False).first.fill(demo_password(demo.home))
    dialog.get_by_role("button", name="Log in").click()
    expect(dialog).to_be_hidden()
    expect(warmth).to_have_value("0.25")
    page.get_by_role("button", name="Run · Free").click()
    page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)


def test_the_camera_is_classified_live_and_stops_at_the_agreed_number_of_pictures(buyer: Visitor) -> None:
    page = buyer.go("/atelier/style-reader")
    page.get_by_label("Pictures").fill("5")
    page.get_by_role("button", name="Start · at most $0.01").click()
    expect(page.get_by_text("5 of 5 pictures")).to_be_visible(timeout=RESULT_MS)
    expect(page.get_by_test_id("live-labels")).to_contain_text("hills")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("video")).to_have_count(0)


def test_a_choice_is_made_by_what_it_looks_like(visitor: Visitor) -> None:
    page = visitor.go("/atelier/palette-vae")
    styles = page.get_by_role("radiogroup", name="Style")
    for _ in range(120):  # the pictures are rendered in the background, after everything that somebody waits for
        if styles.locator("img").count() == styles.get_by_role("radio").count() > 0:
            break
        page.wait_for_timeout(500)
        page.reload()
        page.get_by_label("Style").first.wait_for()
    assert styles.locator("img").count() == 6
    addresses = styles.locator("img").evaluate_all("images => images.map(image => image.src.split('?')[0])")
    assert len(set(addresses)) == 6
    styles.get_by_role("radio", name="targets").check(force=True)
    page.get_by_role("tab", name="API").click()
    expect(page.locator("pre")).to_contain_text('"style": "targets"')
    assert visitor.grave_faults() == []
    assert visitor.complaints == []


def test_the_api_tab_holds_the_inputs_of_the_form(visitor: Visitor) -> None:
    page = visitor.go("/atelier/warm-cool?tab=api")
    page.get_by_label("Warmth").last.fill("-0.4")
    expect(page.locator("pre")).to_contain_text('"warmth": -0.4')
    visitor.settle()  # a click on what still moves is lost
    page.get_by_text("Python", exact=True).click()
    expect(page.locator("pre")).to_contain_text("warmth=-0.4,")


def test_the_first_visit_ships_less_than_200_kb_of_javascript(visitor: Visitor) -> None:
    sizes: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if "/assets/" in response.url and response.url.endswith(".js"):
            sizes[response.url] = int(response.headers["content-length"])

    visitor.page.on("response", weigh)
    page = visitor.go("/")
    page.locator("a[href*='example=']").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes.values()) < 200 * 1000, sizes


@pytest.mark.parametrize("width_px", [360, 1280])
@pytest.mark.parametrize("path", ["/", "/?show=models", SKETCH])
def test_pictures_are_there_before_the_app_and_stay_where_they_are(visitor: Visitor, path: str, width_px: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width_px, "height": 800})
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/assets/index-*.js", hold)
    page.goto(visitor.url + path, wait_until="commit")
    picture = page.locator("main[aria-busy] img[src*='/blobs/']").first
    expect(picture).to_be_visible()
    before = picture.bounding_box()
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    page.locator("main:not([aria-busy]) h1").wait_for(state="attached")
    await_picture_at(page, before)
    assert visitor.complaints == []


def test_an_address_that_leads_nowhere_says_so_and_helps(visitor: Visitor) -> None:
    page = visitor.page
    reply = page.goto(f"{visitor.url}/no-such-page")
    assert reply is not None
    assert reply.status == 404
    page.get_by_role("searchbox").fill("sketch")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/?query=sketch*")


def test_the_wall_and_a_run_work_with_the_keyboard_alone(buyer: Visitor) -> None:
    page = buyer.go("/?query=warm-cool")
    page.locator("a[href*='example=']").first.wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    _reach(page.locator("a[href*='example=']").first)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Run · Free").wait_for()
    expect(page.locator("main")).to_be_focused()
    _reach(page.get_by_role("button", name="Run · Free"))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)


def test_from_the_sign_up_to_the_download_no_mouse_is_needed(visitor: Visitor) -> None:
    page = visitor.go("/atelier/pencil-sketch")
    press = page.keyboard.press
    _reach(page.get_by_role("button", name="Log in to run"))
    press("Enter")
    _reach(page.get_by_role("main").get_by_role("link", name="Sign up"))
    press("Enter")
    for label, text in (("E-mail", "typist@example.org"), ("Public name", "typist"), ("Password", PASSWORD)):
        _reach(page.get_by_label(label, exact=False).first)
        page.keyboard.type(text)
    press("Enter")
    _reach(page.get_by_role("link", name=re.compile("available")))
    press("Enter")
    _reach(page.get_by_label("Amount in USD"))
    press("ControlOrMeta+a")
    page.keyboard.type("3")
    press("Enter")
    expect(page.get_by_text("$3.00 is in your wallet.")).to_be_visible()
    page.go_back()
    _reach(page.get_by_role("button", name="Run · $0.005"))
    press("Enter")
    link = page.get_by_role("link", name="Download")
    link.wait_for(timeout=RESULT_MS)
    _reach(link)
    with page.expect_download() as download:
        press("Enter")
    assert Path(download.value.path()).stat().st_size > 1000
    assert visitor.complaints == []


def _amount(text: str) -> float:
    return float(text.replace("$", "").replace(",", ""))


def _choose(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file: Image").click()
    chooser.value.set_files(file)


def _reach(wanted: Locator, *, most: int = 80) -> None:
    """Press Tab until something has the focus."""
    wanted.wait_for()
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        wanted.page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")
