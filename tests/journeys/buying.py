"""What journeys over several processes share: an account with credits, a published model, a run of it, its picture."""

from __future__ import annotations

from pathlib import Path

import httpx
import onnx
from tests.engine.graphs import latent_decoder
from tests.journeys.running import RunningServer, artrator

PASSWORD = "a long enough passphrase"
PRICE_MICROS, CREDIT_MICROS = 10_000, 1_000_000


def register(server: RunningServer, handle: str) -> str:
    """Make a creator's account with credits; give an API key of it."""
    with httpx.Client(base_url=server.url) as browser:
        account = {"email": f"{handle}@example.org", "password": PASSWORD}
        assert browser.post("/v1/users", json={**account, "handle": handle}).status_code == 202
        session = browser.post("/v1/sessions", json=account)
        browser.headers["X-CSRF-Token"] = session.json()["csrf_token"]
        assert browser.post("/v1/account/creator").status_code == 200
        made = browser.post("/v1/keys", json={"name": "journey", "scopes": ["run", "publish", "wallet"]})
        key = str(made.json()["secret"])
    with server.client(key) as api:
        bought = api.post(
            "/v1/wallet/top-ups", json={"amount_micros": CREDIT_MICROS}, headers={"Idempotency-Key": handle}
        )
        assert bought.status_code == 201, bought.text
    return key


def publish_decoder(server: RunningServer, key: str, folder: Path) -> None:
    """Publish `tiny-decoder` at PRICE_MICROS, and wait until it is verified and listed."""
    graph = folder / "tiny-decoder.onnx"
    onnx.save(latent_decoder(), graph)
    words = ("--license", "CC-BY-4.0", "--price", "0.01", "--public", "--wait")
    published = artrator("publish", str(graph), *words, ARTRATOR_URL=server.url, ARTRATOR_TOKEN=key)
    assert "passed and listed" in published.stdout, published.stdout + published.stderr


def run_model(api: httpx.Client, *, wait: bool) -> dict[str, object]:
    """Run hana's decoder once."""
    headers = {"Prefer": "wait"} if wait else {}
    reply = api.post("/v1/models/hana/tiny-decoder/predictions", json={"input": {"seed": 7}}, headers=headers)
    assert reply.is_success, reply.text
    return dict(reply.json())


def picture(api: httpx.Client, prediction: dict[str, object], server: RunningServer) -> bytes:
    """Fetch the output from a server that need not be the one that made it."""
    assert prediction["status"] == "succeeded", prediction
    link = httpx.URL(str(prediction["output"]))
    reply = api.get(f"{server.url}{link.raw_path.decode()}")
    assert reply.is_success, reply.text
    return reply.content
