"""Serve the web app: its page at every address that the app knows, with what it asks for first; its hashed files for ever."""

from __future__ import annotations

import gzip
import mimetypes
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Header, Request
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from artrator.http.page_answers import asked_first, with_answers
from artrator.identity.names import RESERVED_HANDLES
from artrator.kernel.errors import NotFound, Unavailable

FOLDER = Path(__file__).with_name("page") / "dist"

FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
VARIANTS: Mapping[str, str] = {"br": ".br", "gzip": ".gz"}
"""Content codings that the build writes beside each text file, the better one first."""

GZIP_LEVEL = 6

PAGES = (
    "/",
    "/login",
    "/register",
    "/publish",
    "/library",
    "/walks",
    "/walks/new",
    "/walks/{walk}",
    "/wallet",
    "/dashboard",
    "/account",
    "/operator",
)
LOOSE_FILES = ("icon.svg", "icon-192.png", "icon-512.png", "app.webmanifest")

router = APIRouter(include_in_schema=False)
Codings = Annotated[str, Header(alias="accept-encoding")]
_WORD = "[a-z0-9](?:-?[a-z0-9]){0,63}"
_MODEL = re.compile(f"/(?!(?:{'|'.join(sorted(map(re.escape, RESERVED_HANDLES)))})/){_WORD}/{_WORD}")
AssetName = Annotated[str, InPath(pattern=r"^[\w.-]+$", max_length=200)]


async def page(request: Request, accept_encoding: Codings = "") -> Response:
    """Give the page; what it shows is chosen in the browser, by the address."""
    path, query = request.url.path, request.url.query
    questions = asked_first(path, query, is_model=_MODEL.fullmatch(path) is not None)
    if not questions or not (FOLDER / "index.html").is_file():
        return await _file("index.html", accept_encoding, cache=ASK_FIRST)
    plain = await anyio.to_thread.run_sync((FOLDER / "index.html").read_bytes)
    return _compressed(await with_answers(plain, request, questions), accept_encoding)


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


def wants_page(request: Request) -> bool:
    """Tell whether a person looks at an address, rather than a program."""
    looks = request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("accept", "")
    return looks and (FOLDER / "index.html").is_file()


async def page_of_the_rest(request: Request) -> Response:
    """Give the page at an address that no route has: a model's, or one where the page says that nothing is there.

    A model's address is any two words, so it must not be a route: it would hide those that are added later.
    """
    response = await page(request, request.headers.get("accept-encoding", ""))
    if not _MODEL.fullmatch(request.url.path):
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


def _compressed(html: bytes, accept_encoding: str) -> Response:
    """Compress what everybody may read; a reply with somebody's secrets would tell of them by its length."""
    headers = {"Cache-Control": ASK_FIRST, "Vary": "Accept-Encoding"}
    if "gzip" in _accepted(accept_encoding):
        html = gzip.compress(html, GZIP_LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(html, headers=headers, media_type="text/html")


def _accepted(accept_encoding: str) -> set[str]:
    return {each.split(";")[0].strip().lower() for each in accept_encoding.split(",") if "q=0" not in each}


def _variant(name: str, accept_encoding: str) -> tuple[Path, str | None] | None:
    file = FOLDER / name
    accepted = _accepted(accept_encoding)
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
