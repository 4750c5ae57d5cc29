"""The public report on the wire."""

from __future__ import annotations

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from tests.bundle import graphs
from tests.verification.uploads import Atelier

from artrator.identity.service import Identity
from artrator.identity.user import User
from artrator.verification.routes import router
from artrator.verification.service import Verification
from artrator.verification.verify import CHECKS
from artrator.wire.provide import Services


async def test_anybody_reads_what_was_found_of_a_listed_version(
    verification: Verification, identity: Identity, uploads: Atelier, atelier: User
) -> None:
    version = await uploads.upload(atelier, "fields", graphs.latent_to_image())
    await verification.verify(version.model_id, version.digest)
    app = FastAPI()
    app.state.services = Services()
    app.state.services.add(verification)
    app.state.services.add(identity)
    app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://testserver") as client:
        reply = await client.get(f"/v1/models/atelier/fields/versions/{version.digest}/verification")
    body = reply.json()
    assert reply.status_code == 200
    assert (body["status"], body["version"]) == ("passed", version.digest)
    assert [finding["check"] for finding in body["findings"]] == list(CHECKS)
    assert body["findings"][-1]["measured"]["batchable"] is True
