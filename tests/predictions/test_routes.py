"""Predictions over HTTP: statuses, headers and problems, as clients meet them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from tests.platforms import Plan, Platform, serving_platform
from tests.predictions.conftest import CREDITS_MICROS, PRICE_MICROS, write_bundle
from tests.predictions.scripted_fleet import PNG
from tests.servers import PASSWORD, LiveServer

CREATE = "/v1/models/atelier/scripted/predictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A live server with a scripted fleet, a buyer's client and a stranger's."""

    server: LiveServer
    platform: Platform
    buyer: httpx.Client
    stranger: httpx.Client
    digest: str

    def create(self, do: str = "finish", *, wait: str | None = "wait", **headers: str) -> httpx.Response:
        more = {} if wait is None else {"Prefer": wait}
        return self.buyer.post(CREATE, json={"input": {"do": do}}, headers={**more, **headers})


@pytest.fixture
def shop(plan: Plan) -> Iterator[Shop]:
    folder = plan.home.parent

    async def open_shop(platform: Platform) -> tuple[str, str, str]:
        creator = await platform.make_user("atelier")
        buyer = await platform.make_user("demo", credits_micros=CREDITS_MICROS)
        digest = await platform.publish(creator, write_bundle(folder), price_micros=PRICE_MICROS)
        stranger = await platform.make_user("stranger")
        return digest, await platform.key_of(buyer), await platform.key_of(stranger)

    with serving_platform(plan) as (server, platform):
        digest, buyer_key, stranger_key = server.call(open_shop(platform))
        with server.client(buyer_key) as buyer, server.client(stranger_key) as stranger:
            yield Shop(server=server, platform=platform, buyer=buyer, stranger=stranger, digest=digest)


def test_a_run_from_its_creation_to_its_end(shop: Shop) -> None:
    reply = shop.create()
    body = reply.json()
    assert (reply.status_code, body["status"]) == (201, "succeeded")
    assert reply.headers["Preference-Applied"] == "wait=60"
    assert shop.buyer.get(body["urls"]["get"]).json() == body
    picture = httpx.get(body["output"], headers={"Range": "bytes=0-7"})
    assert (picture.status_code, picture.content) == (206, PNG[:8])
    receipt = shop.buyer.get(body["urls"]["receipt"]).json()
    assert (receipt["payment"], receipt["price_micros"], receipt["version"]) == ("paid", PRICE_MICROS, shop.digest)
    assert shop.buyer.get("/v1/predictions").json()["results"] == [body]
    assert shop.buyer.delete(body["urls"]["get"]).status_code == 204
    assert shop.buyer.get(body["urls"]["get"]).status_code == 404


def test_what_is_not_done_in_time_is_accepted(shop: Shop) -> None:
    reply = shop.create("wait", wait="wait=1")
    assert (reply.status_code, reply.json()["status"]) == (202, "starting")
    canceled = shop.buyer.post(reply.json()["urls"]["cancel"])
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")


def test_a_version_is_run_by_digest_and_by_name(shop: Shop) -> None:
    for version in (shop.digest, "atelier/scripted", f"atelier/scripted:{shop.digest}"):
        reply = shop.buyer.post("/v1/predictions", json={"version": version, "input": {}}, headers={"Prefer": "wait"})
        assert (reply.status_code, reply.json()["model"]) == (201, "atelier/scripted")


def test_a_repeated_key_answers_with_the_same_run(shop: Shop) -> None:
    ids = {shop.create(**{"Idempotency-Key": "one"}).json()["id"] for _ in range(3)}
    assert len(ids) == 1
    clash = shop.create("crash", **{"Idempotency-Key": "one"})
    assert (clash.status_code, clash.json()["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(("who", "status", "seconds"), [("busy", 503, "3"), ("crowd", 429, "4")])
def test_a_busy_engine_and_a_busy_account_are_told_apart_and_when_to_come_back(
    shop: Shop, who: str, status: int, seconds: str
) -> None:
    reply = shop.create(who)
    assert (reply.status_code, reply.headers["Retry-After"]) == (status, seconds)


@pytest.mark.parametrize(
    ("body", "headers", "status", "field"),
    [
        ({"input": {"do": 7}}, {}, 422, "inputs.do"),
        ({"input": {"nothing": 7}}, {}, 422, "inputs.nothing"),
        ({"input": {"seed": -1}}, {}, 422, "inputs.seed"),
        ({"input": {"seed": 2**32}}, {}, 422, "inputs.seed"),
        ({"input": {"do": "a\0b"}}, {}, 422, "inputs.do"),
        ({"input": {"picture": "/v1/files/\0"}}, {}, 422, "inputs.picture"),
        ({"input": {"picture": "/v1/files/\ud800"}}, {}, 422, "inputs.picture"),
        ({"input": "x"}, {}, 422, "input"),
        ({"input": {}, "webhook": "http://10.0.0.1/"}, {}, 403, "webhook"),
        ({"input": {}, "webhook_events_filter": ["never"]}, {}, 422, "webhook_events_filter.0"),
        ({"input": {}, "surprise": 1}, {}, 422, "surprise"),
        ({"input": {}}, {"Prefer": "wait=0"}, 422, "Prefer"),
        ({"input": {}}, {"Cancel-After": "1s"}, 422, "Cancel-After"),
        ({"input": {}}, {"Idempotency-Key": "k" * 256}, 422, "Idempotency-Key"),
    ],
)
def test_bad_input_names_the_field_and_costs_nothing(
    shop: Shop, body: dict[str, object], headers: dict[str, str], status: int, field: str
) -> None:
    as_json = {**headers, "Content-Type": "application/json"}
    reply = shop.buyer.post(CREATE, content=json.dumps(body), headers=as_json)
    assert (reply.status_code, reply.json()["field"]) == (status, field)
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert shop.buyer.get("/v1/predictions").json()["results"] == []


@pytest.mark.parametrize("path", ["", "/cancel", "/receipt", "/stream"])
def test_others_and_nobody_find_nothing(shop: Shop, path: str) -> None:
    url = f"/v1/predictions/{shop.create().json()['id']}{path}"
    method = "POST" if path == "/cancel" else "GET"
    assert shop.stranger.request(method, url).status_code == 404
    with shop.server.client() as nobody:
        assert nobody.request(method, url).status_code == 401
    assert shop.buyer.request(method, f"/v1/predictions/no-id{path}").status_code == 404


def test_a_wallet_that_is_empty_is_asked_to_pay(shop: Shop) -> None:
    reply = shop.stranger.post(CREATE, json={"input": {}})
    assert (reply.status_code, reply.json()["code"]) == (402, "insufficient_funds")


def test_files_travel_by_form(shop: Shop) -> None:
    made = shop.buyer.post(
        "/v1/files", files={"content": ("red.png", PNG, "image/png")}, data={"metadata": '{"from": "a test"}'}
    )
    assert made.status_code == 201
    body = made.json()
    assert (body["name"], body["size"], body["metadata"]) == ("red.png", len(PNG), {"from": "a test"})
    content = shop.buyer.get(body["urls"]["download"], follow_redirects=True)
    assert (content.content, content.headers["Content-Type"]) == (PNG, "image/png")
    assert shop.stranger.get(body["urls"]["get"]).status_code == 404
    assert shop.buyer.delete(body["urls"]["get"]).status_code == 204


@pytest.mark.parametrize("metadata", ["[]", "{", '{"a": "\\u0000"}', '{"a": "\\ud800"}'])
def test_metadata_that_is_no_object_is_refused(shop: Shop, metadata: str) -> None:
    reply = shop.buyer.post("/v1/files", files={"content": ("x", b"x")}, data={"metadata": metadata})
    assert (reply.status_code, reply.json()["field"]) == (422, "metadata")


def test_a_page_in_the_browser_runs_too(shop: Shop) -> None:
    with shop.server.client() as client:
        session = client.post("/v1/sessions", json={"email": "demo@example.org", "password": PASSWORD})
        client.headers["X-CSRF-Token"] = session.json()["csrf_token"]
        reply = client.post(CREATE, json={"input": {}}, headers={"Prefer": "wait"})
    assert (reply.status_code, reply.json()["source"]) == (201, "web")


def test_pictures_come_with_their_sizes_and_a_thumbnail(shop: Shop) -> None:
    (file,) = shop.create().json()["files"]
    assert (file["name"], file["media_type"], file["width_px"], file["height_px"]) == ("picture", "image/png", 1, 1)
    small = httpx.get(file["thumbnail_url"])
    assert (small.status_code, small.headers["Content-Type"], small.content[8:12]) == (200, "image/webp", b"WEBP")
    assert httpx.get(file["thumbnail_url"].replace("w=320", "w=640")).status_code == 200
    assert httpx.get(file["thumbnail_url"].replace("w=320", "w=5000")).status_code == 422
    assert httpx.get(file["thumbnail_url"].replace("signature=", "signature=0")).status_code == 403
    assert shop.create("label").json()["files"] == []


def test_a_list_is_filtered_and_its_pages_keep_the_filter(shop: Shop) -> None:
    ended = [shop.create().json() for _ in range(3)]
    failed = shop.create("crash").json()

    def listed(**query: str) -> list[str]:
        reply = shop.buyer.get("/v1/predictions", params=query)
        assert reply.status_code == 200, reply.text
        return [each["id"] for each in reply.json()["results"]]

    newest_first = [each["id"] for each in reversed(ended)]
    assert listed(status="failed") == [failed["id"]]
    assert listed(model="atelier/scripted", status="succeeded") == newest_first
    assert listed(model="atelier/other") == []
    assert listed(created_after=ended[1]["created_at"], status="succeeded") == newest_first[:1]
    assert listed(created_before=ended[1]["created_at"]) == newest_first[2:]
    page = shop.buyer.get("/v1/predictions", params={"status": "succeeded", "limit": "2"}).json()
    rest = shop.buyer.get(page["next"]).json()
    assert [each["id"] for each in (*page["results"], *rest["results"])] == newest_first
    assert [each["id"] for each in shop.buyer.get(rest["previous"]).json()["results"]] == newest_first[:2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "done"),
        ("created_after", "yesterday"),
        ("created_after", "2026-01-01T00:00:00"),
        ("created_before", "0001-01-01T00:00:00+14:00"),
        ("limit", "101"),
        ("cursor", "x"),
        ("sort", "new"),
    ],
)
def test_a_bad_filter_is_named(shop: Shop, name: str, value: str) -> None:
    reply = shop.buyer.get("/v1/predictions", params={name: value})
    assert (reply.status_code, reply.json()["field"]) == (422, name)


def test_an_archive_is_downloaded_as_one_file(shop: Shop) -> None:
    made = shop.create().json()["id"]
    reply = shop.buyer.post("/v1/predictions/archive", json={"ids": [made]})
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert {name.rpartition("/")[2] for name in archive.namelist()} == {"inputs.json", "picture.png"}
    assert shop.stranger.post("/v1/predictions/archive", json={"ids": [made]}).status_code == 404
    assert shop.buyer.post("/v1/predictions/archive", json={"ids": []}).json()["field"] == "ids"
