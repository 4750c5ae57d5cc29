"""Account, export, uploads, figures and the operator's pages over real HTTP, by those who may and those who may not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.catalog.bundles import bundle
from tests.platforms import Plan, Platform, serving_platform
from tests.predictions.scripted_fleet import ScriptedFleet
from tests.servers import PASSWORD, LiveServer

from artrator.identity.scope import Scope

OPERATORS_ONLY = (
    ("GET", "/v1/operator/overview"),
    ("POST", "/v1/operator/books/check"),
    ("GET", "/v1/users"),
)


@pytest.fixture
def served(dsn: str, tmp_path: Path) -> Iterator[tuple[LiveServer, Platform]]:
    with serving_platform(Plan(dsn=dsn, home=tmp_path / "home", fleet=ScriptedFleet())) as opened:
        yield opened


def test_a_profile_is_changed_shown_and_kept(served: tuple[LiveServer, Platform]) -> None:
    server, _ = served
    server.register("ada")
    with server.browser("ada") as page:
        change = {"name": "Ada L.", "language": "ko", "theme": "dark", "notifications": {"earnings": False}}
        changed = page.patch("/v1/account", json=change)
        assert changed.status_code == 200, changed.text
        assert changed.json()["notifications"] == {"predictions": True, "verifications": True, "earnings": False}
        page.patch("/v1/account", json={"bio": "I weave.", "language": None})
        account = page.get("/v1/account").json()
        assert (account["name"], account["bio"], account["language"], account["theme"]) == ("Ada L.", "I weave.", None, "dark")  # fmt: skip
        assert page.get("/v1/sessions/current").json()["account"] == account
        for bad in (
            {"theme": "pink"},
            {"language": "xx"},
            {"name": "a" * 61},
            {"name": "a\nb"},
            {"roles": ["operator"]},
        ):
            assert page.patch("/v1/account", json=bad).status_code == 422
        assert page.get("/v1/users/ada").json()["bio"] == "I weave."
    with server.client(server.key_of("ada", frozenset({Scope.RUN}))) as key:
        assert key.patch("/v1/account", json={"bio": "stolen"}).status_code == 403


def test_an_export_holds_what_is_ones_own_and_no_secret(served: tuple[LiveServer, Platform], tmp_path: Path) -> None:
    server, platform = served
    server.call(platform.make_user("ada", credits_micros=500_000))
    server.call(platform.make_user("bob", credits_micros=1))
    secret = server.key_of("ada")
    with server.client(secret) as client:
        _publish(client, bundle(tmp_path / "b.zip"))
        client.post("/v1/models/ada/fields/reports", json={"reason": "other", "details": "A word of mine."})
        reply = client.get("/v1/account/export")
    assert "attachment" in reply.headers["content-disposition"]
    assert secret not in reply.text
    assert "bob" not in reply.text
    found = json.loads(reply.text)
    assert [model["name"] for model in found["models"]] == ["fields"]
    assert [key["name"] for key in found["keys"]] == ["test"]
    assert [entry["amount"]["micros"] for entry in found["statement"]] == [500_000]
    assert found["account"][0]["email"] == "ada@example.org"
    assert [(report["name"], report["details"]) for report in found["reports"]] == [("fields", "A word of mine.")]
    with server.client(server.key_of("ada", frozenset({Scope.KEYS}))) as weak:
        assert weak.get("/v1/account/export").status_code == 403


def test_a_browser_deletes_its_account_and_is_logged_out(served: tuple[LiveServer, Platform]) -> None:
    server, _ = served
    server.register("ada")
    with server.browser("ada") as page:
        assert page.request("DELETE", "/v1/account", json={}).status_code == 422
        assert page.request("DELETE", "/v1/account", json={"password": PASSWORD}).status_code == 204
        assert page.get("/v1/account").status_code == 401
        assert page.get("/v1/users/ada").status_code == 404


def test_an_upload_is_sent_in_parts_over_http(served: tuple[LiveServer, Platform], tmp_path: Path) -> None:
    server, platform = served
    server.call(platform.make_user("ada"))
    server.call(platform.make_user("bob"))
    with server.client(server.key_of("ada")) as ada, server.client(server.key_of("bob")) as bob:
        begun = ada.post("/v1/uploads", json={"file_name": "b.zip", "size_bytes": 10_000}).json()
        where = f"/v1/uploads/{begun['id']}"
        assert bob.put(f"{where}?offset=0", content=b"x").status_code == 404
        assert ada.put(f"{where}?offset=0", content=b"x" * (begun["chunk_bytes"] + 1)).status_code == 413
        assert ada.put(f"{where}?offset=0", content=b"x" * 100).json()["received_bytes"] == 100
        late = ada.put(f"{where}?offset=0", content=b"x" * 100)
        assert (late.status_code, late.json()["facts"]["received_bytes"]) == (409, 100)
        assert ada.put(f"{where}?offset=-1", content=b"x").status_code == 422
        assert ada.post(f"{where}/inspect").status_code == 409
        assert ada.post(f"{where}/publish", json={"name": "fields"}).json()["code"] == "upload_incomplete"
        assert bob.delete(where).status_code == 404
        assert ada.delete(where).status_code == 204
        assert _publish(ada, bundle(tmp_path / "b.zip"))["status"] == "uploaded"
        own = ada.get("/v1/creator/models").json()["results"]
        assert [(each["model"]["name"], each["runs"], each["newest_version"]["status"]) for each in own] == [("fields", 0, "uploaded")]  # fmt: skip
        stats = ada.get("/v1/creator/models/fields/stats?days=7").json()
        assert len(stats["days"]) == 7
        assert bob.get("/v1/creator/models/fields/stats").status_code == 404
        assert ada.get("/v1/creator/models/fields/stats?days=100000").status_code == 422
        checked = ada.post("/v1/manifests/check", json={"yaml": "name: Bad Name\npipeline: tensor\n"}).json()
    assert {problem["field"] for problem in checked["problems"]} >= {"name", "graphs", "license"}


def test_what_is_for_operators_is_for_nobody_else(served: tuple[LiveServer, Platform]) -> None:
    server, platform = served
    server.call(platform.make_user("ada"))
    server.register("boss", operator=True)
    weak = frozenset(Scope) - {Scope.OPERATE}
    with server.client(server.key_of("ada")) as ada, server.client(server.key_of("boss", weak)) as key:
        for method, path in OPERATORS_ONLY:
            assert ada.request(method, path).status_code == 403, path
            assert key.request(method, path).status_code == 403, path
    with server.client() as nobody:
        assert [nobody.request(method, path).status_code for method, path in OPERATORS_ONLY] == [401, 401, 401]


def test_an_operator_sees_how_everything_is_and_finds_users(served: tuple[LiveServer, Platform]) -> None:
    server, platform = served
    server.register("boss", operator=True)
    for handle in ("ada", "bob", "adam"):
        server.call(platform.make_user(handle))
    with server.client(server.key_of("boss")) as boss:
        assert boss.post("/v1/operator/books/check").json()["balanced"] is True
        overview = boss.get("/v1/operator/overview").json()
        first = boss.get("/v1/users?limit=3").json()
        second = boss.get(first["next"]).json()
        found = boss.get("/v1/users?query=ADA").json()["results"]
        assert boss.get("/v1/users?query=%25").json()["results"] == []
        assert boss.get("/v1/users?cursor=nonsense").status_code == 422
    assert overview["users"] == {
        "total": 4,
        "creators": 4,
        "operators": 1,
        "disabled": 0,
        "new_24h": 4,
        "active_24h": 0,
    }
    assert overview["books"]["balanced"] is True
    assert overview["models"] == {"private": 0, "unlisted": 0, "public": 0}
    assert overview["storage"]["disk_free_bytes"] > 0
    assert [user["username"] for user in first["results"] + second["results"]] == ["adam", "bob", "ada", "boss"]
    assert second["next"] is None
    assert {user["username"] for user in found} == {"ada", "adam"}


def _publish(client, file: Path) -> dict[str, str]:  # type: ignore[no-untyped-def]
    content = file.read_bytes()
    begun = client.post("/v1/uploads", json={"file_name": file.name, "size_bytes": len(content)}).json()
    where = f"/v1/uploads/{begun['id']}"
    while begun["received_bytes"] < len(content):
        at = begun["received_bytes"]
        begun = client.put(f"{where}?offset={at}", content=content[at : at + begun["chunk_bytes"]]).json()
    published = client.post(f"{where}/publish", json={"name": "fields"})
    assert published.status_code == 201, published.text
    return published.json()
