"""Models over real HTTP: by plain requests, and by Replicate's own client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
import replicate
from tests.catalog.bundles import decoder, manifest, zipped
from tests.catalog.conftest import PASSWORD, Shelf
from tests.catalog.routes.asking import key_of

from artrator.catalog.model import ModelChange, Visibility
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.identity.service import Identity
from artrator.identity.user import Role, User
from artrator.kernel.money import Micros
from artrator.storage.blobs import Blobs


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


async def test_a_model_is_told_in_other_languages_until_its_owner_changes_the_text(
    creator: httpx.AsyncClient, shelf: Shelf, catalog: Catalog, atelier: User, tmp_path: Path
) -> None:
    told = "translations: {ko: {summary: 색면, description: 설명, fields: {seed: {title: 시드}}, words: {a: 가}}}"
    text = manifest(summary="Fields", description="About") + told
    archive = zipped(tmp_path / "told.zip", {"artrator.yaml": text.encode(), "decoder.onnx": decoder()})
    await catalog.create_model(atelier, "fields")
    await shelf.judge(await catalog.add_version(atelier.id, atelier.handle, "fields", archive))

    async def korean(path: str = "/v1/models/atelier/fields") -> dict[str, object]:
        reply = (await creator.get(path)).json()
        return (reply["results"][0] if "results" in reply else reply)["translations"]["ko"]

    whole = await korean()
    assert (whole["summary"], whole["description"], whole["words"]) == ("색면", "설명", {"a": "가"})
    assert await korean("/v1/models?owner=atelier") == {"summary": "색면", "description": "", "fields": {}, "words": {}}
    await creator.patch("/v1/models/atelier/fields", json={"description": "Other fields"})
    assert ((await korean())["summary"], (await korean())["description"]) == ("", "설명")
    assert (await korean("/v1/models?owner=atelier"))["summary"] == ""


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
    creator.headers["Authorization"] = f"Bearer {await key_of(identity, operator)}"
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
