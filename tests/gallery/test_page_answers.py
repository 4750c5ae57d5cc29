"""What a page brings along: the answers that it would ask for first, as anybody gets them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.gallery.conftest import model_id_of, png, write_bundle
from tests.platforms import Plan, Platform, serving_platform
from tests.servers import LiveServer

from artrator.catalog.model import Visibility
from artrator.http import page_answers
from artrator.http.page_routes import FOLDER

BLOCK = re.compile(r'<script type="application/json" data-answer="([^"]+)">(.*?)</script>', re.DOTALL)
LINK = re.compile(r'<link rel="preload" as="image" fetchpriority="high"(?: media="([^"]+)")? (\w+)="([^"]+)"')
NARROW, WIDE = "(max-width: 860px)", "not all and (max-width: 860px)"
MODEL = "/v1/models/atelier/negative"
WALL = "/v1/explore?limit=24"

pytestmark = pytest.mark.skipif(not (FOLDER / "index.html").is_file(), reason="the web app is not built: make page")


async def render(platform: Platform, folder: Path) -> None:
    """Publish and render a model whose text would end a script."""
    files = {"examples/wide.png": png("white", width_px=400, height_px=200)}
    bundle = write_bundle(folder, "negative", "invert", "[{image: examples/wide.png}]", files)
    manifest = bundle / "artrator.yaml"
    summary = "summary: '</script><script>alert(1)</script>'"
    manifest.write_text(re.sub("^summary: .*$", summary, manifest.read_text(), flags=re.MULTILINE))
    digest = await platform.publish(await platform.make_user("atelier"), bundle, price_micros=10_000)
    await platform.showcase.render(await model_id_of(platform, "atelier", "negative"), digest)


def answers_at(server: LiveServer, path: str, key: str | None = None) -> dict[str, Any]:
    with server.client(key) as client:
        page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200
    return {name: json.loads(body) for name, body in BLOCK.findall(page.text)}


def pictures_at(server: LiveServer, path: str) -> list[tuple[str, str, str]]:
    """Give what is loaded early: on which screens, as what, from where."""
    with server.client() as client:
        return LINK.findall(client.get(path, headers={"Accept": "text/html"}).text.replace("&amp;", "&"))


def test_a_page_brings_the_first_answers_and_names_its_first_pictures(dsn: str, tmp_path: Path) -> None:
    with serving_platform(Plan(dsn=dsn, home=tmp_path / "home")) as (server, platform):
        server.call(render(platform, tmp_path))
        with server.client() as client:
            told = {each: client.get(each).json() for each in (WALL, "/v1/models?limit=24", MODEL, f"{MODEL}/examples")}
        item = told[WALL]["results"][0]
        thumbnails = ", ".join(f"{each['url']} {each['width_px']}w" for each in item["output"]["thumbnails"])

        assert answers_at(server, "/") == {WALL: told[WALL]}
        assert pictures_at(server, "/") == [("", "imagesrcset", thumbnails)]
        assert answers_at(server, "/?show=models") == {"/v1/models?limit=24": told["/v1/models?limit=24"]}
        assert pictures_at(server, "/?show=models") == [("", "href", told[MODEL]["cover_image_url"])]
        expected = {MODEL: told[MODEL], f"{MODEL}/examples": told[f"{MODEL}/examples"]}
        assert answers_at(server, f"/atelier/negative?example={item['id']}") == expected
        assert pictures_at(server, "/atelier/negative") == [
            (NARROW, "imagesrcset", thumbnails),
            (WIDE, "href", item["output"]["url"]),
        ]
        for path in ("/?query=negative", "/wallet", "/login"):
            assert answers_at(server, path) == {}


def test_a_page_brings_nothing_that_only_its_visitor_may_see(dsn: str, tmp_path: Path) -> None:
    with serving_platform(Plan(dsn=dsn, home=tmp_path / "home")) as (server, platform):
        server.call(render(platform, tmp_path))
        owner = server.call(platform.identity.find_by_handle("atelier"))
        server.call(platform.catalog.set_visibility("atelier", "negative", owner.id, Visibility.PRIVATE))
        key = server.call(platform.key_of(owner))
        with server.client(key) as client:
            assert client.get(MODEL).status_code == 200
        assert answers_at(server, "/atelier/negative", key) == {}
        assert answers_at(server, "/", key)[WALL]["results"] == []


def test_a_page_whose_answers_take_long_comes_without_them(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_answers, "WAIT_S", 0)
    with serving_platform(Plan(dsn=dsn, home=tmp_path / "home")) as (server, _platform):
        assert answers_at(server, "/") == {}
