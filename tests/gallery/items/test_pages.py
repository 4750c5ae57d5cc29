"""The gallery's pages bring what they would ask for first, and what other sites show of them; nothing in a title ends a script."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.gallery.items.conftest import ITEMS, Site
from tests.gallery.test_page_answers import BLOCK, LINK

from artrator.http.page_routes import FOLDER

SAID = re.compile(r'<meta property="(og:[^"]+)" content="([^"]*)" />')
NASTY = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

pytestmark = pytest.mark.skipif(not (FOLDER / "index.html").is_file(), reason="the web app is not built: make page")


def page_at(site: Site, path: str, *, by_owner: bool = False) -> str:
    client = site.ada if by_owner else site.nobody
    reply = client.get(path, headers={"Accept": "text/html"})
    assert reply.status_code == 200
    return reply.text


def answers_of(page: str) -> dict[str, Any]:
    return {name.replace("&amp;", "&"): json.loads(body) for name, body in BLOCK.findall(page)}


def test_the_gallery_brings_its_first_page_and_names_its_first_pictures(site: Site) -> None:
    made = [site.hung(seed, title=f"{seed}")["id"] for seed in range(8)]
    for query in ("", "kind=picture", "sort=liked"):
        page = page_at(site, f"/gallery?{query}")
        ((address, answer),) = answers_of(page).items()
        assert address == f"{ITEMS}?{query}{'&' if query else ''}limit=24"
        assert [each["id"] for each in answer["results"]] == made[::-1]
        links = LINK.findall(page.replace("&amp;", "&"))
        assert [kind for kind, _ in links] == ["imagesrcset"] * 6
        assert links[0][1].startswith(answer["results"][0]["media"]["thumbnails"][0]["url"])
    assert answers_of(page_at(site, "/gallery?owner=ada")) == {}


def test_the_page_of_an_item_brings_it_and_says_what_other_sites_may_show(site: Site) -> None:
    made = site.hung(1, title=NASTY, show_input=True)
    page = page_at(site, f"/gallery/{made['id']}")
    ((address, answer),) = answers_of(page).items()
    assert address == f"{ITEMS}/{made['id']}"
    assert answer["title"] == NASTY
    assert LINK.findall(page.replace("&amp;", "&")) == [("href", answer["media"]["url"])]
    said = dict(SAID.findall(page))
    assert said["og:image"].replace("&amp;", "&") == answer["media"]["thumbnails"][-1]["url"]
    assert said["og:url"] == f"{site.server.url}/gallery/{made['id']}"
    assert said["og:title"].startswith("&lt;/script&gt;")
    assert "<img src=x" not in page
    assert "<script>alert" not in page


def test_a_page_brings_nothing_that_is_hidden_even_to_who_may_see_it(site: Site) -> None:
    made = site.hung(1, title="Hidden words")
    site.keeper.post(f"/v1/operator/gallery/items/{made['id']}/hide")
    for path in (f"/gallery/{made['id']}", "/gallery"):
        page = page_at(site, path, by_owner=True)
        assert "Hidden words" not in page
    assert answers_of(page_at(site, "/gallery/not-an-id")) == {}
