"""The durable job: what it finds is kept as it is found, and decides what may be listed."""

from __future__ import annotations

import asyncio

import pytest
from tests.bundle import graphs
from tests.verification.attack_builders import not_finite
from tests.verification.uploads import Atelier

from artrator.catalog.changes import listen_for_changes
from artrator.catalog.model import Version, VersionStatus, Visibility
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.examination.examine import Examiner
from artrator.identity.service import Identity
from artrator.identity.user import Role, User
from artrator.kernel.errors import Conflict, NotFound
from artrator.verification import store
from artrator.verification.finding import Verdict, current_runtime, passed
from artrator.verification.profiling import Profiling
from artrator.verification.remark import remark
from artrator.verification.service import Verification
from artrator.verification.settings import VerificationSettings
from artrator.verification.steps import register
from artrator.verification.verify import CHECKS


async def status_of(database: Database, catalog: Catalog, version: Version) -> VersionStatus:
    async with database.unit_of_work() as connection:
        found = await catalog.find_version(connection, version.model_id, version.digest)
    assert found is not None
    return found.status


async def test_an_uploaded_version_is_verified_by_its_job_and_then_listed(
    database: Database,
    queue: JobQueue,
    catalog: Catalog,
    verification: Verification,
    profiling: Profiling,
    uploads: Atelier,
    atelier: User,
) -> None:
    register(queue, verification, profiling)
    version = await uploads.upload(atelier, "fields", graphs.latent_to_image())
    changed = asyncio.Event()
    tasks = (
        asyncio.create_task(queue.work(concurrency=1)),
        asyncio.create_task(listen_for_changes(database.dsn, lambda _: changed.set())),
    )
    async with asyncio.timeout(60):
        while await status_of(database, catalog, version) is not VersionStatus.PASSED:
            await changed.wait()
            changed.clear()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    listed = await catalog.get_model("atelier", "fields", None)
    _, report = await verification.report("atelier", "fields", version.digest, None)
    assert listed.model.visibility is Visibility.PUBLIC
    assert [finding.check for finding in report.findings] == list(CHECKS)
    assert report.verdict in (Verdict.PASSED, Verdict.WARNED)


async def test_a_version_that_fails_is_never_listed_and_only_its_owner_reads_why(
    database: Database, catalog: Catalog, verification: Verification, uploads: Atelier, atelier: User, visitor: User
) -> None:
    version = await uploads.upload(atelier, "broken", not_finite())
    await verification.verify(version.model_id, version.digest)
    assert await status_of(database, catalog, version) is VersionStatus.FAILED
    _, report = await verification.report("atelier", "broken", version.digest, atelier)
    assert {finding.check for finding in report.findings if finding.verdict is Verdict.FAILED} == {"weights_finite"}
    with pytest.raises(NotFound):
        await verification.report("atelier", "broken", version.digest, visitor)


async def test_a_job_that_runs_again_keeps_what_it_had_found(
    database: Database, verification: Verification, uploads: Atelier, atelier: User
) -> None:
    version = await uploads.upload(atelier, "again", graphs.tensors())
    kept = passed("structure", remark("structure_sound", "Found before the server was killed.", files=3))
    async with database.unit_of_work() as connection:
        await store.put_finding(
            connection, version.model_id, version.digest, kept, runtime=current_runtime(), now=version.created_at
        )
    await verification.verify(version.model_id, version.digest)
    _, report = await verification.report("atelier", "again", version.digest, atelier)
    assert report.findings[0] == kept
    assert len(report.findings) == len(CHECKS)


async def test_what_an_older_runtime_found_is_found_again(
    database: Database, verification: Verification, uploads: Atelier, atelier: User
) -> None:
    version = await uploads.upload(atelier, "old", graphs.tensors())
    await verification.verify(version.model_id, version.digest)
    assert await verification.verify_outdated() == 0
    async with database.unit_of_work() as connection:
        stale = passed("structure", remark("structure_sound", "Found with an older runtime."))
        await store.put_finding(
            connection, version.model_id, version.digest, stale, runtime="onnxruntime 0.1", now=version.created_at
        )
    assert await verification.verify_outdated() == 1
    await verification.verify(version.model_id, version.digest)
    _, report = await verification.report("atelier", "old", version.digest, None)
    assert report.findings[0].reason != stale.reason


async def test_files_that_another_owner_has_listed_fail(
    database: Database, catalog: Catalog, verification: Verification, uploads: Atelier, atelier: User, visitor: User
) -> None:
    original = await uploads.upload(atelier, "mine", graphs.tensors())
    await verification.verify(original.model_id, original.digest)
    copy = await uploads.upload(visitor, "mine", graphs.tensors())
    assert copy.digest == original.digest
    await verification.verify(copy.model_id, copy.digest)
    assert await status_of(database, catalog, copy) is VersionStatus.FAILED
    assert await status_of(database, catalog, original) is VersionStatus.PASSED


async def test_without_a_whole_sandbox_a_stranger_waits_for_consent_and_an_operator_does_not(
    database: Database,
    queue: JobQueue,
    catalog: Catalog,
    examiner: Examiner,
    limits: VerificationSettings,
    identity: Identity,
    uploads: Atelier,
    atelier: User,
) -> None:
    bare = Verification(database, queue, catalog, examiner, limits, missing_protections=("filesystem",))
    operator = await identity.register(
        "keeper@example.org", "seven walks by the sea", "keeper", roles=[Role.CREATOR, Role.OPERATOR]
    )
    theirs = await uploads.upload(atelier, "theirs", graphs.tensors())
    own = await uploads.upload(operator, "own", graphs.image_to_image())
    for version in (theirs, own):
        await bare.verify(version.model_id, version.digest)
    assert await status_of(database, catalog, theirs) is VersionStatus.AWAITING_CONSENT
    assert await status_of(database, catalog, own) is VersionStatus.PASSED
    assert [each.name for each in await bare.waiting()] == ["theirs"]
    await bare.consent(operator, "atelier", "theirs", theirs.digest)
    await bare.verify(theirs.model_id, theirs.digest)
    assert await status_of(database, catalog, theirs) is VersionStatus.PASSED
    with pytest.raises(Conflict):
        await bare.consent(operator, "atelier", "theirs", theirs.digest)
