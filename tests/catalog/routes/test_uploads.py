"""Uploading versions over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, MutableMapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.catalog.bundles import bundle, decoder, manifest, zipped
from tests.catalog.conftest import Shelf
from tests.catalog.routes.asking import key_of, upload

from artrator.catalog.service import Catalog
from artrator.identity.scope import Scope
from artrator.identity.service import Identity
from artrator.identity.user import User

MAX_UPLOAD_BYTES = 300_000


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
    uploaded = await upload(creator, bundle(tmp_path / "b.zip", summary="Colour fields"))
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
    first = await upload(creator, bundle(tmp_path / "b.zip"))
    again = await upload(creator, bundle(tmp_path / "b.zip"))
    assert first.json() == again.json()


async def test_a_plain_onnx_file_is_published_with_a_licence_from_the_form_or_the_query(
    creator: httpx.AsyncClient, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    await catalog.create_model(atelier, "fields")
    file = tmp_path / "model.onnx"
    file.write_bytes(decoder())
    by_form = await upload(creator, file, license="MIT")
    raw = await creator.post(
        "/v1/models/atelier/fields/versions?license=MIT",
        content=decoder(),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert by_form.status_code == 201
    assert by_form.json() == raw.json()
    missing = await upload(creator, file)
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
        (b"authorization", f"Bearer {await key_of(identity, atelier)}".encode()),
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
    assert (await upload(anybody, path)).status_code == 401
    anybody.headers["Authorization"] = f"Bearer {await key_of(identity, visitor)}"
    assert (await upload(anybody, path)).status_code == 404
    narrow = (await identity.create_key(atelier, "narrow", frozenset({Scope.RUN}))).secret
    anybody.headers["Authorization"] = f"Bearer {narrow}"
    assert (await upload(anybody, path)).status_code == 403


async def test_two_files_of_one_name_in_a_manifest_free_archive_are_refused(
    creator: httpx.AsyncClient, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    await catalog.create_model(atelier, "fields")
    archive = zipped(tmp_path / "b.zip", {"a.onnx": decoder(), "b.onnx": decoder(tint=0.1)})
    reply = await upload(creator, archive, license="MIT")
    assert (reply.status_code, reply.json()["code"]) == (422, "manifest_needed")
    archive = zipped(tmp_path / "c.zip", {"artrator.yaml": manifest().encode(), "../decoder.onnx": decoder()})
    assert (await upload(creator, archive)).json()["code"] == "archive_entry_unsafe"
