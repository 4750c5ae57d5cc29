"""The gallery's items over HTTP: what anybody gets, what the log-in adds, and what never leaves."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from tests.gallery.items.conftest import ITEMS, Site
from tests.gallery.items.walked import PROMPTS, walked

from artrator.catalog.model import Visibility
from artrator.identity.scope import Scope
from artrator.kernel.ids import new_id

SECRET = "a prompt that nobody is to read"


def test_anybody_sees_an_item_and_opens_its_picture(site: Site) -> None:
    made = site.hung(3, title="Hills", show_input=True, prompt="three hills")
    (listed,) = site.nobody.get(ITEMS).json()["results"]
    item = site.nobody.get(f"{ITEMS}/{made['id']}").json()
    assert item == listed
    assert (item["kind"], item["title"], item["owner"], item["model"]) == ("picture", "Hills", "ada", "atelier/easel")
    assert item["input"] == {"do": "paint", "prompt": "three hills", "seed": 3}
    assert (item["likes"], item["liked"], item["mine"], item["hidden"], item["source"]) == (0, None, False, False, None)
    assert item["urls"]["web"] == f"{site.server.url}/gallery/{made['id']}"
    media = item["media"]
    assert (media["width_px"], media["height_px"], media["media_type"], media["film_url"]) == (
        400,
        200,
        "image/png",
        None,
    )
    assert site.nobody.get(media["url"]).headers["Content-Type"] == "image/png"
    assert [(each["width_px"], each["height_px"]) for each in media["thumbnails"]] == [(320, 160), (400, 200)]
    for each in (media["thumbnail_url"], *(each["url"] for each in media["thumbnails"])):
        assert site.nobody.get(each).headers["Content-Type"] == "image/webp"
    assert (made["mine"], made["liked"], made["source"]) == (
        True,
        False,
        {"prediction": item_source(made), "walk": None},
    )


def item_source(made: dict[str, object]) -> object:
    source = made["source"]
    assert isinstance(source, dict)
    return source["prediction"]


def test_a_prompt_that_is_not_shown_is_in_no_answer(site: Site) -> None:
    made = site.hung(1, prompt=SECRET)
    item = f"{ITEMS}/{made['id']}"
    site.bo.post(f"{item}/report", json={"reason": "spam"})
    replies = [
        site.nobody.get(ITEMS),
        site.nobody.get(item),
        site.bo.get(item),
        site.bo.put(f"{item}/like"),
        site.keeper.get("/v1/operator/reports"),
        site.keeper.post(f"/v1/operator/gallery/items/{made['id']}/hide"),
        site.keeper.get("/v1/operator/gallery/items/hidden"),
        site.keeper.get(item),
        site.keeper.post(f"/v1/operator/gallery/items/{made['id']}/restore"),
        site.nobody.get(f"/gallery/{made['id']}", headers={"Accept": "text/html"}),
        site.nobody.get("/gallery", headers={"Accept": "text/html"}),
    ]
    assert [reply.status_code for reply in replies] == [200] * len(replies)
    assert not any("nobody is to read" in reply.text for reply in replies)
    assert SECRET.encode() not in site.nobody.get(site.nobody.get(item).json()["media"]["url"]).content
    shown = site.ada.patch(item, json={"show_input": True}).json()
    assert shown["input"]["prompt"] == SECRET
    assert site.nobody.get(item).json()["input"]["prompt"] == SECRET
    assert site.ada.patch(item, json={"show_input": False}).json()["input"] is None
    assert site.nobody.get(item).json()["input"] is None


def test_the_link_to_a_picture_opens_nothing_else(site: Site) -> None:
    media = site.hung(1)["media"]
    other = site.server.call(site.place.run(site.place.ada, 2, picture=None)).output
    assert isinstance(media, dict)
    assert other is not None
    link = urlsplit(media["url"])
    signature = parse_qs(link.query)
    other_path = f"/blobs/{other[0].files[0].key}"
    for path, expires in ((other_path, signature["expires"][0]), (link.path, str(int(signature["expires"][0]) + 1))):
        reply = site.nobody.get(path, params={"expires": expires, "signature": signature["signature"][0]})
        assert reply.status_code == 403
    thumbnail = urlsplit(media["thumbnail_url"])
    assert site.nobody.get(f"/blobs/{link.path.removeprefix('/blobs/')}?{thumbnail.query}").status_code == 403
    assert site.nobody.get(f"{thumbnail.path}?{link.query}").status_code == 403


def test_a_shown_picture_is_an_input_of_others_runs(site: Site) -> None:
    media = site.hung(1)["media"]
    assert isinstance(media, dict)
    body = {"input": {"do": "paint", "picture": media["url"], "seed": 9}}
    run = site.bo.post("/v1/models/atelier/easel/predictions", json=body, headers={"Prefer": "wait"})
    assert run.json()["status"] == "succeeded", run.text


def test_a_model_that_became_private_is_named_to_its_owner_alone(site: Site) -> None:
    made = site.hung(1)
    site.server.call(site.place.show_model(Visibility.PRIVATE))
    item = site.nobody.get(f"{ITEMS}/{made['id']}")
    assert [item.json()[each] for each in ("model", "version", "pipeline", "license")] == [None] * 4
    assert "easel" not in item.text
    assert "easel" not in site.ada.get(f"{ITEMS}/{made['id']}").text
    key = site.server.key_of("atelier")
    with site.server.client(key) as maker:
        assert maker.get(f"{ITEMS}/{made['id']}").json()["model"] == "atelier/easel"


def test_likes_reports_and_sharing_need_a_log_in(site: Site) -> None:
    item = f"{ITEMS}/{site.hung()['id']}"
    refused = [
        site.nobody.put(f"{item}/like"),
        site.nobody.delete(f"{item}/like"),
        site.nobody.post(f"{item}/report", json={"reason": "spam"}),
        site.nobody.post(ITEMS, json={"prediction": new_id()}),
        site.nobody.patch(item, json={"title": "x"}),
        site.nobody.delete(item),
        site.nobody.get(ITEMS, params={"mine": "true"}),
        site.nobody.get(ITEMS, params={"prediction": new_id()}),
    ]
    assert [reply.status_code for reply in refused] == [401] * len(refused)


def test_a_key_without_the_scope_to_run_shares_nothing_and_operators_decide_alone(site: Site) -> None:
    made = site.hung()
    item = f"{ITEMS}/{made['id']}"
    with site.server.client(site.server.key_of("ada", frozenset({Scope.WALLET}))) as narrow:
        assert narrow.post(ITEMS, json={"prediction": site.made(5)}).status_code == 403
        assert narrow.delete(item).status_code == 403
    for client in (site.ada, site.bo):
        assert client.post(f"/v1/operator/gallery/items/{made['id']}/hide").status_code == 403
        assert client.get("/v1/operator/gallery/items/hidden").status_code == 403
    assert site.bo.patch(item, json={"title": "x"}).json()["code"] == "not_your_item"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"prediction": "a", "walk": "b"}, None),
        ({"prediction": "a", "index": -1}, "index"),
        ({"prediction": "a", "title": "nul\u0000"}, None),
        ({"prediction": "a", "colour": "red"}, "colour"),
        ({"prediction": "a", "title": 7}, "title"),
        ({"prediction": "a", "title": "a" * 121}, "title"),
    ],
)
def test_a_bad_body_is_refused(site: Site, body: dict[str, object], field: str | None) -> None:
    reply = site.ada.post(ITEMS, json=body)
    assert reply.status_code == 422, reply.text
    assert field is None or reply.json()["field"] == field


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("sort", "best"),
        ("kind", "song"),
        ("model", "easel"),
        ("model", "a/b/c"),
        ("cursor", "x"),
        ("colour", "x"),
    ],
)
def test_a_bad_filter_is_named(site: Site, name: str, value: str) -> None:
    reply = site.nobody.get(ITEMS, params={name: value})
    assert (reply.status_code, reply.json()["field"]) == (422, name)


def test_the_next_page_asks_for_the_same(site: Site) -> None:
    made = [site.hung(seed)["id"] for seed in range(5)]
    page = site.nobody.get(ITEMS, params={"model": "atelier/easel", "kind": "picture", "limit": 2}).json()
    seen = [each["id"] for each in page["results"]]
    while page["next"] is not None:
        assert "model=atelier" in page["next"]
        assert "kind=picture" in page["next"]
        page = site.nobody.get(page["next"]).json()
        seen += [each["id"] for each in page["results"]]
    assert seen == made[::-1]


def test_the_same_picture_again_answers_with_the_item_that_is_there(site: Site) -> None:
    prediction = site.made()
    first = site.ada.post(ITEMS, json={"prediction": prediction, "title": "First"})
    again = site.ada.post(ITEMS, json={"prediction": prediction, "title": "Second"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    found = site.ada.get(ITEMS, params={"prediction": prediction}).json()["results"]
    assert [each["id"] for each in found] == [first.json()["id"]]


def test_a_reported_item_is_looked_at_hidden_and_restored(site: Site) -> None:
    made = site.hung(title="<script>alert(1)</script>")
    item = f"{ITEMS}/{made['id']}"
    reported = site.bo.post(f"{item}/report", json={"reason": "harmful", "details": "Look."})
    assert reported.status_code == 201, reported.text
    assert (reported.json()["about"], reported.json()["item"], reported.json()["name"]) == ("item", made["id"], None)
    (report,) = site.keeper.get("/v1/operator/reports").json()["results"]
    assert (report["owner"], report["reporter"], report["listing"]) == ("ada", "bo", None)
    shown = report["shown"]
    assert (shown["title"], shown["hidden"], shown["kind"]) == ("<script>alert(1)</script>", False, "picture")
    assert site.nobody.get(shown["thumbnail_url"]).headers["Content-Type"] == "image/webp"
    closing = f"/v1/operator/reports/{report['id']}/close"
    assert site.keeper.post(closing, json={"action": "unlist"}).json()["code"] == "action_unfit"
    closed = site.keeper.post(closing, json={"action": "hide"}).json()
    assert (closed["action"], closed["shown"]["hidden"]) == ("hide", True)
    assert site.nobody.get(item).json()["code"] == "gallery_item_not_found"
    assert site.ada.get(item).json()["hidden"] is True
    (hidden,) = site.keeper.get("/v1/operator/gallery/items/hidden").json()["results"]
    assert hidden["id"] == made["id"]
    assert site.keeper.post(f"/v1/operator/gallery/items/{made['id']}/restore").json()["hidden"] is False
    assert site.nobody.get(item).status_code == 200


def test_liking_counts_once_and_is_taken_back(site: Site) -> None:
    item = f"{ITEMS}/{site.hung()['id']}"
    for _ in range(2):
        assert (site.bo.put(f"{item}/like").json()["likes"], site.bo.get(item).json()["liked"]) == (1, True)
    assert site.ada.put(f"{item}/like").json()["code"] == "own_item"
    for _ in range(2):
        assert (site.bo.delete(f"{item}/like").json()["likes"], site.bo.get(item).json()["liked"]) == (0, False)


def test_a_withdrawn_item_is_gone_and_its_prediction_stays(site: Site) -> None:
    made = site.hung()
    assert site.ada.delete(f"{ITEMS}/{made['id']}").status_code == 204
    assert site.ada.delete(f"{ITEMS}/{made['id']}").status_code == 404
    assert site.ada.get(f"/v1/predictions/{item_source(made)}").status_code == 200


def test_deleting_the_prediction_takes_the_item_and_its_picture_down(site: Site) -> None:
    made = site.hung()
    media = made["media"]
    assert isinstance(media, dict)
    assert site.ada.delete(f"/v1/predictions/{item_source(made)}").status_code == 204
    assert site.nobody.get(f"{ITEMS}/{made['id']}").status_code == 404
    assert [site.nobody.get(media[each]).status_code for each in ("url", "thumbnail_url")] == [404, 404]


def test_a_walk_is_shared_and_its_frames_are_opened_by_anybody(site: Site) -> None:
    walk = site.server.call(walked(site.place, site.place.ada, frames=6))
    shared = site.ada.post(ITEMS, json={"walk": walk.id, "title": "A walk"})
    assert shared.status_code == 201, shared.text
    item_id = shared.json()["id"]
    told = site.ada.get(f"/v1/walks/{walk.id}")
    assert told.status_code == 200, told.text
    assert told.json()["gallery_item"] == item_id
    item = site.nobody.get(f"{ITEMS}/{item_id}").json()
    assert (item["kind"], item["walk"], item["input"], item["show_input"]) == ("walk", None, None, False)
    assert (item["media"]["frames"], item["media"]["fps"]) == (6, 12)
    frames = site.nobody.get(f"{ITEMS}/{item_id}/frames", params={"count": 3})
    assert not any(prompt in frames.text + str(item) for prompt in PROMPTS)
    assert (frames.json()["frames"], frames.json()["fps"], frames.json()["ending"]) == (6, 12, "stop")
    assert [each["place"] for each in frames.json()["results"]] == [0.0, 0.4, 1.0]
    for each in frames.json()["results"]:
        assert site.nobody.get(each["url"]).headers["Content-Type"] == "image/png"
        assert site.nobody.get(each["thumbnail_url"]).headers["Content-Type"] == "image/webp"
    shown = site.ada.patch(f"{ITEMS}/{item_id}", json={"show_input": True}).json()["walk"]
    assert shown["keyframes"] == [{"prompt": prompt} for prompt in PROMPTS]
    assert (shown["input"], shown["frames"], shown["easing"], shown["spacing"]) == ({"seed": 1}, 6, "smooth", "even")
    assert site.bo.post(ITEMS, json={"walk": walk.id}).json()["code"] == "walk_not_found"
    for count in ("1", "241", "x"):
        refused = site.nobody.get(f"{ITEMS}/{item_id}/frames", params={"count": count})
        assert refused.json()["field"] == "count"
    assert site.ada.delete(f"/v1/walks/{walk.id}").status_code == 204
    assert site.nobody.get(f"{ITEMS}/{item_id}/frames").status_code == 404


def test_frames_of_a_hidden_walk_and_of_a_picture_are_nobodys(site: Site) -> None:
    walk = site.server.call(walked(site.place, site.place.ada))
    item_id = site.ada.post(ITEMS, json={"walk": walk.id}).json()["id"]
    site.keeper.post(f"/v1/operator/gallery/items/{item_id}/hide")
    assert site.nobody.get(f"{ITEMS}/{item_id}/frames").status_code == 404
    assert site.ada.get(f"{ITEMS}/{item_id}/frames").status_code == 200
    assert site.nobody.get(f"{ITEMS}/{site.hung(40)['id']}/frames").json()["code"] == "no_frames"
