"""The web app's files: the page at every address of the app, its assets for ever, nothing else shadowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from PIL import Image
from tests.servers import serving

from artrator.http.page_routes import FOLDER, PAGES
from artrator.wire.provide import Services

HTML = {"Accept": "text/html,application/xhtml+xml"}

pytestmark = pytest.mark.skipif(not (FOLDER / "index.html").is_file(), reason="the web app is not built: make page")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def nothing():
        yield Services()

    with serving(nothing) as server, server.client() as opened:
        yield opened


def asset(client: httpx.Client) -> str:
    found = re.search(r'src="(/assets/[^"]+\.js)"', client.get("/").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", [*PAGES, "/atelier/shape-gan"])
def test_every_address_of_the_app_gives_the_page_and_asks_again_next_time(client: httpx.Client, path: str) -> None:
    reply = client.get(path, headers=HTML)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.headers["Cache-Control"] == "no-cache"
    assert '<div id="root">' in reply.text


def test_the_page_holds_no_script_or_style_that_the_policy_would_refuse(client: httpx.Client) -> None:
    reply = client.get("/")
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert not re.search(r"<style|<script(?![^>]* (?:src=|type=.application/json))|\son\w+=|\sstyle=", reply.text)


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_assets_are_kept_for_ever_and_sent_as_they_were_compressed(client: httpx.Client, coding: str) -> None:
    path = asset(client)
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    small = client.get(path, headers={"Accept-Encoding": coding})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == coding
    assert small.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in small.headers["Cache-Control"]
    assert small.headers["Vary"] == "Accept-Encoding"
    assert int(small.headers["Content-Length"]) < int(plain.headers["Content-Length"])


def test_a_coding_that_the_client_refuses_is_not_sent(client: httpx.Client) -> None:
    reply = client.get(asset(client), headers={"Accept-Encoding": "br;q=0, gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"


def test_the_app_can_be_installed_its_icons_have_the_sizes_that_it_says(client: httpx.Client) -> None:
    pictures = [each for each in client.get("/app.webmanifest").json()["icons"] if each["type"] == "image/png"]
    assert {"any", "maskable"} == {each["purpose"] for each in pictures}
    for each in pictures:
        icon = Image.open(BytesIO(client.get(each["src"]).content))
        assert f"{icon.width}x{icon.height}" == each["sizes"]


@pytest.mark.parametrize(
    "name", ["..%2Findex.html", "%2e%2e%2f%2e%2e%2fpage_routes.py", "no-such.js", "%2e%2e", "%5c..%5cindex.html"]
)
def test_nothing_outside_the_assets_is_served(client: httpx.Client, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code in {404, 422}


def test_a_person_at_an_unknown_address_gets_the_page_and_a_program_a_problem(client: httpx.Client) -> None:
    page = client.get("/no-such-page", headers=HTML)
    assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (404, "text/html")
    problem = client.get("/no-such-page")
    assert (problem.status_code, problem.json()["code"]) == (404, "route_not_found")


def test_the_api_is_not_shadowed_by_models_that_are_called_like_it(client: httpx.Client) -> None:
    assert client.get("/v1/no-such-route").json()["code"] == "route_not_found"
    assert client.post("/v1/no-such-route").status_code == 404
    assert client.get("/healthz").json()["status"]
