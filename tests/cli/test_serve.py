"""`artrator serve` for real: no default secret, an operator made at the machine, no demo data."""

from __future__ import annotations

import secrets
from pathlib import Path

import httpx
from tests.cli.conftest import Command
from tests.journeys.running import RunningServer, artrator

INVALID, CONFLICT = 3, 7


def test_serve_refuses_a_default_or_short_secret(command: Command, tmp_path: Path) -> None:
    for environment in ({}, {"ARTRATOR_SECRET_KEY": "short"}):
        done = command("serve", "--port", "0", **environment)
        assert done.returncode == INVALID
        assert "ARTRATOR_SECRET_KEY" in done.stderr
        assert "short" not in done.stderr.replace("shortest", "")
    assert not (tmp_path / "home").exists()


def test_serve_starts_empty_and_lets_the_operator_in(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = artrator("admin", "create", "--email", "root@example.org", home=home)
    assert made.returncode == 3, "root is a reserved handle"
    made = artrator("admin", "create", "--email", "root@example.org", "--handle", "head-of-house", home=home)
    assert made.returncode == 0, made.stderr
    password = made.stdout.splitlines()[-1]
    again = artrator("admin", "create", "--email", "root@example.org", "--handle", "head-of-house", home=home)
    assert again.returncode == CONFLICT
    secret = {"ARTRATOR_SECRET_KEY": secrets.token_hex(32)}
    server = RunningServer(home, verb="serve", environment=secret).start()
    with httpx.Client(base_url=server.url) as browser:
        assert browser.get("/v1/models").json()["results"] == []
        entered = browser.post("/v1/sessions", json={"email": "root@example.org", "password": password})
        assert "operator" in entered.json()["account"]["roles"]
        browser.headers["X-CSRF-Token"] = entered.json()["csrf_token"]
        assert browser.get("/v1/verification/waiting").status_code == 200
        bought = browser.post("/v1/wallet/top-ups", json={"amount_micros": 1_000_000})
        assert bought.status_code >= 400, "the sandbox provider gives nothing outside development"
    assert server.stop() == 0
