"""The gallery over HTTP: what visitors, owners and operators see of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.gallery.conftest import model_id_of, png, write_bundle
from tests.platforms import Plan, Platform, serving_platform
from tests.servers import LiveServer

from artrator.catalog.model import Visibility
from artrator.kernel.ids import Digest

ATELIER = "/v1/models/atelier/negative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A live server with one rendered model of atelier."""

    server: LiveServer
    platform: Platform
    digest: Digest
    visitor: httpx.Client
    owner: httpx.Client
    operator: httpx.Client

    def explore(self, **query: str) -> httpx.Response:
        with self.server.client() as nobody:
            return nobody.get("/v1/explore", params=query)


async def render(platform: Platform, folder: Path) -> tuple[Digest, tuple[str, ...]]:
    """Publish and render a model; give its digest and three people's keys."""
    owner, visitor = await platform.make_user("atelier"), await platform.make_user("visitor")
    files = {"examples/wide.png": png("white", width_px=400, height_px=200)}
    bundle = write_bundle(folder, "negative", "invert", "[{image: examples/wide.png}]", files)
    digest = await platform.publish(owner, bundle, price_micros=10_000)
    await platform.showcase.render(await model_id_of(platform, "atelier", "negative"), digest)
    operator = await platform.identity.make_admin("keeper@example.org", "keeper", "seven walks by the sea")
    return digest, tuple([await platform.key_of(user) for user in (visitor, owner, operator)])


@pytest.fixture
def site(dsn: str, tmp_path: Path) -> Iterator[Site]:
    with serving_platform(Plan(dsn=dsn, home=tmp_path / "home")) as (server, platform):
        digest, keys = server.call(render(platform, tmp_path))
        with server.client(keys[0]) as visitor, server.client(keys[1]) as owner, server.client(keys[2]) as operator:
            yield Site(server=server, platform=platform, digest=digest, visitor=visitor, owner=owner, operator=operator)


def test_anybody_sees_the_wall_and_opens_its_pictures(site: Site) -> None:
    (item,) = site.explore().json()["results"]
    assert item["version"] == site.digest
    model = item["model"]
    assert (model["owner"], model["name"], model["price"]["amount"], model["pipeline"]) == (
        "atelier",
        "negative",
        "0.01",
        "image-to-image",
    )
    output = item["output"]
    assert (output["kind"], output["width_px"], output["height_px"]) == ("image", 400, 200)
    assert [(each["width_px"], each["height_px"]) for each in output["thumbnails"]] == [(320, 160), (400, 200)]
    types = {url: httpx.get(url).headers["Content-Type"] for url in (output["url"], output["thumbnails"][0]["url"])}
    assert list(types.values()) == ["image/png", "image/webp"]
    assert httpx.get(item["input_picture_url"]).content == png("white", width_px=400, height_px=200)
    cover = site.visitor.get(ATELIER).json()["cover_image_url"]
    assert httpx.get(cover).headers["Content-Type"] == "image/webp"


def test_an_items_input_is_taken_as_it_is_by_a_prediction(site: Site) -> None:
    (item,) = site.visitor.get(f"{ATELIER}/examples").json()["results"]
    body = {"version": item["version"], "input": item["input"]}
    run = site.owner.post("/v1/predictions", json=body, headers={"Prefer": "wait"})
    assert run.json()["status"] == "succeeded"
    assert httpx.get(run.json()["output"]).content == httpx.get(item["output"]["url"]).content


def test_the_examples_of_a_private_model_are_its_owners(site: Site) -> None:
    owner = site.server.call(site.platform.identity.find_by_handle("atelier"))
    site.server.call(site.platform.catalog.set_visibility("atelier", "negative", owner.id, Visibility.PRIVATE))
    assert site.visitor.get(f"{ATELIER}/examples").status_code == 404
    assert len(site.owner.get(f"{ATELIER}/examples").json()["results"]) == 1
    assert site.explore().json()["results"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("sort", "best"), ("price", "cheap"), ("cursor", "x"), ("pipeline", "x"), ("colour", "x")],
)
def test_a_bad_filter_is_named(site: Site, name: str, value: str) -> None:
    reply = site.explore(**{name: value})
    assert (reply.status_code, reply.json()["field"]) == (422, name)


def test_prices_filter_the_wall(site: Site) -> None:
    found = {
        name: len(site.explore(**query).json()["results"])
        for name, query in {
            "free": {"price": "free"},
            "paid": {"price": "paid"},
            "dear": {"max_price_micros": "9999"},
            "just": {"max_price_micros": "10000"},
        }.items()
    }
    assert found == {"free": 0, "paid": 1, "dear": 0, "just": 1}


def test_a_reported_model_is_taken_off_the_lists_by_an_operator(site: Site) -> None:
    reported = site.visitor.post(f"{ATELIER}/reports", json={"reason": "stolen", "details": "It is not theirs."})
    again = site.visitor.post(f"{ATELIER}/reports", json={"reason": "stolen", "details": "It is mine."})
    assert (reported.status_code, again.json()["id"]) == (201, reported.json()["id"])
    other = site.owner.post(f"{ATELIER}/reports", json={"reason": "other"}).json()["id"]
    listed = site.operator.get("/v1/operator/reports", params={"limit": 1}).json()
    assert [each["id"] for each in listed["results"]] == [other]
    (first,) = site.operator.get(listed["next"]).json()["results"]
    assert (first["details"], first["reporter"], first["listing"]) == ("It is mine.", "visitor", "public")
    closing = f"/v1/operator/reports/{first['id']}/close"
    closed = site.operator.post(closing, json={"action": "unlist"}).json()
    assert (closed["action"], closed["listing"]) == ("unlist", "unlisted")
    assert site.explore().json()["results"] == []
    assert site.visitor.get(ATELIER).status_code == 200
    assert site.operator.get("/v1/operator/reports").json()["results"] == []
    assert len(site.operator.get("/v1/operator/reports", params={"state": "closed"}).json()["results"]) == 2
    assert site.operator.post(closing, json={"action": "dismiss"}).json()["code"] == "report_closed"


def test_a_dismissed_report_changes_nothing(site: Site) -> None:
    report = site.visitor.post(f"{ATELIER}/reports", json={"reason": "spam"}).json()["id"]
    closed = site.operator.post(f"/v1/operator/reports/{report}/close", json={"action": "dismiss"})
    assert (closed.json()["action"], closed.json()["listing"]) == ("dismiss", "public")
    assert len(site.explore().json()["results"]) == 1
    new = site.visitor.post(f"{ATELIER}/reports", json={"reason": "spam"}).json()["id"]
    assert new != report


def test_reports_are_for_operators_alone(site: Site) -> None:
    assert site.visitor.get("/v1/operator/reports").status_code == 403
    with site.server.client() as nobody:
        assert nobody.post(f"{ATELIER}/reports", json={"reason": "spam"}).status_code == 401
    assert site.visitor.post("/v1/models/atelier/none/reports", json={"reason": "spam"}).status_code == 404
    assert site.visitor.post(f"{ATELIER}/reports", json={"reason": "dull"}).json()["field"] == "reason"
    assert site.operator.post("/v1/operator/reports/x/close", json={"action": "dismiss"}).status_code == 404
