"""The catalog over real HTTP: by plain requests, and by Replicate's own client."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, MutableMapping
from pathlib import Path

import httpx
import pytest
import replicate
import uvicorn
from fastapi import FastAPI
from tests.catalog.bundles import bundle, decoder, manifest, zipped
from tests.catalog.conftest import PASSWORD, Shelf, read_facts

from artrator.catalog.collections import Collections
from artrator.catalog.model import ModelChange, Visibility
from artrator.catalog.routes import router
from artrator.catalog.service import Catalog
from artrator.catalog.settings import CatalogSettings
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.http.problems import install_problem_handlers
from artrator.identity.scope import Scope
from artrator.identity.service import Identity
from artrator.identity.user import Role, User
from artrator.kernel.money import Micros
from artrator.storage.blobs import Blobs
from artrator.storage.routes import router as blob_router
from artrator.storage.signing import UrlSigner
from artrator.wire.provide import Services

MAX_UPLOAD_BYTES = 300_000


@pytest.fixture
async def catalog(database: Database, queue: JobQueue, blobs: Blobs, tmp_path: Path) -> Catalog:
    settings = CatalogSettings(max_upload_bytes=MAX_UPLOAD_BYTES)
    return Catalog(database, queue, blobs, settings, folder=tmp_path / "catalog", read_facts=read_facts)


@pytest.fixture
def app(catalog: Catalog, identity: Identity, blobs: Blobs, database: Database) -> FastAPI:
    app = FastAPI()
    app.state.services = Services()
    for service in (catalog, identity, blobs, Collections(database), UrlSigner("a secret of the server")):
        app.state.services.add(service)
    app.include_router(router)
    app.include_router(blob_router)
    install_problem_handlers(app)
    return app


class Started(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[str]:
    """The address of a running server."""
    running = Started(app)
    task = asyncio.create_task(running.serve())
    await asyncio.wait_for(running.listening.wait(), 20)
    port: int = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    await task


async def _key(identity: Identity, user: User) -> str:
    return (await identity.create_key(user, "test", frozenset(Scope))).secret


@pytest.fixture
async def creator(server: str, identity: Identity, atelier: User) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {await _key(identity, atelier)}"}
    async with httpx.AsyncClient(base_url=server, headers=headers) as client:
        yield client


@pytest.fixture
async def anybody(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server) as client:
        yield client


@pytest.fixture
async def client(server: str, identity: Identity, atelier: User) -> AsyncIterator[replicate.Client]:
    """Replicate's own client with the creator's key."""
    client = replicate.Client(api_token=await _key(identity, atelier), base_url=server)
    yield client
    await client._async_client.aclose()


async def _upload(client: httpx.AsyncClient, path: Path, **fields: str) -> httpx.Response:
    content = await asyncio.to_thread(path.read_bytes)
    return await client.post("/v1/models/atelier/fields/versions", files={"file": ("b.zip", content)}, data=fields)


async def test_a_model_is_created_published_listed_and_found(
    creator: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    shelf: Shelf,
    catalog: Catalog,
    atelier: User,
    tmp_path: Path,
) -> None:
    made = await creator.post("/v1/models", json={"name": "fields", "visibility": "public", "price": "0.01", "tags": ["calm"]})  # fmt: skip
    assert made.status_code == 201
    assert (made.json()["listing"], made.json()["wanted_listing"]) == ("private", "public")
    assert made.json()["price"] == {"amount_micros": 10_000, "amount": "0.01", "currency": "USD"}
    uploaded = await _upload(creator, bundle(tmp_path / "b.zip", summary="Colour fields"))
    assert uploaded.status_code == 201, uploaded.text
    assert uploaded.json()["status"] == "uploaded"
    assert (await anybody.get("/v1/models/atelier/fields")).status_code == 404
    _, version = await catalog.get_version("atelier", "fields", uploaded.json()["id"], atelier.id)
    await shelf.judge(version)
    found = (await anybody.get("/v1/models", params={"query": "colour", "tag": "calm", "max_price": "0.01"})).json()
    assert [model["name"] for model in found["results"]] == ["fields"]
    inputs = found["results"][0]["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"]
    assert list(inputs["properties"]) == ["seed", "truncation"]
    assert (await anybody.get("/v1/search", params={"query": "colours"})).json() == found | {"next": None}


async def test_uploading_a_bundle_again_answers_with_the_same_version(
    creator: httpx.AsyncClient, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    await catalog.create_model(atelier, "fields")
    first = await _upload(creator, bundle(tmp_path / "b.zip"))
    again = await _upload(creator, bundle(tmp_path / "b.zip"))
    assert first.json() == again.json()


async def test_a_plain_onnx_file_is_published_with_a_licence_from_the_form_or_the_query(
    creator: httpx.AsyncClient, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    await catalog.create_model(atelier, "fields")
    file = tmp_path / "model.onnx"
    file.write_bytes(decoder())
    by_form = await _upload(creator, file, license="MIT")
    raw = await creator.post(
        "/v1/models/atelier/fields/versions?license=MIT",
        content=decoder(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert by_form.status_code == 201
    assert by_form.json() == raw.json()
    missing = await _upload(creator, file)
    assert (missing.status_code, missing.json()["field"]) == (422, "license")


@pytest.mark.parametrize("announced", [True, False])
async def test_too_large_an_upload_is_stopped(
    creator: httpx.AsyncClient, catalog: Catalog, atelier: User, tmp_path: Path, announced: bool
) -> None:
    await catalog.create_model(atelier, "fields")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield bytes(64 * 1024)

    headers = {"Content-Type": "application/zip"} | ({"Content-Length": str(64_000 * 1024)} if announced else {})
    reply = await creator.post("/v1/models/atelier/fields/versions", content=endless(), headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (413, "upload_too_large")
    assert not list((tmp_path / "catalog" / "uploads").iterdir())


FORM = {"Content-Type": "multipart/form-data; boundary=cut"}


def _part(name: str, content: str, more: str = "") -> str:
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"Content-Type": "text/plain"}, "hello", "upload_type_unknown"),
        ({}, "hello", "upload_type_unknown"),
        ({"Content-Type": "multipart/form-data"}, "hello", "form_malformed"),
        ({"Content-Type": "multipart/form-data; boundary=" + "x" * 500}, "hello", "form_malformed"),
        (FORM, "hello", "form_malformed"),
        (FORM, _part("file", "x"), "form_malformed"),
        (FORM, _part("license", "MIT") + "--cut--\r\n", "upload_missing"),
        (FORM, _part("file", "x") + _part("file", "y") + "--cut--\r\n", "form_malformed"),
        (FORM, _part("license", "x" * 2000) + "--cut--\r\n", "field_too_large"),
        (FORM, "".join(_part(f"f{n}", "x") for n in range(20)) + "--cut--\r\n", "form_malformed"),
        (FORM, _part("file", "x") + _part("colour", "red") + "--cut--\r\n", "field_unknown"),
        (FORM, _part("file", "") + "--cut--\r\n", "upload_empty"),
        (FORM, _part("file", "x" * 100) + _part("license", "MIT") + "--cut--\r\n", None),
        ({"Content-Type": "application/zip"}, "PK\x03\x04 no", "archive_malformed"),
    ],
)
async def test_an_upload_that_is_none_is_refused_with_a_reason(
    *,
    creator: httpx.AsyncClient,
    catalog: Catalog,
    atelier: User,
    tmp_path: Path,
    headers: Mapping[str, str],
    body: str,
    code: str | None,
) -> None:
    await catalog.create_model(atelier, "fields")
    reply = await creator.post("/v1/models/atelier/fields/versions", content=body.encode(), headers=headers)
    assert reply.status_code in {413, 422}
    assert code is None or reply.json()["code"] == code
    assert not list((tmp_path / "catalog" / "uploads").iterdir())


async def test_an_upload_that_breaks_off_leaves_nothing(
    app: FastAPI, identity: Identity, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    await catalog.create_model(atelier, "fields")
    path = "/v1/models/atelier/fields/versions"
    headers = [
        (b"authorization", f"Bearer {await _key(identity, atelier)}".encode()),
        (b"content-type", b"application/zip"),
    ]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    arriving = iter([{"type": "http.request", "body": b"PK", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[MutableMapping[str, object]] = []

    async def receive() -> MutableMapping[str, object]:
        return next(arriving)

    async def send(message: MutableMapping[str, object]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 422
    assert not list((tmp_path / "catalog" / "uploads").iterdir())


async def test_publishing_needs_the_owner_and_the_scope(
    server: str,
    anybody: httpx.AsyncClient,
    identity: Identity,
    catalog: Catalog,
    atelier: User,
    visitor: User,
    tmp_path: Path,
) -> None:
    await catalog.create_model(atelier, "fields")
    path = bundle(tmp_path / "b.zip")
    assert (await _upload(anybody, path)).status_code == 401
    anybody.headers["Authorization"] = f"Bearer {await _key(identity, visitor)}"
    assert (await _upload(anybody, path)).status_code == 404
    narrow = (await identity.create_key(atelier, "narrow", frozenset({Scope.RUN}))).secret
    anybody.headers["Authorization"] = f"Bearer {narrow}"
    assert (await _upload(anybody, path)).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Bad Name"}, "name"),
        ({"name": "a", "price": "one"}, "price"),
        ({"name": "a", "price": "-1"}, "price"),
        ({"name": "a", "price": "0.0000001"}, "price"),
        ({"name": "a", "price": "1", "price_micros": 1}, "price"),
        ({"name": "a", "price_micros": 2**70}, "price_micros"),
        ({"name": "a", "colour": "red"}, "colour"),
        ({"name": "a", "visibility": "secret"}, "visibility"),
        ({"name": "a", "tags": ["<b>"]}, "tags"),
        ({"name": "a", "description": "x\0y"}, "summary"),
        ({"name": "a\0"}, "name"),
        ({}, "name"),
    ],
)
async def test_a_fault_in_a_new_model_names_its_field(
    creator: httpx.AsyncClient, body: Mapping[str, object], field: str
) -> None:
    reply = await creator.post("/v1/models", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["field"]) == (422, field)
    assert (await creator.get("/v1/models", params={"owner": "atelier"})).json()["results"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models?limit=0",
        "/v1/models?limit=1000",
        "/v1/models?sort=size",
        "/v1/models?pipeline=magic",
        "/v1/models?min_price=x",
        "/v1/models?min_price=2&max_price=1",
        "/v1/models?cursor=abc",
        "/v1/models?colour=red",
        "/v1/models?query=%00",
        "/v1/models?tag=%00",
        "/v1/models/a%00/b",
        "/v1/collections/%00",
    ],
)
async def test_a_malformed_list_is_refused(anybody: httpx.AsyncClient, path: str) -> None:
    assert (await anybody.get(path)).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/atelier/none",
        "/v1/models/none/none",
        "/v1/models/atelier/none/versions",
        f"/v1/models/atelier/fields/versions/{'0' * 64}",
        "/v1/models/atelier/fields/versions/%00",
        "/v1/models/atelier/fields/versions/latest",
        "/v1/models/atelier/none/prices",
        "/v1/collections/none",
    ],
)
async def test_what_is_not_there_is_not_found(
    anybody: httpx.AsyncClient, shelf: Shelf, catalog: Catalog, atelier: User, path: str
) -> None:
    await shelf.passed(atelier, "fields")
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    assert (await anybody.get(path)).status_code == 404


async def test_a_model_is_changed_hidden_and_deleted(creator: httpx.AsyncClient, shelf: Shelf, atelier: User) -> None:
    await shelf.passed(atelier, "fields")
    changed = await creator.patch("/v1/models/atelier/fields", json={"visibility": "public", "readme": "# Fields", "price_micros": 5})  # fmt: skip
    assert (changed.json()["visibility"], changed.json()["readme"]) == ("public", "# Fields")
    hidden = await creator.patch("/v1/models/atelier/fields", json={"visibility": "unlisted"})
    assert (hidden.json()["visibility"], hidden.json()["listing"]) == ("private", "unlisted")
    prices = (await creator.get("/v1/models/atelier/fields/prices")).json()
    assert [price["amount_micros"] for price in prices] == [5]
    assert (await creator.delete("/v1/models/atelier/fields")).status_code == 204
    assert (await creator.get("/v1/models/atelier/fields")).status_code == 404


async def test_listing_before_a_version_passed_is_a_conflict(
    creator: httpx.AsyncClient, catalog: Catalog, atelier: User
) -> None:
    await catalog.create_model(atelier, "fields")
    reply = await creator.patch("/v1/models/atelier/fields", json={"visibility": "public"})
    assert (reply.status_code, reply.json()["code"]) == (409, "version_not_verified")
    wished = await creator.patch("/v1/models/atelier/fields", json={"wanted_listing": "public"})
    assert (wished.status_code, wished.json()["wanted_listing"]) == (200, "public")


async def test_a_cover_is_linked_and_opens(
    anybody: httpx.AsyncClient, shelf: Shelf, catalog: Catalog, atelier: User, blobs: Blobs, database: Database
) -> None:
    version = await shelf.passed(atelier, "fields")
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    await blobs.put("covers/fields.png", b"picture", media_type="image/png")
    async with database.unit_of_work() as connection:
        await catalog.set_cover(connection, version.model_id, "covers/fields.png")
    url = (await anybody.get("/v1/models/atelier/fields")).json()["cover_image_url"]
    assert (await anybody.get(url)).content == b"picture"


async def test_collections_are_put_together_by_operators_alone(
    creator: httpx.AsyncClient,
    anybody: httpx.AsyncClient,
    identity: Identity,
    shelf: Shelf,
    catalog: Catalog,
    atelier: User,
) -> None:
    for number, name in enumerate(("one", "two", "secret")):
        await shelf.passed(atelier, name, tint=number / 10)
        if name != "secret":
            await catalog.set_visibility("atelier", name, atelier.id, Visibility.PUBLIC)
    body = {"name": "First", "models": [{"owner": "atelier", "name": name} for name in ("two", "secret", "one")]}
    assert (await creator.put("/v1/collections/first", json=body)).status_code == 403
    operator = await identity.register("op@example.org", PASSWORD, "keeper", roles=[Role.OPERATOR])
    creator.headers["Authorization"] = f"Bearer {await _key(identity, operator)}"
    assert (await creator.put("/v1/collections/first", json=body)).status_code == 204
    assert (await creator.put("/v1/collections/Bad", json=body)).status_code == 422
    found = (await anybody.get("/v1/collections/first")).json()
    assert [model["name"] for model in found["models"]] == ["two", "one"]
    assert [each["slug"] for each in (await anybody.get("/v1/collections")).json()["results"]] == ["first"]
    assert (await creator.delete("/v1/collections/first")).status_code == 204
    assert (await anybody.get("/v1/collections/first")).status_code == 404


async def test_replicates_client_lists_pages_searches_and_reads(
    client: replicate.Client, shelf: Shelf, catalog: Catalog, atelier: User
) -> None:
    for number in range(23):
        name = f"model-{number}"
        version = await shelf.passed(atelier, name, tint=number / 30, summary="Paint")
        visibility = Visibility.UNLISTED if number == 0 else Visibility.PUBLIC
        await catalog.change_model("atelier", name, atelier.id, ModelChange(visibility=visibility, price=Micros(1)))
    pages = [page async for page in replicate.pagination.async_paginate(client.models.async_list)]
    assert [len(page.results) for page in pages] == [20, 2]
    back = await client.models.async_list(pages[1].previous)
    assert [model.name for model in back] == [model.name for model in pages[0]]
    assert len(await client.models.async_search("paints")) == 20
    model = await client.models.async_get("atelier/model-22")
    assert model.latest_version is not None
    assert (model.latest_version.id, model.run_count) == (version.digest, 0)
    assert (await client.models.async_get("atelier/model-0")).visibility == "private"
    versions = await model.versions.async_list()
    assert [each.id for each in versions] == [version.digest]
    assert (await model.versions.async_get(version.digest)).openapi_schema["components"]["schemas"]["Output"]


async def test_replicates_client_creates_and_deletes(client: replicate.Client) -> None:
    made = await client.models.async_create("atelier", "mine", hardware="cpu", visibility="private", description="Mine")
    assert (made.id, made.description) == ("atelier/mine", "Mine")
    assert await client.models.async_delete("atelier/mine")


async def test_two_files_of_one_name_in_a_manifest_free_archive_are_refused(
    creator: httpx.AsyncClient, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    await catalog.create_model(atelier, "fields")
    archive = zipped(tmp_path / "b.zip", {"a.onnx": decoder(), "b.onnx": decoder(tint=0.1)})
    reply = await _upload(creator, archive, license="MIT")
    assert (reply.status_code, reply.json()["code"]) == (422, "manifest_needed")
    archive = zipped(tmp_path / "c.zip", {"artrator.yaml": manifest().encode(), "../decoder.onnx": decoder()})
    assert (await _upload(creator, archive)).json()["code"] == "archive_entry_unsafe"
