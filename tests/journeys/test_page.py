"""The first page in a real browser: make an account, add credits, run a model on a picture, and see it paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from tests.journeys.running import RunningServer

from artrator.kernel.ids import new_id

pytestmark = pytest.mark.browser

MODEL = "atelier/pencil-sketch"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
WORDS = {
    "en-US": {"register": "Make an account", "wallet": "Wallet", "top_up": "Add credits", "run": "Run"},
    "ko-KR": {"register": "계정 만들기", "wallet": "지갑", "top_up": "크레딧 충전", "run": "실행"},
}
MOST_MS = 30_000


@dataclass
class Visit:
    """A page, and everything that the browser complained of."""

    page: Page
    url: str
    words: dict[str, str]
    complaints: list[str] = field(default_factory=list[str])

    def listen(self) -> None:
        """Note errors of scripts, of loading, and of the content security policy."""
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_default_timeout(MOST_MS)

    def go(self, place: str) -> None:
        """Go to a place of the page and see that it fits the window."""
        self.page.goto(f"{self.url}/#/{place}")
        expect(self.page.locator("h1")).to_be_visible()
        self.check_width()

    def check_width(self) -> None:
        """Nothing may be wider than the window."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window, f"{self.page.url}: {wide} px in a window of {window} px"

    def register(self) -> None:
        """Make an account by the form."""
        self.go("register")
        handle = f"guest-{new_id()[-10:]}"
        self.page.locator("[name=email]").fill(f"{handle}@example.org")
        self.page.locator("[name=handle]").fill(handle)
        self.page.locator("[name=password]").fill("a long enough passphrase")
        self.page.get_by_role("main").get_by_role("button", name=self.words["register"]).click()
        expect(self.page.get_by_role("link", name=self.words["wallet"])).to_be_visible()


@pytest.fixture(params=["en-US", "ko-KR"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def visit(request: pytest.FixtureRequest, chromium: Browser, demo: RunningServer, locale: str) -> Iterator[Visit]:
    context = chromium.new_context(locale=locale, viewport=request.param)
    visiting = Visit(page=context.new_page(), url=demo.url, words=WORDS[locale])
    visiting.listen()
    yield visiting
    context.close()
    assert visiting.complaints == []


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    path = tmp_path / "photograph.png"
    Image.radial_gradient("L").convert("RGB").save(path)
    return path


def test_a_visitor_adds_credits_runs_a_model_and_sees_what_it_cost(visit: Visit, photograph: Path) -> None:
    page = visit.page
    visit.register()
    visit.go("wallet")
    page.get_by_role("button", name=visit.words["top_up"]).click()
    expect(page.locator("strong")).to_contain_text("10")
    visit.go(MODEL)
    page.locator("input[type=file]").set_input_files(photograph)
    page.get_by_role("main").get_by_role("button", name=visit.words["run"]).click()
    result = page.locator("#result img")
    expect(result).to_be_visible()
    page.wait_for_function("document.querySelector('#result img').naturalWidth > 0")
    visit.check_width()
    visit.go("wallet")
    lines = page.locator("tbody tr, tr").filter(has_text="0.005")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text(MODEL)
    expect(lines).to_contain_text(visit.words["run"])
    expect(page.locator("strong")).to_contain_text("9.995")


def test_a_visitor_without_an_account_searches_and_is_told_to_log_in(visit: Visit, photograph: Path) -> None:
    page = visit.page
    visit.go("")
    page.get_by_role("searchbox").fill("pencil")
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name=MODEL).click()
    page.locator("input[type=file]").set_input_files(photograph)
    page.get_by_role("main").get_by_role("button", name=visit.words["run"]).click()
    expect(page.locator("#notice")).not_to_be_empty()


@pytest.mark.parametrize("place", ["login", "nobody/nothing", "%", "constructor"])
def test_a_strange_address_shows_a_page(chromium: Browser, demo: RunningServer, place: str) -> None:
    page = chromium.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(f"{demo.url}/#/{place}")
    expect(page.locator("h1")).not_to_be_empty()
    page.close()
    assert failures == []
