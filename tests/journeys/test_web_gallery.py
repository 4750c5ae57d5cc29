"""The gallery in a real Chromium: what people made is hung, seen, liked, taken up, reported and taken down."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.journeys.browsing import PASSWORD, Visitor, await_picture_at
from tests.journeys.hanging import hang_picture, hang_walk, run, walk
from tests.journeys.running import RunningServer

pytestmark = pytest.mark.browser

ITEMS = "/v1/gallery/items"
FREE = "atelier/warm-cool"
NASTY = "<img src=x onerror=\"document.title='broken'\"></script><b>bold</b>"
RESULT_MS = 60_000
DESK = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def painter(demo: RunningServer) -> Iterator[httpx.Client]:
    """Somebody who makes things over the API."""
    with httpx.Client(base_url=demo.url) as browser:
        account = {"email": "painter@example.org", "password": PASSWORD, "handle": "painter"}
        assert browser.post("/v1/users", json=account).status_code == 202
    with demo.client(demo.make_key("painter")) as client:
        yield client


@pytest.fixture(scope="module")
def picture_url(demo: RunningServer) -> str:
    """An input that the free model takes: the picture of its first example."""
    examples = httpx.get(f"{demo.url}/v1/models/{FREE}/examples").json()["results"]
    return str(examples[0]["input_picture_url"])


@pytest.fixture(scope="module")
def buyer(demo: RunningServer) -> Iterator[httpx.Client]:
    """The demo account, which can pay, over the API."""
    with demo.client(demo.make_key()) as client:
        yield client


@pytest.fixture
def operator(browser: Browser, demo: RunningServer) -> Iterator[Visitor]:
    context = browser.new_context(locale="en-US", viewport=DESK)  # type: ignore[arg-type]
    opened = Visitor(context, demo.url)
    opened.enter_as_operator(demo.home, f"warden{id(opened) % 100_000}")
    yield opened
    context.close()


def test_a_result_is_put_in_the_gallery_and_everybody_sees_it_with_its_title_as_it_is_written(
    visitor: Visitor, browser: Browser
) -> None:
    visitor.enter("hanger")
    page = visitor.go(f"/{FREE}")
    page.get_by_role("button", name="Run · Free").click()
    page.get_by_role("button", name="Put in the gallery").click(timeout=RESULT_MS)
    dialog = page.get_by_role("dialog", name="Put it in the gallery")
    expect(dialog.get_by_text("It comes down when you take it down or delete it")).to_be_visible()
    dialog.get_by_label("Title").fill(NASTY)
    expect(dialog.get_by_label("Show how it was made")).to_be_checked()
    assert visitor.grave_faults() == []
    dialog.get_by_role("button", name="Put in the gallery").click()
    expect(dialog.get_by_text("It hangs in the gallery.")).to_be_visible()
    dialog.get_by_role("link", name="See it there").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NASTY)
    address = page.url
    context = browser.new_context(locale="en-US", viewport=DESK)  # type: ignore[arg-type]
    stranger = Visitor(context, visitor.url)
    looking = stranger.go("/gallery")
    looking.get_by_role("link", name=NASTY).click()
    expect(looking.get_by_role("heading", level=1)).to_have_text(NASTY)
    assert looking.url == address
    looking.reload()  # now the title comes with the page
    expect(looking.get_by_role("heading", level=1)).to_have_text(NASTY)
    expect(looking.get_by_text("by hanger")).to_be_visible()
    assert looking.title() == page.title() == "Artrator"
    assert looking.locator("b", has_text="bold").count() == 0
    assert stranger.complaints == visitor.complaints == []
    context.close()


def test_who_is_not_logged_in_is_asked_to_before_a_like_and_comes_back(
    visitor: Visitor, painter: httpx.Client, picture_url: str
) -> None:
    item = hang_picture(painter, FREE, {"image": picture_url, "warmth": 0.3}, title="To be liked")
    page = visitor.go(f"/gallery/{item}")
    page.get_by_role("button", name="Like, 0 likes").click()
    expect(page).to_have_url(re.compile("/login"))
    visitor.enter("admirer")
    page = visitor.go(f"/gallery/{item}")
    like = page.get_by_role("button", name=re.compile("^Like"))
    expect(like).to_have_attribute("aria-pressed", "false")
    like.click()
    expect(page.get_by_role("button", name="Like, 1 like")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="Like, 1 like")).to_have_attribute("aria-pressed", "true")
    assert painter.get(f"{ITEMS}/{item}").json()["likes"] == 1
    page.get_by_role("button", name="Like, 1 like").click()
    expect(page.get_by_role("button", name="Like, 0 likes")).to_have_attribute("aria-pressed", "false")
    assert visitor.complaints == []


def test_a_remix_begins_with_the_inputs_that_are_shown_and_with_nothing_that_is_not(
    visitor: Visitor, buyer: httpx.Client
) -> None:
    shown = hang_picture(buyer, "atelier/shape-gan", {"seed": 424242}, title="Seed shown")
    kept = hang_picture(buyer, "atelier/shape-gan", {"seed": 535353}, title="Seed kept", show_input=False)
    page = visitor.go(f"/gallery/{shown}")
    expect(page.get_by_text("424242")).to_be_visible()
    expect(page.get_by_role("term")).to_have_text("Seed")  # as the model calls it
    page.get_by_role("link", name="Remix").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shape-gan")
    expect(page.get_by_role("textbox", name="Seed", exact=True)).to_have_value("424242")
    page = visitor.go(f"/gallery/{kept}")
    expect(page.get_by_text("keeps how it was made to themselves")).to_be_visible()
    assert "535353" not in page.content()
    expect(page.get_by_role("link", name="Walk from here")).to_have_attribute(
        "href", re.compile(rf"^/walks/new\?model=atelier/shape-gan&from={kept}$")
    )
    page.get_by_role("link", name="Try the model").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shape-gan")
    assert "535353" not in page.url
    assert visitor.complaints == []


def test_an_owner_renames_keeps_back_and_takes_down_what_is_theirs(
    visitor: Visitor, demo: RunningServer, picture_url: str
) -> None:
    visitor.enter("changer")
    with demo.client(visitor.make_key("run")) as client:
        item = hang_picture(client, FREE, {"image": picture_url, "warmth": 0.77}, title="First name")
        page = visitor.go("/gallery")
        page.get_by_role("button", name="Yours").click()
        expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
        page.get_by_role("link", name="First name").click()
        mine = page.get_by_role("form", name="Yours")
        mine.get_by_label("Title").fill("Second name")
        mine.get_by_label("Show how it was made").uncheck()
        mine.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Second name")
        expect(page.get_by_text("keeps how it was made to themselves")).to_be_visible()
        assert client.get(f"{ITEMS}/{item}").json()["input"] is None
        mine.get_by_role("button", name="Take it down").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("It stays in your library.")).to_be_visible()
        dialog.get_by_role("button", name="Take it down").click()
        expect(page.get_by_text("It is out of the gallery.")).to_be_visible()
        expect(page.get_by_text("You have put nothing here yet")).to_be_visible()
        assert client.get(f"{ITEMS}/{item}").status_code == 404
    page.goto(f"{visitor.url}/gallery/{item}")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    assert [each for each in visitor.complaints if "404" not in each] == []


def test_what_is_deleted_in_the_library_is_gone_from_the_gallery_and_the_page_says_so_before(
    visitor: Visitor, demo: RunningServer, picture_url: str
) -> None:
    visitor.enter("deleter")
    with demo.client(visitor.make_key("run")) as client:
        run(client, FREE, {"image": picture_url})
    page = visitor.go("/library")
    page.get_by_role("button", name=re.compile("^Put in the gallery")).click()
    page.get_by_role("dialog").get_by_role("button", name="Put in the gallery").click()
    page.get_by_role("link", name="See it there").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Picture by deleter")
    address = page.url
    page = visitor.go("/library")
    page.get_by_role("button", name=re.compile("^Put in the gallery")).click()
    expect(page.get_by_role("dialog").get_by_text("It hangs in the gallery.")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name=f"Delete {FREE}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("in the gallery too where it hangs there")).to_be_visible()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    assert visitor.complaints == []
    page.goto(address)
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()


def test_a_reported_item_is_hidden_by_an_operator_and_shown_again(
    visitor: Visitor, operator: Visitor, painter: httpx.Client, picture_url: str
) -> None:
    item = hang_picture(painter, FREE, {"image": picture_url, "warmth": -0.5}, title="Not so nice")
    visitor.enter("reporter")
    page = visitor.go(f"/gallery/{item}")
    page.get_by_role("button", name="Report this").click()
    dialog = page.get_by_role("dialog", name="Report Not so nice")
    dialog.get_by_label("It harms people").check()
    dialog.get_by_label("More about it").fill("Look at the corner.")
    assert visitor.grave_faults() == []
    dialog.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("An operator will look at it.")).to_be_visible()
    deciding = operator.go("/operator")
    report = deciding.get_by_role("listitem").filter(has_text="Look at the corner.")
    expect(report).to_contain_text("“Not so nice” by painter")
    expect(report).to_contain_text("harmful")
    expect(report.locator("img")).to_be_visible()
    report.get_by_role("button", name="Hide it").click()
    deciding.get_by_role("dialog").get_by_role("button", name="Hide it").click()
    expect(report).to_have_count(0)
    hidden = deciding.get_by_role("region", name="Hidden from the gallery").get_by_role("listitem")
    expect(hidden.filter(has_text="Not so nice")).to_have_count(1)
    page.goto(f"{visitor.url}/gallery/{item}")
    expect(page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    hidden.filter(has_text="Not so nice").get_by_role("button", name="Show it again").click()
    expect(deciding.get_by_text("It is shown again.")).to_be_visible()
    visitor.go(f"/gallery/{item}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not so nice")
    assert operator.complaints == []


def test_the_wall_goes_on_while_one_scrolls_and_is_sorted_and_narrowed(
    visitor: Visitor, painter: httpx.Client, demo: RunningServer, picture_url: str
) -> None:
    made = [
        hang_picture(painter, FREE, {"image": picture_url, "warmth": number / 40}, title=f"Number {number}")
        for number in range(30)
    ]
    with demo.client(demo.make_key()) as fan:
        assert fan.put(f"{ITEMS}/{made[3]}/like").json()["likes"] == 1
        _await_first(fan, made[3])
    page = visitor.go("/gallery?owner=painter")
    tiles = page.get_by_role("list", name="Pictures and walks").get_by_role("listitem")
    expect(tiles.first).to_be_visible()
    for _ in range(60):
        if page.get_by_role("link", name="Number 0,").count():
            break
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(200)
    expect(page.get_by_role("link", name="Number 0,")).to_have_count(1)
    links = tiles.locator("a").evaluate_all("links => links.map(link => link.pathname)")
    assert len(links) == len(set(links)) >= 30
    expect(tiles.first.get_by_role("link")).not_to_have_attribute("href", f"/gallery/{made[3]}")
    page.get_by_label("Order").select_option("liked")
    expect(tiles.first.get_by_role("link")).to_have_attribute("href", f"/gallery/{made[3]}")
    assert "sort=liked" in page.url
    page.get_by_text("Walks", exact=True).last.click()
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    page.get_by_role("button", name="by painter, take this filter away").click()
    assert visitor.complaints == []


def test_the_page_of_a_model_shows_what_people_made_with_it(
    visitor: Visitor, painter: httpx.Client, picture_url: str
) -> None:
    item = hang_picture(painter, FREE, {"image": picture_url, "warmth": 0.99}, title="Of this model")
    page = visitor.go(f"/{FREE}")
    page.get_by_role("tab", name="About").wait_for()
    page.mouse.wheel(0, 20_000)
    page.get_by_role("heading", name="What people made with it").scroll_into_view_if_needed()
    page.get_by_role("link", name="See all").click()
    page.wait_for_url(f"**/gallery?model={FREE.replace('/', '%2F')}")
    page.get_by_role("link", name=re.compile("Of this model")).click()
    assert page.url.endswith(item)
    assert visitor.complaints == []


def test_a_walk_plays_on_its_card_and_as_a_film_unless_nothing_is_to_move(
    visitor: Visitor, buyer: httpx.Client, browser: Browser
) -> None:
    walk_id = walk(buyer, "atelier/shape-gan", [{"seed": 1}, {"seed": 2}], frames=8)
    item = hang_walk(buyer, walk_id, title="From one to two")
    page = visitor.go("/gallery?kind=walk")
    tile = page.get_by_role("listitem").filter(has_text="From one to two")
    strip = tile.locator("[class*=_strip_] img")
    expect(strip).to_have_count(0)
    tile.hover()
    expect(strip).to_have_count(8)
    await_motion(page)
    page.mouse.move(5, 5)
    expect(strip).to_have_count(0)
    button = tile.get_by_role("button", name="Play From one to two")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(strip).to_have_count(8)
    page.keyboard.press("Enter")
    expect(strip).to_have_count(0)
    tile.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("From one to two")
    expect(page.get_by_text("8 frames, 12 a second")).to_be_visible()
    expect(page.get_by_role("link", name="Remix")).to_have_attribute("href", f"/walks/new?from={item}")
    for _ in range(120):  # the film is made in the background
        if buyer.get(f"{ITEMS}/{item}").json()["media"]["film_url"] is not None:
            break
        page.wait_for_timeout(500)
    page.reload()
    film = page.locator("video")
    expect(film).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').currentTime > 0")
    assert visitor.complaints == []
    context = browser.new_context(locale="en-US", viewport=DESK, reduced_motion="reduce")  # type: ignore[arg-type]
    still = Visitor(context, visitor.url)
    page = still.go("/gallery?kind=walk")
    tile = page.get_by_role("listitem").filter(has_text="From one to two")
    tile.hover()
    page.wait_for_timeout(1000)
    expect(tile.locator("[class*=_strip_]")).to_have_count(0)
    still.go(f"/gallery/{item}")
    expect(page.locator("video")).to_be_visible()
    assert page.evaluate("document.querySelector('video').paused")
    assert still.complaints == []
    context.close()


def _await_first(client: httpx.Client, item: str) -> None:
    """Wait until a like counts in the order: it may be in flight for a moment, and the order is that of before."""
    until_s = time.monotonic() + 30
    while client.get(ITEMS, params={"owner": "painter", "sort": "liked"}).json()["results"][0]["id"] != item:
        assert time.monotonic() < until_s, "the like does not count"
        time.sleep(0.2)


def await_motion(page: Page) -> None:
    """Wait until two different frames of a card were seen."""
    page.wait_for_function(
        """() => {
            const shown = document.querySelector('[class*=_strip_] img[data-shown]');
            if (shown) (window.seenFrames ??= new Set()).add(shown.src);
            return (window.seenFrames?.size ?? 0) > 2;
        }""",
        polling=50,
    )


@pytest.mark.parametrize("width_px", [360, 1280])
@pytest.mark.parametrize("path", ["/gallery", "item"])
def test_pictures_are_there_before_the_app_and_stay_where_they_are(
    visitor: Visitor, painter: httpx.Client, picture_url: str, path: str, width_px: int
) -> None:
    if path == "item":
        path = (
            f"/gallery/{hang_picture(painter, FREE, {'image': picture_url, 'warmth': width_px / 1281}, title='Still')}"
        )
    page = visitor.page
    page.set_viewport_size({"width": width_px, "height": 800})
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/assets/index-*.js", hold)
    page.goto(visitor.url + path, wait_until="commit")
    picture = page.locator("main[aria-busy] img[src*='/blobs/'], main[aria-busy] img[src*='/thumbnails/']").first
    expect(picture).to_be_visible()
    before = picture.bounding_box()
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    page.locator("main:not([aria-busy]) h1").wait_for(state="attached")
    await_picture_at(page, before)
    assert visitor.complaints == []
