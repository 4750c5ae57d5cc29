"""The account's and the operator's pages in a real Chromium against the real server."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.browsing import PASSWORD, Visitor, demo_password
from tests.journeys.running import RunningServer

pytestmark = pytest.mark.browser


def test_a_key_is_made_shown_once_used_over_the_api_and_revoked(visitor: Visitor) -> None:
    visitor.enter("key-maker")
    page = visitor.go("/account")
    expect(page.get_by_text("You have no keys yet.")).to_be_visible()
    page.get_by_label("Name of the key").fill("evening script")
    page.get_by_label("manage keys").check()
    page.get_by_role("button", name="Make a key").click()
    secret = page.get_by_label("Secret of the key").input_value()
    keys = f"{visitor.url}/v1/keys"
    used = httpx.get(keys, headers={"Authorization": f"Bearer {secret}"})
    assert used.status_code == 200, used.text
    assert used.json()["results"][0]["scopes"] == ["keys", "run"]
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_label("Secret of the key")).to_have_count(0)
    assert secret not in page.content()
    page.reload()
    expect(page.get_by_text(re.compile("last used"))).to_be_visible()
    page.get_by_role("button", name="Revoke the key evening script").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("You have no keys yet.")).to_be_visible()
    assert httpx.get(keys, headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert visitor.complaints == []


def test_language_and_colours_follow_the_account_to_another_device(
    visitor: Visitor, browser: Browser, demo: RunningServer
) -> None:
    email = visitor.enter("korean-reader")
    page = visitor.go("/account")
    page.get_by_text("Dark", exact=True).click()
    page.get_by_text("한국어", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("계정")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.wait_for_load_state("networkidle")
    context = browser.new_context(locale="en-US", color_scheme="light")
    elsewhere = Visitor(context, demo.url).go("/login?to=%2Faccount")
    elsewhere.get_by_label("E-mail").fill(email)
    elsewhere.get_by_label("Password", exact=False).first.fill(PASSWORD)
    elsewhere.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("계정")
    expect(elsewhere.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    context.close()


def test_a_new_password_ends_other_sessions_and_opens_the_next_one(
    visitor: Visitor, browser: Browser, demo: RunningServer
) -> None:
    email = visitor.enter("careful")
    context = browser.new_context(locale="en-US", user_agent="Mozilla/5.0 (X11; Linux) Firefox/140.0")
    elsewhere = Visitor(context, demo.url)
    elsewhere.log_in(email, PASSWORD)
    page = visitor.go("/account")
    page.get_by_label("Current password").fill("not this one at all")
    page.get_by_label("New password").fill("a lamp beside the window")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_label("Current password")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed; other sessions are ended")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^End the session of"))).to_have_count(0)
    assert context.request.get(f"{demo.url}/v1/account").status == 401
    elsewhere.log_in(email, "a lamp beside the window")
    page.reload()
    page.get_by_role("button", name=re.compile("^End the session of .*Firefox")).click()
    expect(page.get_by_text("The session is ended")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^End the session of"))).to_have_count(0)
    assert context.request.get(f"{demo.url}/v1/account").status == 401
    assert visitor.context.request.get(f"{demo.url}/v1/account").ok
    context.close()


def test_the_data_that_is_held_of_somebody_is_downloaded(visitor: Visitor) -> None:
    email = visitor.enter("archivist")
    page = visitor.go("/account")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    held = json.loads(download.value.path().read_text())
    assert held["account"][0]["email"] == email
    assert {"keys", "predictions", "statement", "reports", "showcase"} <= held.keys()
    assert PASSWORD not in json.dumps(held)


def test_an_account_is_deleted_with_its_password_after_a_warning(visitor: Visitor) -> None:
    email = visitor.enter("leaver")
    page = visitor.go("/account")
    page.get_by_role("button", name="Delete my account").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Remaining credits are given up")).to_be_visible()
    dialog.get_by_label("Your password").fill("not this one at all")
    dialog.get_by_role("button", name="Delete for ever").click()
    expect(dialog.get_by_text("The password is wrong.")).to_be_visible()
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Delete for ever").click()
    page.wait_for_url(f"{visitor.url}/")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    login = {"email": email, "password": PASSWORD}
    assert visitor.context.request.post(f"{visitor.url}/v1/sessions", data=login).status == 401


def test_the_operators_page_tells_others_whom_it_is_for(visitor: Visitor, demo: RunningServer) -> None:
    visitor.log_in("demo@example.com", demo_password(demo.home))
    page = visitor.go("/operator")
    expect(page.get_by_role("heading", name="For operators only")).to_be_visible()
    assert visitor.complaints == []


def test_an_operator_checks_the_books_and_shuts_a_user_out(visitor: Visitor, demo: RunningServer) -> None:
    email = visitor.enter("trouble-maker")
    visitor.enter_as_operator(demo.home, "keeper")
    page = visitor.go("/operator")
    page.get_by_role("button", name="Check the books").click()
    expect(page.get_by_text("The books balance").first).to_be_visible()
    page.get_by_role("searchbox").fill("trouble")
    page.get_by_role("button", name="Disable trouble-maker").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.get_by_role("button", name="Enable trouble-maker")).to_be_visible()
    refused = httpx.post(f"{visitor.url}/v1/sessions", json={"email": email, "password": PASSWORD})
    assert refused.status_code in (401, 403), refused.text
    page.get_by_role("button", name="Enable trouble-maker").click()
    expect(page.get_by_role("button", name="Disable trouble-maker")).to_be_visible()
