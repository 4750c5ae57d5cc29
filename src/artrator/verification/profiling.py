"""Measure the graphs of versions on this device, keep what was found, and say how they are to be run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.profile import GraphPlan, Plans, Profiles, plan_of
from artrator.engine.fleet import InputValue
from artrator.engine.machine import device_name, runtime_name
from artrator.engine.settings import EngineSettings, cores
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import ArtratorError, NotFound, Unavailable
from artrator.kernel.ids import Digest
from artrator.verification.case import Case, GraphUnreadable
from artrator.verification.finding import Performance, Place
from artrator.verification.profile_store import find_profile, put_profile, unmeasured
from artrator.verification.rehearsal_inputs import rehearsal_inputs
from artrator.verification.settings import VerificationSettings

PROFILE_JOB = "profile_version"
PROFILE_LOCK = "profile"
"""One at a time: two that measure at once would measure each other."""
JOB_PRIORITY = -10
log = logging.getLogger(__name__)


class Profiling:
    """Profiles by version, runtime and device.

    place: what is measured with and on; left out, this process's own.
    """

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        catalog: Catalog,
        *,
        examiner: Examiner,
        settings: VerificationSettings,
        engine: EngineSettings,
        place: Place | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._database, self._queue, self._catalog, self._examiner = database, queue, catalog, examiner
        self._settings, self._engine, self._clock = settings, engine, clock
        self._place = place or Place(runtime=runtime_name(), device=device_name())

    async def plans_of(self, digest: Digest) -> Plans:
        """Tell how to run a version's graphs on this device; nothing of what was not measured here. Raises: Unavailable."""
        async with self._database.unit_of_work() as connection:
            found = await find_profile(connection, digest, self._place)
        return {} if found is None else self._plans(found[0])

    async def measured(self, digest: Digest) -> Performance | None:
        """Give what was measured of a version here, or else last elsewhere; None where nothing was."""
        async with self._database.unit_of_work() as connection:
            found = await find_profile(connection, digest, self._place, elsewhere=True)
        if found is None or not found[0]:
            return None
        profiles, place = found
        return Performance(place=place, profiles=profiles, plans=self._plans(profiles))

    async def defer_missing(self) -> int:
        """Queue the versions that passed and were not measured with this runtime on this device; tell how many."""
        if not self._settings.profile_s:
            return 0
        async with self._database.unit_of_work() as connection:
            missing = await unmeasured(connection, self._place)
            for digest, batchable in missing:
                arguments = {"digest": digest, "batchable": batchable}
                await self._queue.defer(connection, PROFILE_JOB, arguments, lock=PROFILE_LOCK, priority=JOB_PRIORITY)
        return len(missing)

    async def profile(self, digest: Digest, *, batchable: bool) -> None:
        """Measure a version unless it was measured here already. Raises: Unavailable."""
        try:
            async with self._catalog.installed(digest) as bundle:
                case = Case(
                    folder=bundle.folder,
                    digest=digest,
                    manifest=bundle.manifest,
                    examiner=self._examiner,
                    settings=self._settings,
                )
                await self.measure(case, batchable=batchable)
        except NotFound:
            log.info("version %s is gone before it was measured", digest[:12])

    async def measure(self, case: Case, *, batchable: bool) -> None:
        """Measure the graphs of a version that passed; what cannot be measured is noted as such. Raises: Unavailable."""
        async with self._database.unit_of_work() as connection:
            known = await find_profile(connection, case.digest, self._place)
        if known is not None or not self._settings.profile_s:
            return
        profiles: Profiles = {}
        try:
            # a LoRA runs its base's graphs, which are measured as the base's
            profiles = {} if case.manifest.lora is not None else await self._profiles(case, batchable=batchable)
        except Unavailable:
            raise
        except (ArtratorError, GraphUnreadable) as error:
            log.warning("version %s cannot be measured: %s", case.digest[:12], error)
        async with self._database.unit_of_work() as connection:
            await put_profile(connection, case.digest, self._place, profiles, self._clock())

    async def _profiles(self, case: Case, *, batchable: bool) -> Profiles:
        inputs = await self._inputs(case)
        settings = self._settings
        return await self._examiner.profile(
            case.bundle_as(batchable=batchable),
            inputs,
            budget_s=settings.profile_s,
            wall_clock_s=settings.profile_s + settings.rehearsal_wall_clock_s,
            memory_bytes=settings.rehearsal_memory_bytes,
        )

    async def _inputs(self, case: Case) -> Mapping[str, InputValue]:
        facts = await case.facts()
        specs = {spec.name: spec for spec in facts[case.manifest.graph].inputs}
        return (await asyncio.to_thread(rehearsal_inputs, case.manifest, case.folder, specs))[0]

    def _plans(self, profiles: Profiles) -> Plans:
        engine = self._engine
        plans: dict[str, GraphPlan] = {}
        for role, profile in profiles.items():
            plans[role] = plan_of(
                profile,
                max_batch=engine.max_batch,
                max_threads=cores(),
                call_memory_bytes=engine.call_memory_bytes,
            )
        return plans
