"""A real Chromium for the journeys: what it logs is watched, and the camera is a film that the tests make."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    FloatRect,
    Page,
    Request,
    expect,
    sync_playwright,
)
from tests.journeys.running import artrator

from artrator.http.page_routes import FOLDER
from artrator.kernel.ids import new_id

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
)
ALLOWING = "--use-fake-ui-for-media-stream"
"""Says yes where a visitor would be asked whether a page may use the camera."""
GRAVE = ("serious", "critical")
QUIET_LOOKS = 4
PASSWORD = "a walk along the river"

expect.set_options(timeout=30_000)  # a loaded machine is slow, and right all the same


def chromium() -> str:
    """Find Debian's chromium, or skip; a page that is not built is a failure of `make test`, not a reason to skip."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed")
    assert (FOLDER / "index.html").is_file(), "the web app is not built: `make page`"
    return found


@contextmanager
def open_browser(*arguments: str) -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        browser = launched(playwright.chromium, *arguments, ALLOWING)
        yield browser
        browser.close()


def launched(kind: BrowserType, *arguments: str) -> Browser:
    """Start one more; without `ALLOWING` it is as if the visitor had said no."""
    return kind.launch(executable_path=chromium(), args=[*ARGUMENTS, *arguments])


class Visitor:
    """One browser window, and everything that the page complained of in it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._in_flight: set[Request] = set()
        self.page.on("request", self._see_off)
        self.page.on("requestfinished", self._see_back)
        self.page.on("requestfailed", self._see_back)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def _see_off(self, request: Request) -> None:
        if request.resource_type not in {"eventsource", "media"}:  # they end when the page does
            self._in_flight.add(request)

    def _see_back(self, request: Request) -> None:
        self._in_flight.discard(request)

    def settle(self) -> None:
        """Wait until the page has drawn itself and has asked for nothing since.

        Observers of what is in view speak between two drawings, and what came may ask for more: so it is looked at often, and
        the browser's own "networkidle" is not enough, which comes once a page however much is loaded after it.
        """
        quiet, until_s = 0, time.monotonic() + 30
        while quiet < QUIET_LOOKS:
            self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            self.page.wait_for_timeout(20)
            quiet = 0 if self._in_flight else quiet + 1
            assert time.monotonic() < until_s, f"the page still waits for {[each.url for each in self._in_flight]}"

    def go(self, path: str) -> Page:
        """Open a path of the app."""
        self.page.goto(self.url + path)
        self.page.locator("main:not([aria-busy]) h1").first.wait_for(state="attached")  # drawn by the app itself
        return self.page

    def log_in(self, email: str, password: str) -> None:
        """Log in as the page itself would; the cookie stays in this window."""
        reply = self.context.request.post(f"{self.url}/v1/sessions", data={"email": email, "password": password})
        assert reply.ok, reply.text()

    def enter(self, handle: str) -> str:
        """Register an account and log in with it; give its e-mail."""
        account = {"email": f"{handle}@example.org", "password": PASSWORD, "handle": handle}
        reply = self.context.request.post(f"{self.url}/v1/users", data=account)
        assert reply.ok, reply.text()
        self.log_in(account["email"], PASSWORD)
        return account["email"]

    def enter_as_operator(self, home: Path, handle: str) -> None:
        """Make an operator as one does at the console, and log in as them."""
        email = f"{handle}@example.com"
        made = artrator("admin", "create", "--email", email, home=home)
        assert made.returncode == 0, made.stderr
        self.log_in(email, made.stdout.strip().splitlines()[-1])

    def send(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Make something over the API as the page itself would, when who is logged in presses a button; give the answer."""
        token = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "artrator_csrf")  # type: ignore[typeddict-item]
        reply = self.context.request.post(self.url + path, data=body, headers={"X-CSRF-Token": token, **headers})
        assert reply.ok, reply.text()
        answer: dict[str, Any] = reply.json()
        return answer

    def make_key(self, *scopes: str) -> str:
        """Make an API key for what is quicker over the API than by hand."""
        return str(self.send("/v1/keys", {"name": "journey", "scopes": scopes})["secret"])

    def top_up(self, amount_micros: int) -> None:
        """Buy credits."""
        bought = self.send("/v1/wallet/top-ups", {"amount_micros": amount_micros}, **{"Idempotency-Key": new_id()})
        assert bought["status"] == "succeeded", bought

    def grave_faults(self) -> list[str]:
        """Ask axe what keeps people out of the page as it is now."""
        self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {node['target']} {node.get('failureSummary', '')}"
            for each in found["violations"]
            if each["impact"] in GRAVE
            for node in each["nodes"]
        ]


def await_picture_at(page: Page, place: FloatRect | None) -> None:
    """Wait until the app shows a picture where one was."""
    assert place is not None
    near = """({x, y, width}) => [...document.querySelectorAll('main img')].some(each => {
        const found = each.getBoundingClientRect();
        return Math.abs(found.x - x) < 4 && Math.abs(found.y - y) < 4 && Math.abs(found.width - width) < 4; })"""
    until_s = time.monotonic() + 30
    while not page.evaluate(near, place):
        assert time.monotonic() < until_s, f"no picture of the app stands at {place}"
        page.wait_for_timeout(100)


def demo_password(home: Path, handle: str = "demo") -> str:
    """Read the password of a demo account."""
    passwords: dict[str, str] = json.loads((home / "demo_accounts.json").read_text())
    return passwords[handle]


def write_film(file: Path, picture: Path, *, side_px: int = 240, frames: int = 4) -> None:
    """Write a film that shows one picture, in the format that Chromium's fake camera reads (y4m, 4:2:0)."""
    from PIL import Image

    image = Image.open(picture).convert("RGB").resize((side_px, side_px)).convert("YCbCr")
    luma, blue, red = image.split()
    half = (side_px // 2, side_px // 2)
    frame = b"FRAME\n" + luma.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
    file.write_bytes(f"YUV4MPEG2 W{side_px} H{side_px} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * frames)
