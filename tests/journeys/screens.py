"""Every page as a visitor sees it: `python -m tests.journeys.screens FOLDER` photographs all of them, to be looked at."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import httpx
from playwright.sync_api import Browser
from tests.journeys.browsing import Visitor, demo_password, open_browser
from tests.journeys.hanging import hang_picture, hang_walk, run, walk
from tests.journeys.running import RunningServer, artrator

SKETCH = "/atelier/pencil-sketch"
LOCALES = {"en": "en-US", "ko": "ko-KR"}
OPERATOR = "watcher@example.com"
PAGES: Mapping[str, Mapping[str, str]] = {
    "": {
        "explore": "/",
        "explore-list": "/?show=models",
        "explore-nothing": "/?query=nothingofthiskind",
        "gallery": "/gallery",
        "gallery-nothing": "/gallery?owner=nobody",
        "gallery-item": "/gallery/{item}",
        "gallery-item-walk": "/gallery/{film}",
        "model": SKETCH,
        "model-decoder": "/atelier/palette-vae",
        "model-reader": "/atelier/style-reader",
        "model-api": f"{SKETCH}?tab=api",
        "model-versions": f"{SKETCH}?tab=versions",
        "model-verification": f"{SKETCH}?tab=verification",
        "model-licence": f"{SKETCH}?tab=licence",
        "login": "/login",
        "register": "/register",
        "not-found": "/no-such-page",
    },
    "demo": {
        "library": "/library",
        "library-nothing": "/library?status=aborted",
        "gallery-mine": "/gallery?mine=true",
        "gallery-item-own": "/gallery/{item}",
        "walks": "/walks",
        "walk": "/walks/{walk}",
        "new-walk": "/walks/new?model=atelier/palette-vae",
        "wallet": "/wallet",
        "account": "/account",
        "publish-user": "/publish",
    },
    "atelier": {
        "publish": "/publish",
        "dashboard": "/dashboard",
        "dashboard-model": "/dashboard?model=shape-gan",
        "walks-empty": "/walks",
    },
    OPERATOR: {"operator": "/operator"},
}
"""What is visited, by whom: nobody, a demo account, an operator."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the visitor's device is."""

    width_px: int
    language: str
    theme: str

    def __str__(self) -> str:
        return f"{self.width_px}-{self.language}-{self.theme}"


@dataclass(frozen=True, slots=True)
class Passwords:
    """Of those who visit. shown: ids of what there is to see, by the words in braces of the addresses above."""

    home: Path
    operator: str
    shown: Mapping[str, str]

    def of(self, who: str) -> tuple[str, str]:
        """Give the e-mail and the password."""
        return (who, self.operator) if who == OPERATOR else (f"{who}@example.com", demo_password(self.home, who))


def furnish(server: RunningServer) -> Passwords:
    """Make what the pages show: an operator, runs that went well and one that did not."""
    made = artrator("admin", "create", "--email", OPERATOR, home=server.home)
    assert made.returncode == 0, made.stderr
    with server.client(server.make_key()) as client:
        for seed in range(6):
            run(client, "atelier/shape-gan", {"seed": seed})
            run(client, "atelier/palette-vae", {"seed": seed})
        failed = client.post("/v1/models/atelier/shape-gan/predictions", json={"input": {"truncation": -7}})
        assert failed.status_code == 422, failed.text
        shown = _hang(client)
    return Passwords(server.home, made.stdout.strip().splitlines()[-1], shown)


def _hang(client: httpx.Client) -> dict[str, str]:
    """Fill the gallery: pictures with titles and without, and a walk."""
    for seed, title in enumerate(("Three rooms, one of them empty", "산책길의 겨울", "", "Tidal", ""), 20):
        item = hang_picture(client, "atelier/shape-gan", {"seed": seed}, title=title)
        hang_picture(client, "atelier/palette-vae", {"seed": seed}, show_input=False)
    keyframes: list[dict[str, object]] = [{"seed": 7, "palette": palette} for palette in ("warm", "ocean")]
    walked = walk(client, "atelier/palette-vae", keyframes, frames=12, title="Warm to cool")
    return {"item": item, "walk": walked, "film": hang_walk(client, walked, title="Warm to cool")}


def visit(browser: Browser, url: str, passwords: Passwords, look: Look) -> Iterator[tuple[str, Visitor]]:
    """Open page after page on one device; give the name of each while it is open."""
    viewport = {"width": look.width_px, "height": 800}
    for who, pages in PAGES.items():
        context = browser.new_context(locale=LOCALES[look.language], viewport=viewport, color_scheme=look.theme)  # type: ignore[arg-type]
        visitor = Visitor(context, url)
        if who:
            visitor.log_in(*passwords.of(who))
        for name, path in pages.items():
            visitor.go(path.format(**passwords.shown))
            visitor.settle()
            yield name, visitor
        context.close()


@contextmanager
def seen_at_once(visitor: Visitor) -> Generator[None]:
    """Make the window as high as the page: what is loaded further down is there, and no bar lies across it."""
    page, viewport = visitor.page, visitor.page.viewport_size
    assert viewport is not None
    height_px: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": viewport["width"], "height": height_px})
    visitor.settle()
    page.locator("main [class*=_loading_]").first.wait_for(state="detached")
    yield
    page.set_viewport_size(viewport)


def photograph(visitor: Visitor, file: Path) -> None:
    """Keep the whole page as a picture."""
    visitor.page.screenshot(path=file, full_page=True, animations="disabled")


@contextmanager
def _furnished() -> Iterator[tuple[RunningServer, Passwords]]:
    with tempfile.TemporaryDirectory(prefix="artrator-screens-") as folder:
        Path(folder).chmod(0o711)
        server = RunningServer(Path(folder) / "home").start()
        try:
            yield server, furnish(server)
        finally:
            server.stop()


def main(folder: Path) -> None:
    """Photograph every page in every look."""
    folder.mkdir(parents=True, exist_ok=True)
    with _furnished() as (server, passwords), open_browser() as browser:
        for look in (Look(*each) for each in product((360, 1280), LOCALES, ("light", "dark"))):
            for name, visitor in visit(browser, server.url, passwords, look):
                with seen_at_once(visitor):
                    photograph(visitor, folder / f"{name}-{look}.png")
            print(look, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
