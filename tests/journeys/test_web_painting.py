"""Painting on a model's page: prompts by a click, LoRAs with weights and prices, a picture from the camera, a mask by a brush."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from tests.journeys.browsing import Visitor, demo_password, launched
from tests.journeys.painting import PROMPTS, publish_loras, publish_painter
from tests.journeys.running import RunningServer, artrator

from artrator.sdk import Client

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

MODEL = "/atelier/tiny"
RESULT_MS = 120_000
PRICES = {"style": "0.01", "ink": "0.005", "chalk": "0"}


@pytest.fixture(scope="module")
def studio(demo: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> RunningServer:
    """The demo with a model that paints and three LoRAs on it."""
    folder = tmp_path_factory.mktemp("studio")
    publish_loras(demo, folder, publish_painter(demo, folder), PRICES)
    return demo


@pytest.fixture
def visitor(browser: Browser, studio: RunningServer) -> Iterator[Visitor]:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    yield Visitor(context, studio.url)
    context.close()


@pytest.fixture
def buyer(visitor: Visitor, studio: RunningServer) -> Visitor:
    visitor.log_in("demo@example.com", demo_password(studio.home))
    return visitor


def run(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Run")).click()
    page.get_by_role("link", name="Download").wait_for(timeout=RESULT_MS)


def rows(items: Locator) -> list[str]:
    return [re.sub(r"\s+", " ", each) for each in items.locator("div").all_inner_texts()]


def newest(studio: RunningServer) -> dict[str, object]:
    with studio.client(studio.make_key()) as client:
        found: dict[str, object] = client.get("/v1/predictions?limit=1").json()["results"][0]
    return found


def test_loras_are_chosen_with_weights_and_every_part_is_priced_before_and_after(
    buyer: Visitor, studio: RunningServer
) -> None:
    page = buyer.go(MODEL)
    picker = page.get_by_role("group", name="LoRAs")
    expect(picker.get_by_role("checkbox")).to_have_count(len(PRICES))
    expect(page.get_by_role("button", name="Run · $0.04")).to_be_visible()
    picker.get_by_role("checkbox", name="atelier/style").check()
    expect(page.get_by_role("button", name="Run · $0.05")).to_be_visible()
    picker.get_by_role("checkbox", name="atelier/ink").check()
    expect(page.get_by_role("button", name="Run · $0.055")).to_be_visible()
    page.get_by_role("textbox", name="Weight of atelier/style").fill("0.5")
    items = page.get_by_label("What the price is made of")
    expect(items).to_contain_text("atelier/style × 0.5")
    assert rows(items) == [
        "atelier/tiny $0.04",
        "atelier/style × 0.5 $0.01",
        "atelier/ink $0.005",
        "Together $0.055",
        "of it, the platform's fee $0.011",
    ]
    run(page)
    receipt = page.get_by_label("Receipt")
    expect(receipt).to_contain_text("Together")
    assert rows(receipt) == rows(items)
    chosen = {each["model"]: each["weight"] for each in newest(studio)["loras"]}  # type: ignore[attr-defined]
    assert chosen == {"atelier/style": 0.5, "atelier/ink": 1.0}
    assert buyer.complaints == []


def test_a_run_that_is_opened_again_brings_its_loras_and_the_code_has_them(
    buyer: Visitor, studio: RunningServer
) -> None:
    with Client(studio.url, studio.make_key()) as client:
        made = client.start("atelier/tiny", loras={"atelier/chalk": -0.25}, prompt="red", steps=2)
        assert isinstance(client.result(made), list)
    page = buyer.go(f"{MODEL}?run={made.id}&tab=api")
    expect(page.get_by_role("textbox", name="Weight of atelier/chalk")).to_have_value("-0.25")
    code = page.locator("pre[aria-label=curl]")
    expect(code).to_contain_text('"weight": -0.25')
    page.get_by_role("button", name="Take atelier/chalk away").click()
    expect(page.get_by_role("checkbox", name="atelier/chalk")).not_to_be_checked()
    expect(code).not_to_contain_text("loras")


def test_the_command_line_runs_with_loras(studio: RunningServer, tmp_path: Path) -> None:
    words = ("run", "atelier/tiny", "-i", "prompt=red", "-i", "steps=2", "-i", "seed=3")
    environment = {"ARTRATOR_URL": studio.url, "ARTRATOR_TOKEN": studio.make_key()}
    pictures: list[bytes] = []
    for number, more in enumerate(((), ("--lora", "atelier/style"), ("--lora", "atelier/style=0.3"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = artrator(*words, *more, "-o", str(folder / "out.png"), **environment)
        assert done.returncode == 0, done.stderr
        pictures.append(next(folder.iterdir()).read_bytes())
    assert len(set(pictures)) == 3
    assert artrator(*words, "--lora", "atelier/style=much", **environment).returncode == 3


def test_lists_say_that_a_loras_price_is_with_its_base(visitor: Visitor) -> None:
    page = visitor.go("/?show=models&query=style")
    card = page.get_by_role("listitem").filter(has_text="atelier/style").filter(has_not_text="style-reader")
    expect(card).to_contain_text("$0.05 per run, with its base")


def test_a_prompt_is_one_click_away(buyer: Visitor) -> None:
    page = buyer.go(MODEL)
    chips = page.get_by_role("list", name="Try one of these")
    expect(chips.get_by_role("button")).to_have_count(len(PROMPTS))
    chips.get_by_role("button", name=PROMPTS[1]).click()
    expect(page.get_by_role("textbox", name="Prompt").first).to_have_value(PROMPTS[1])
    expect(chips.get_by_role("button", name=PROMPTS[1])).to_have_attribute("aria-pressed", "true")
    run(page)


def test_a_mask_is_painted_on_the_picture_and_goes_with_it(
    buyer: Visitor, studio: RunningServer, tmp_path: Path
) -> None:
    photograph = tmp_path / "photograph.png"
    Image.linear_gradient("L").convert("RGB").resize((300, 200)).save(photograph)
    page = buyer.go(MODEL)
    expect(page.get_by_text("Choose a picture first")).to_be_visible()
    choose(page, photograph)
    canvas = page.locator("canvas")
    expect(canvas).to_have_attribute("width", "300")
    paint(page, canvas, (0.25, 0.5), (0.45, 0.5))
    expect(page.get_by_role("img", name="A part of the picture is painted over")).to_be_visible()
    run(page)
    mask = httpx.get(str(newest(studio)["input"]["mask"])).content  # type: ignore[index]
    white = Image.open(io.BytesIO(mask)).convert("L")
    assert white.size == (300, 200)
    assert [white.getpixel(at) for at in ((100, 100), (290, 100), (100, 5))] == [255, 0, 0]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("img", name="Nothing is painted over")).to_be_visible()


def test_a_mask_may_be_turned_round_and_another_picture_takes_it_away(buyer: Visitor, tmp_path: Path) -> None:
    photograph = tmp_path / "photograph.png"
    Image.linear_gradient("L").convert("RGB").save(photograph)
    page = buyer.go(MODEL)
    choose(page, photograph)
    canvas = page.locator("canvas")
    expect(canvas).to_have_attribute("width", "256")
    paint(page, canvas, (0.5, 0.5), (0.5, 0.5))
    covered = "canvas => canvas.getContext('2d').getImageData(5, 5, 1, 1).data[3]"
    assert canvas.evaluate(covered) == 0
    page.get_by_role("button", name="The other way round").click()
    page.wait_for_function("document.querySelector('canvas').getContext('2d').getImageData(5, 5, 1, 1).data[3] === 255")
    page.get_by_role("button", name="Change").first.click()
    expect(page.get_by_text("Choose a picture first")).to_be_visible()


def test_a_camera_that_is_blocked_says_what_to_do_and_goes_on_when_it_is_allowed(
    browser: Browser, studio: RunningServer
) -> None:
    with closing(launched(browser.browser_type)) as refusing:
        context = refusing.new_context(locale="en-US", viewport={"width": 360, "height": 800})
        visitor = Visitor(context, studio.url)
        page = visitor.go(MODEL)
        page.get_by_role("button", name="Camera").first.click()
        expect(page.get_by_role("alert")).to_contain_text("The camera is blocked")
        assert visitor.grave_faults() == []
        context.grant_permissions(["camera"])
        expect(page.get_by_role("button", name="Take the picture")).to_be_enabled()
        page.get_by_role("button", name="Take the picture").click()
        expect(page.get_by_text("camera.jpg")).to_be_visible()
        page.get_by_role("button", name="Change").first.click()
        page.get_by_role("button", name="Camera").first.click()
        page.get_by_role("button", name="Close").click()
        expect(page.locator("video")).to_have_count(0)
        assert visitor.complaints == []


@pytest.mark.parametrize("width_px", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_with_all_of_it_shuts_nobody_out(
    browser: Browser, studio: RunningServer, tmp_path: Path, width_px: int, theme: str
) -> None:
    photograph = tmp_path / "photograph.png"
    Image.linear_gradient("L").convert("RGB").save(photograph)
    context = browser.new_context(
        locale="ko-KR",
        viewport={"width": width_px, "height": 800},
        color_scheme=theme,  # type: ignore[arg-type]
    )
    visitor = Visitor(context, studio.url)
    page = visitor.go(f'{MODEL}?loras={{"atelier/style":0.5}}')
    choose(page, photograph)
    expect(page.locator("canvas")).to_have_attribute("width", "256")
    assert visitor.grave_faults() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width_px
    context.close()


def choose(page: Page, picture: Path) -> None:
    """Choose a picture for the first field that takes one."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=re.compile("^(Choose a file|파일 고르기|파일 선택)")).first.click()
    chooser.value.set_files(picture)


def paint(page: Page, canvas: Locator, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a line with the mouse, both ends as parts of the canvas."""
    canvas.scroll_into_view_if_needed()
    place = canvas.bounding_box()
    assert place is not None
    points = [(place["x"] + part[0] * place["width"], place["y"] + part[1] * place["height"]) for part in (begin, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
    page.mouse.up()
