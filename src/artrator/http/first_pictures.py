"""The pictures that a page shows first, named in its head: browsers load them beside the scripts that draw them, others to show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

FIRST = 6
SIZES = "(max-width: 720px) 50vw, 320px"
"""How wide a picture of the wall is, as `web/src/features/explore/picture.ts` says: else another file would be loaded."""

NARROW, WIDE, NARROW_SIZES = "(max-width: 860px)", "not all and (max-width: 860px)", "92vw"
"""Where a model's page shows a smaller file, as `web/src/outputs/small.ts` says."""

Reply = Mapping[str, Any]
Pictures = Callable[[Reply, str | None], Sequence[str]]
"""Writes links to the first pictures of an API's reply; the second argument is the example that an address names."""


def none_of(_reply: Reply, _example: str | None) -> Sequence[str]:
    """A reply whose pictures are not shown at once."""
    return ()


def of_the_wall(reply: Reply, _example: str | None) -> Sequence[str]:
    """Tiles: the browser chooses among the thumbnails."""
    shown = [each["output"] for each in reply["results"][:FIRST]]
    return [_link(imagesrcset=_srcset(each["thumbnails"]), imagesizes=SIZES) for each in shown if each["thumbnails"]]


def of_the_list(reply: Reply, _example: str | None) -> Sequence[str]:
    """Covers of models."""
    return [_link(href=each["cover_image_url"]) for each in reply["results"][:FIRST] if each["cover_image_url"]]


def of_a_model(reply: Reply, example: str | None) -> Sequence[str]:
    """The example that the form begins with: the named one, or the first."""
    outputs = {each["id"]: each["output"] for each in reply["results"]}
    output = outputs.get(example) or next(iter(outputs.values()), None)
    if not output or output["kind"] != "image" or not output["url"]:
        return []
    if not output["thumbnails"]:
        return [_link(href=output["url"])]
    small = _link(media=NARROW, imagesrcset=_srcset(output["thumbnails"]), imagesizes=NARROW_SIZES)
    return [small, _link(media=WIDE, href=output["url"])]


def of_the_gallery(reply: Reply, _example: str | None) -> Sequence[str]:
    """Tiles of what people made: the browser chooses among the thumbnails."""
    shown = [each["media"] for each in reply["results"][:FIRST]]
    return [_link(imagesrcset=_srcset(each["thumbnails"]), imagesizes=SIZES) for each in shown]


def of_an_item(reply: Reply, _example: str | None) -> Sequence[str]:
    """The picture itself, and what a site shows of it where somebody names its address there."""
    media = reply["media"]
    title = reply["title"] or f"{reply['kind'].capitalize()} by {reply['owner']}"
    said = {
        "og:type": "article",
        "og:site_name": "Artrator",
        "og:title": title,
        "og:url": reply["urls"]["web"],
        "og:image": media["thumbnails"][-1]["url"],
    }
    return [_link(href=media["url"]), *(_said(name, value) for name, value in said.items())]


def _said(name: str, value: str) -> str:
    return f'<meta property="{name}" content="{escape(value)}" />'


def _srcset(thumbnails: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{each['url']} {each['width_px']}w" for each in thumbnails)


def _link(**attributes: str) -> str:
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<link rel="preload" as="image" fetchpriority="high"{written}>'
