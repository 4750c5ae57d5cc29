"""The public report on the wire."""

from __future__ import annotations

import math

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from tests.bundle import graphs
from tests.catalog.conftest import PASSWORD
from tests.verification.uploads import Atelier

from artrator.catalog.model import VersionStatus
from artrator.catalog.service import Catalog
from artrator.db.database import Database
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
    licence = next(finding for finding in body["findings"] if finding["check"] == "licence")
    assert (licence["code"], licence["facts"], licence["details"]) == ("licence_known", {"license": "MIT"}, [])


async def test_an_operator_sees_what_failed_and_why_a_page_at_a_time(
    verification: Verification,
    identity: Identity,
    uploads: Atelier,
    atelier: User,
    catalog: Catalog,
    database: Database,
) -> None:
    boss = await identity.make_admin("boss@example.org", "boss", PASSWORD)
    broken = await uploads.upload(atelier, "broken", graphs.latent_to_image(scale=math.nan))
    await verification.verify(broken.model_id, broken.digest)
    for name, status in (("sound", VersionStatus.PASSED), ("lost", VersionStatus.QUARANTINED)):
        version = await uploads.upload(atelier, name, graphs.latent_to_image(scale=len(name) / 10))
        async with database.unit_of_work() as connection:
            await catalog.set_status(connection, version.digest, status)
    app = FastAPI()
    app.state.services = Services()
    for service in (verification, identity):
        app.state.services.add(service)
    app.include_router(router)
    headers = {"Authorization": f"Bearer {(await identity.create_key(boss, 'test')).secret}"}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://testserver", headers=headers) as client:
        first = (await client.get("/v1/operator/verifications?limit=1")).json()
        second = (await client.get(first["next"])).json()
        waiting = (await client.get("/v1/operator/verifications?status=awaiting_consent")).json()
    assert [each["name"] for each in first["results"] + second["results"]] == ["lost", "broken"]
    assert (second["next"], waiting["results"]) == (None, [])
    assert "weights-finite" in [failure["check"].replace("_", "-") for failure in second["results"][0]["failures"]]
