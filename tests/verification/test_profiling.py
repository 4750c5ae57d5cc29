"""Graphs are measured when their version passes, once for each device and runtime, and run as that says."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from tests.bundle import graphs
from tests.verification.uploads import Atelier

from artrator.catalog.model import VersionStatus
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.examination.examine import Examiner
from artrator.engine.machine import device_name, runtime_name
from artrator.engine.settings import EngineSettings
from artrator.identity.user import User
from artrator.verification.finding import Place
from artrator.verification.profiling import Profiling
from artrator.verification.service import Verification
from artrator.verification.settings import VerificationSettings
from artrator.verification.steps import register
from artrator.verification.tables import version_profiles

ELSEWHERE = Place(runtime=runtime_name(), device="another machine")


@pytest.fixture
def elsewhere(
    database: Database, queue: JobQueue, catalog: Catalog, examiner: Examiner, limits: VerificationSettings
) -> Profiling:
    """The same platform on another machine."""
    return Profiling(
        database, queue, catalog, examiner=examiner, settings=limits, engine=EngineSettings(), place=ELSEWHERE
    )


async def rows(database: Database) -> int:
    async with database.unit_of_work() as connection:
        return (await connection.execute(select(func.count()).select_from(version_profiles))).scalar_one()


async def test_a_version_that_passes_is_measured_and_anybody_reads_how_it_does(
    verification: Verification, profiling: Profiling, uploads: Atelier, atelier: User
) -> None:
    version = await uploads.upload(atelier, "fields", graphs.latent_to_image())
    assert await profiling.plans_of(version.digest) == {}
    await verification.verify(version.model_id, version.digest)
    _, report = await verification.report("atelier", "fields", version.digest, None)
    assert report.measured is not None
    assert report.measured.place == Place(runtime=runtime_name(), device=device_name())
    assert report.measured.profiles.keys() == report.measured.plans.keys() == set(version.manifest.graphs)
    assert await profiling.plans_of(version.digest) == report.measured.plans


async def test_what_was_measured_on_another_machine_is_shown_but_nothing_is_run_by_it(
    verification: Verification, profiling: Profiling, elsewhere: Profiling, uploads: Atelier, atelier: User
) -> None:
    version = await uploads.upload(atelier, "fields", graphs.latent_to_image())
    await verification.verify(version.model_id, version.digest)
    assert await elsewhere.plans_of(version.digest) == {}
    shown = await elsewhere.measured(version.digest)
    assert shown is not None
    assert shown.place.device == device_name()


async def test_versions_that_passed_elsewhere_are_measured_here_by_a_job_and_only_once(
    database: Database,
    queue: JobQueue,
    verification: Verification,
    elsewhere: Profiling,
    uploads: Atelier,
    atelier: User,
) -> None:
    version = await uploads.upload(atelier, "fields", graphs.latent_to_image())
    await verification.verify(version.model_id, version.digest)
    assert await rows(database) == 1
    register(queue, verification, elsewhere)
    assert await elsewhere.defer_missing() == 1
    work = asyncio.create_task(queue.work(concurrency=1))
    async with asyncio.timeout(60):
        while not await elsewhere.plans_of(version.digest):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert await rows(database) == 2
    assert await elsewhere.defer_missing() == 0


async def test_what_cannot_be_measured_is_listed_all_the_same_and_not_tried_again(
    database: Database,
    queue: JobQueue,
    catalog: Catalog,
    examiner: Examiner,
    limits: VerificationSettings,
    uploads: Atelier,
    atelier: User,
) -> None:
    no_time = limits.model_copy(update={"profile_s": 0.001, "rehearsal_wall_clock_s": 0.001})
    hasty = Profiling(database, queue, catalog, examiner=examiner, settings=no_time, engine=EngineSettings())
    verification = Verification(database, queue, catalog, examiner, limits, profiling=hasty)
    version = await uploads.upload(atelier, "fields", graphs.latent_to_image())
    await verification.verify(version.model_id, version.digest)
    found, report = await verification.report("atelier", "fields", version.digest, None)
    assert found.status is VersionStatus.PASSED
    assert report.measured is None
    assert await rows(database) == 1
    assert await hasty.defer_missing() == 0


async def test_nothing_is_measured_where_the_operator_gives_no_time(
    database: Database,
    queue: JobQueue,
    catalog: Catalog,
    examiner: Examiner,
    limits: VerificationSettings,
    uploads: Atelier,
    atelier: User,
) -> None:
    never = limits.model_copy(update={"profile_s": 0})
    profiling = Profiling(database, queue, catalog, examiner=examiner, settings=never, engine=EngineSettings())
    verification = Verification(database, queue, catalog, examiner, never, profiling=profiling)
    version = await uploads.upload(atelier, "fields", graphs.latent_to_image())
    await verification.verify(version.model_id, version.digest)
    assert await rows(database) == 0
    assert await profiling.defer_missing() == 0
