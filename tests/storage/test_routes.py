"""Signed blobs over HTTP: ranges, caching, and headers under which nothing uploaded can run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from artrator.http.problems import install_problem_handlers
from artrator.storage.blobs import Blobs, open_blobs
from artrator.storage.routes import blob_path, router
from artrator.storage.settings import StorageSettings
from artrator.storage.signing import UrlSigner
from artrator.wire.provide import Services

SIGNER = UrlSigner("a secret of the server")


@pytest.fixture
async def blobs(tmp_path: Path) -> AsyncIterator[Blobs]:
    opened = open_blobs(StorageSettings(), tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def client(blobs: Blobs) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.services = Services()
    app.state.services.add(blobs)
    app.state.services.add(SIGNER)
    app.include_router(router)
    install_problem_handlers(app)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def _link(key: str) -> str:
    return SIGNER.sign(blob_path(key), lifetime_s=3600)


async def test_a_picture_is_served_with_its_type_and_cached(blobs: Blobs, client: httpx.AsyncClient) -> None:
    await blobs.put("outputs/0.png", b"0123456789", media_type="image/png")
    reply = await client.get(_link("outputs/0.png"))
    assert reply.status_code == 200
    assert reply.content == b"0123456789"
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["content-length"] == "10"
    assert reply.headers["content-disposition"] == 'inline; filename="0.png"'
    assert "immutable" in reply.headers["cache-control"]


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "application/pdf", "text/plain"])  # fmt: skip
async def test_what_could_run_in_a_browser_is_only_downloaded(
    blobs: Blobs, client: httpx.AsyncClient, media_type: str
) -> None:
    await blobs.put("files/page.bin", b"<script>alert(1)</script>", media_type=media_type)
    reply = await client.get(_link("files/page.bin"))
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "content", "content_range"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-300", b"0123456789", "bytes 0-9/10"),
        ("bytes=5-500", b"56789", "bytes 5-9/10"),
    ],
)
async def test_one_range_is_served(
    blobs: Blobs, client: httpx.AsyncClient, asked: str, content: bytes, content_range: str
) -> None:
    await blobs.put("a.mp4", b"0123456789")
    reply = await client.get(_link("a.mp4"), headers={"Range": asked})
    assert reply.status_code == 206
    assert reply.content == content
    assert reply.headers["content-range"] == content_range
    assert reply.headers["content-length"] == str(len(content))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0"])
async def test_a_range_beyond_the_end_is_not_satisfiable(blobs: Blobs, client: httpx.AsyncClient, asked: str) -> None:
    await blobs.put("a.mp4", b"0123456789")
    reply = await client.get(_link("a.mp4"), headers={"Range": asked})
    assert reply.status_code == 416
    assert reply.headers["content-range"] == "bytes */10"


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=1-2", "bytes=5-2", "bytes=", "bytes=-", f"bytes={'9' * 40}-"])  # fmt: skip
async def test_a_range_that_is_not_understood_gives_the_whole_blob(
    blobs: Blobs, client: httpx.AsyncClient, asked: str
) -> None:
    await blobs.put("a.mp4", b"0123456789")
    reply = await client.get(_link("a.mp4"), headers={"Range": asked})
    assert (reply.status_code, reply.content) == (200, b"0123456789")


async def test_an_unchanged_blob_is_not_sent_again(blobs: Blobs, client: httpx.AsyncClient) -> None:
    await blobs.put("a.png", b"0123456789")
    tag = (await client.get(_link("a.png"))).headers["etag"]
    reply = await client.get(_link("a.png"), headers={"If-None-Match": tag})
    assert (reply.status_code, reply.content) == (304, b"")


async def test_a_range_of_a_blob_that_changed_gives_the_whole_new_one(blobs: Blobs, client: httpx.AsyncClient) -> None:
    await blobs.put("a.png", b"0123456789")
    reply = await client.get(_link("a.png"), headers={"Range": "bytes=0-1", "If-Range": '"an older tag"'})
    assert (reply.status_code, reply.content) == (200, b"0123456789")


async def test_head_tells_all_and_sends_nothing(blobs: Blobs, client: httpx.AsyncClient) -> None:
    await blobs.put("a.png", b"0123456789")
    reply = await client.head(_link("a.png"))
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["content-length"] == "10"
    assert reply.headers["content-type"] == "image/png"


async def test_without_a_good_link_nothing_is_told(blobs: Blobs, client: httpx.AsyncClient) -> None:
    await blobs.put("a.png", b"x")
    assert (await client.get("/blobs/a.png")).status_code == 422
    for key in ("a.png", "missing.png"):
        reply = await client.get(f"/blobs/{key}?expires=99999999999&signature={'0' * 64}")
        assert reply.status_code == 403
        assert reply.json()["code"] == "link_invalid"


async def test_a_good_link_to_a_deleted_blob_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get(_link("gone.png"))).status_code == 404
