"""Identity over HTTP: what a browser may do, what another site's page may not, and what keys may do."""

from __future__ import annotations

from ipaddress import ip_network

import httpx
import pytest
from tests.servers import PASSWORD, LiveServer, identity_services, serving

from artrator.http.settings import HttpSettings
from artrator.identity.scope import Scope


def _code(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status_code, reply.json()["code"]


def _register(client: httpx.Client, email: str, handle: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/v1/users", json={"email": email, "password": password, "handle": handle})


def _login(
    client: httpx.Client, email: str = "ada@example.org", password: str = PASSWORD, **more: dict[str, str]
) -> httpx.Response:
    return client.post("/v1/sessions", json={"email": email, "password": password}, **more)


def test_a_person_registers_logs_in_and_is_known(live_server: LiveServer) -> None:
    with live_server.client() as client:
        assert _register(client, "Ada@Example.org", "ada").status_code == 202
        assert _login(client).status_code == 201
        account = client.get("/v1/account").json()
    assert (account["type"], account["username"], account["name"]) == ("user", "ada", "ada")
    assert (account["email"], account["roles"]) == ("ada@example.org", ["user"])


def test_a_registration_is_answered_alike_whether_or_not_the_email_is_known(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client() as client:
        known, unknown = _register(client, "ada@example.org", "eve"), _register(client, "new@example.org", "newcomer")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_a_log_in_is_refused_alike_whether_or_not_the_email_is_known(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client() as client:
        known = _login(client, password="a wrong password")
        unknown = _login(client, "nobody@example.org", "a wrong password")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert _code(known) == (401, "login_failed")


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client() as client:
        cookies = {each.partition("=")[0]: each for each in _login(client).headers.get_list("set-cookie")}
    session = cookies["artrator_session"].lower()
    assert "httponly" in session
    assert "samesite=lax" in session
    assert "path=/" in session
    assert "domain" not in session
    assert "httponly" not in cookies["artrator_csrf"].lower()


def test_a_cookie_that_was_planted_before_the_log_in_is_worth_nothing(live_server: LiveServer) -> None:
    live_server.register("ada")
    live_server.register("eve")
    with live_server.browser("eve") as eve:
        planted = eve.cookies["artrator_session"]
    for fixed in (planted, "A" * 43):
        with live_server.client(cookies={"artrator_session": fixed}) as victim:
            reply = _login(victim)
            assert reply.cookies["artrator_session"] != fixed
        with live_server.client(cookies={"artrator_session": fixed}) as attacker:
            reply = attacker.get("/v1/account")
            assert reply.status_code == 401 or reply.json()["username"] == "eve"


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_a_cookie_alone_changes_nothing(live_server: LiveServer, token: str | None) -> None:
    live_server.register("ada")
    with live_server.browser("ada") as browser:
        del browser.headers["X-CSRF-Token"]
        headers = {} if token is None else {"X-CSRF-Token": token.encode("latin-1")}
        reply = browser.post("/v1/keys", json={"name": "stolen"}, headers=headers)
        assert _code(reply) == (403, "csrf_token_invalid")
        assert browser.get("/v1/keys").json() == {"results": []}


def test_the_csrf_token_of_another_session_is_refused(live_server: LiveServer) -> None:
    live_server.register("ada")
    live_server.register("eve")
    with live_server.browser("ada") as ada, live_server.browser("eve") as eve:
        reply = ada.post("/v1/keys", json={"name": "x"}, headers={"X-CSRF-Token": eve.headers["X-CSRF-Token"]})
    assert _code(reply) == (403, "csrf_token_invalid")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_is_refused_even_with_the_token(live_server: LiveServer, headers: dict[str, str]) -> None:
    live_server.register("ada")
    with live_server.browser("ada") as browser:
        assert _code(browser.post("/v1/keys", json={"name": "x"}, headers=headers)) == (403, "origin_foreign")
    with live_server.client() as stranger:
        assert _code(_login(stranger, headers=headers)) == (403, "origin_foreign")


def test_our_own_page_makes_a_key_and_the_key_works(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.browser("ada") as browser:
        browser.headers["X-CSRF-Token"] = browser.get("/v1/sessions/current").json()["csrf_token"]
        made = browser.post(
            "/v1/keys", json={"name": "script"}, headers={"Origin": live_server.url, "Sec-Fetch-Site": "same-origin"}
        )
        assert made.status_code == 201
        listed = browser.get("/v1/keys")
    assert made.json()["key"]["scopes"] == ["keys", "publish", "run", "wallet"]
    assert made.json()["secret"] not in listed.text
    for kind in ("Bearer", "Token", "bearer"):
        with live_server.client() as client:
            reply = client.get("/v1/account", headers={"Authorization": f"{kind} {made.json()['secret']}"})
            assert reply.json()["username"] == "ada"


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "art_x", "Bearer art_\xff", ""])
def test_a_malformed_credential_is_refused_and_never_overlooked(live_server: LiveServer, header: str) -> None:
    live_server.register("ada")
    with live_server.browser("ada") as browser:
        reply = browser.get("/v1/account", headers={"Authorization": header.encode("latin-1")})
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_key_cannot_make_a_stronger_key(live_server: LiveServer) -> None:
    live_server.register("ada")
    weak = live_server.key_of("ada", frozenset({Scope.KEYS, Scope.RUN}))
    with live_server.client(weak) as client:
        assert _code(client.post("/v1/keys", json={"name": "x", "scopes": ["wallet"]})) == (403, "scope_missing")
        assert client.post("/v1/keys", json={"name": "x", "scopes": ["run"]}).status_code == 201


def test_a_key_without_the_scope_is_refused(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client(live_server.key_of("ada", frozenset({Scope.RUN}))) as client:
        assert _code(client.get("/v1/keys")) == (403, "scope_missing")
        assert client.get("/v1/account").status_code == 200


def test_only_an_operator_disables_others(live_server: LiveServer) -> None:
    live_server.register("ada")
    live_server.register("keeper", operator=True)
    with live_server.client(live_server.key_of("ada")) as client:
        assert _code(client.post("/v1/users/keeper/disable")) == (403, "operator_only")
    with live_server.client(live_server.key_of("keeper", frozenset({Scope.RUN}))) as client:
        assert _code(client.post("/v1/users/ada/disable")) == (403, "scope_missing")
    with live_server.client(live_server.key_of("keeper")) as client:
        assert client.post("/v1/users/ada/disable").status_code == 204
        assert _code(client.post("/v1/users/keeper/disable")) == (409, "own_account")


def test_logging_out_ends_the_session_and_clears_the_cookie(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.browser("ada") as browser:
        token = browser.cookies["artrator_session"]
        assert browser.delete("/v1/sessions/current").status_code == 204
        assert "artrator_session" not in browser.cookies
    with live_server.client(cookies={"artrator_session": token}) as thief:
        assert thief.get("/v1/account").status_code == 401


def test_a_user_sees_their_browsers_and_ends_one(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.browser("ada") as here, live_server.browser("ada") as there:
        sessions = here.get("/v1/sessions").json()["results"]
        (other,) = [each for each in sessions if not each["is_current"]]
        assert here.delete(f"/v1/sessions/{other['id']}").status_code == 204
        assert there.get("/v1/account").status_code == 401
        assert here.get("/v1/account").status_code == 200


def test_a_user_becomes_a_creator(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client(live_server.key_of("ada")) as client:
        assert client.post("/v1/account/creator").json()["roles"] == ["creator", "user"]
        assert client.get("/v1/users/ada").json()["is_creator"]


def test_what_is_public_of_a_user_is_not_their_email(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.client() as client:
        assert "example.org" not in client.get("/v1/users/ada").text


def test_a_password_is_changed_with_the_old_one_only(live_server: LiveServer) -> None:
    live_server.register("ada")
    with live_server.browser("ada") as browser:
        body = {"current_password": "a wrong password", "new_password": "eight walks by the lake"}
        assert _code(browser.post("/v1/account/password", json=body)) == (422, "password_wrong")
        body["current_password"] = PASSWORD
        assert browser.post("/v1/account/password", json=body).status_code == 204
    with live_server.client() as client:
        assert _login(client).status_code == 401
        assert _login(client, password="eight walks by the lake").status_code == 201


def test_a_browser_behind_https_gets_host_bound_secure_cookies(dsn: str) -> None:
    settings = HttpSettings(trusted_proxies=(ip_network("127.0.0.0/8"),))
    with serving(lambda: identity_services(dsn), settings) as server:
        server.register("ada")
        with server.client(headers={"X-Forwarded-Proto": "https"}) as client:
            reply = _login(client)
            cookies = reply.headers.get_list("set-cookie")
            assert all(each.startswith("__Host-artrator_") and "Secure" in each for each in cookies)
            assert reply.headers["strict-transport-security"]
            plain = {"Cookie": "artrator_session=" + reply.cookies["__Host-artrator_session"]}
            assert client.get("/v1/account", headers=plain).status_code == 401
