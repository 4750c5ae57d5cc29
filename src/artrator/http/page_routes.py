"""Serve the web app: its page at every address that the app knows, its hashed files for ever, both compressed before."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Header, Request
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from artrator.kernel.errors import NotFound, Unavailable

FOLDER = Path(__file__).with_name("page") / "dist"

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
VARIANTS: Mapping[str, str] = {"br": ".br", "gzip": ".gz"}
"""Content codings that the build writes beside each text file, the better one first."""

PAGES = ("/", "/login", "/register", "/publish", "/library", "/wallet", "/dashboard", "/account", "/operator")
MODEL_PAGE = "/{owner}/{name}"
LOOSE_FILES = ("icon.svg", "app.webmanifest")

router = APIRouter(include_in_schema=False)
Codings = Annotated[str, Header(alias="accept-encoding")]
Name = Annotated[str, InPath(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=64)]
AssetName = Annotated[str, InPath(pattern=r"^[\w.-]+$", max_length=200)]


async def page(accept_encoding: Codings = "") -> Response:
    """Give the page; what it shows is chosen in the browser, by the address."""
    return await _file("index.html", accept_encoding, cache=ASK_FIRST)


for path in PAGES:
    router.add_api_route(path, page, methods=["GET", "HEAD"], name=f"page {path}")


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def asset(name: AssetName, accept_encoding: Codings = "") -> Response:
    """Give a file whose name changes with its content."""
    return await _file(f"assets/{name}", accept_encoding, cache=FOR_EVER)


async def loose_file(request: Request, accept_encoding: Codings = "") -> Response:
    """Give a file that browsers look for by a name of their own."""
    return await _file(request.url.path.removeprefix("/"), accept_encoding, cache=ASK_FIRST)


for name in LOOSE_FILES:
    router.add_api_route(f"/{name}", loose_file, methods=["GET", "HEAD"], name=name)

model_router = APIRouter(include_in_schema=False)
"""It matches any two names, so it comes after every other route."""


@model_router.api_route(MODEL_PAGE, methods=["GET", "HEAD"])
async def model_page(owner: Name, name: Name, accept_encoding: Codings = "") -> Response:
    """Give the page at a model's address."""
    return await page(accept_encoding)


def wants_page(request: Request) -> bool:
    """Tell whether a person looks at an address, rather than a program."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


async def page_of_nothing(request: Request) -> Response:
    """Give the page at an address that it does not know: it says so, and helps to find what was meant."""
    response = await page(request.headers.get("accept-encoding", ""))
    response.status_code = HTTPStatus.NOT_FOUND
    return response


async def _file(name: str, accept_encoding: str, *, cache: str) -> Response:
    found = await anyio.to_thread.run_sync(_variant, name, accept_encoding)
    if found is None:
        if name == "index.html":
            raise Unavailable("page_not_built", "The web app is not built; `make page` builds it.")
        raise NotFound("asset_not_found", "There is no such file; reload the page to get its newest version.")
    file, coding = found
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding", **({"Content-Encoding": coding} if coding else {})}
    return FileResponse(file, headers=headers, media_type=_media_type(name))


def _variant(name: str, accept_encoding: str) -> tuple[Path, str | None] | None:
    file = FOLDER / name
    accepted = {each.split(";")[0].strip().lower() for each in accept_encoding.split(",") if "q=0" not in each}
    for coding, suffix in VARIANTS.items():
        variant = file.with_name(file.name + suffix)
        if coding in accepted and variant.is_file():
            return variant, coding
    return (file, None) if file.is_file() else None


def _media_type(name: str) -> str:
    if name.endswith(".webmanifest"):
        return "application/manifest+json"
    if name.endswith(".js"):
        return "text/javascript"  # some machines' tables say text/plain, which browsers refuse to run
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
