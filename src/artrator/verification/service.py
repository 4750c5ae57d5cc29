"""Verification of uploaded versions: a durable job that keeps what it found, and the public report."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.errors import version_not_found
from artrator.catalog.model import Model, Version, VersionStatus
from artrator.catalog.publishing import VERIFY_JOB
from artrator.catalog.service import Catalog
from artrator.catalog.store import find_model
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.examination.examine import Examiner
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Conflict, Invalid, Unavailable
from artrator.kernel.ids import Digest, ModelId
from artrator.verification import store
from artrator.verification.case import Case
from artrator.verification.finding import Finding, Report, Verdict, current_runtime
from artrator.verification.profiling import Profiling
from artrator.verification.settings import VerificationSettings
from artrator.verification.store import Troubled, Waiting
from artrator.verification.verify import CHECKS, run_checks
from artrator.wire.page import Page, read_cursor, write_cursor

OnPassed = Callable[[AsyncConnection, ModelId, Digest], Awaitable[None]]

_OPEN = (VersionStatus.UPLOADED, VersionStatus.VERIFYING, VersionStatus.PASSED)
"""A version that passed is open too: it is verified again when the runtime changes."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
log = logging.getLogger(__name__)
_MAX_MOMENT = 2**57  # microseconds, the year 6533


class Verification:
    """Verify versions and tell what was found.

    missing_protections: what the sandbox lacks on this system. While it lacks any, versions of owners who are not
    operators themselves wait for an operator's consent before anything of theirs is loaded.
    on_passed: told of every version that passes, in the unit of work that says so.
    profiling: measures what passes, before it is listed; None measures nothing.
    """

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        catalog: Catalog,
        examiner: Examiner,
        settings: VerificationSettings,
        *,
        missing_protections: Sequence[str] = (),
        on_passed: OnPassed | None = None,
        profiling: Profiling | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._queue = queue
        self._catalog = catalog
        self._examiner = examiner
        self._settings = settings
        self._missing = tuple(missing_protections)
        self._on_passed = on_passed
        self._profiling = profiling
        self._clock = clock

    async def verify(self, model_id: ModelId, digest: Digest) -> None:
        """Make the checks that are not made yet, and set the version's status.

        Raises: Unavailable where the machine is at fault; called again, it goes on where it stopped.
        """
        if not await self._begin(model_id, digest):
            return
        runtime = current_runtime()
        async with self._database.unit_of_work() as connection:
            stored = await store.list_findings(connection, model_id, digest)
        async with self._catalog.installed(digest) as bundle:
            case = Case(
                folder=bundle.folder,
                digest=digest,
                manifest=bundle.manifest,
                examiner=self._examiner,
                settings=self._settings,
                base=bundle.base,
                listed_elsewhere=lambda: self._listed_elsewhere(model_id, digest),
            )
            case.findings.update({finding.check: finding for finding, made_with in stored if made_with == runtime})
            report = await run_checks(case, lambda finding: self._keep(model_id, digest, finding, runtime))
            await self._measure(case, report)
        await self._finish(model_id, digest, report)

    async def report(self, owner: str, name: str, digest: Digest, viewer: User | None) -> tuple[Version, Report]:
        """Give a version's findings so far. Those of a version that has not passed are its owner's and operators' alone.

        Raises: NotFound.
        """
        async with self._database.unit_of_work() as connection:
            model, version = await self._find(connection, owner, name, digest)
            is_theirs = viewer is not None and (viewer.id == model.owner_id or viewer.is_operator)
            is_public = model.is_visible_to(None) and version.status is VersionStatus.PASSED
            if not is_theirs and not is_public:
                raise version_not_found()
            stored = await store.list_findings(connection, model.id, digest)
        order = list(CHECKS)
        ordered = sorted(stored, key=lambda each: order.index(each[0].check) if each[0].check in order else len(order))
        runtime = ordered[-1][1] if ordered else current_runtime()
        measured = None if self._profiling is None else await self._profiling.measured(digest)
        return version, Report(findings=tuple(finding for finding, _ in ordered), runtime=runtime, measured=measured)

    async def waiting(self) -> Sequence[Waiting]:
        """List the versions that wait for an operator's consent, the oldest first."""
        async with self._database.unit_of_work() as connection:
            return await store.list_waiting(connection)

    async def troubled(self, statuses: Sequence[VersionStatus], *, cursor: str | None, limit: int) -> Page[Troubled]:
        """List versions of some statuses with what failed, the newest first. Raises: Invalid."""
        before = None if cursor is None else _read_cursor(cursor)
        async with self._database.unit_of_work() as connection:
            found = await store.list_troubled(connection, statuses, before=before, limit=limit + 1)
        shown = found[:limit]
        more = len(found) > limit
        return Page(rows=shown, next_cursor=_write_cursor(shown[-1]) if more else None)

    async def consent(self, operator: User, owner: str, name: str, digest: Digest) -> Version:
        """Let a waiting version be verified although the sandbox lacks a protection. Raises: NotFound, Conflict."""
        async with self._database.unit_of_work() as connection:
            model, version = await self._find(connection, owner, name, digest)
            if version.status is not VersionStatus.AWAITING_CONSENT:
                message = f"This version is {version.status.value}; it waits for no consent."
                raise Conflict("consent_not_awaited", message, status=version.status.value)
            await store.put_consent(connection, model.id, digest, operator.id, self._clock())
            await self._catalog.set_status(connection, digest, VersionStatus.UPLOADED, model_id=model.id)
            await self._defer(connection, model.id, digest)
        return replace(version, status=VersionStatus.UPLOADED)

    async def verify_outdated(self) -> int:
        """Queue the versions that passed with another runtime than this; tell how many. They stay listed meanwhile."""
        async with self._database.unit_of_work() as connection:
            versions = await store.outdated(connection, current_runtime())
            for model_id, digest in versions:
                await self._defer(connection, model_id, digest)
        return len(versions)

    async def _find(self, connection: AsyncConnection, owner: str, name: str, digest: Digest) -> tuple[Model, Version]:
        model = await find_model(connection, owner, name)
        version = None if model is None else await self._catalog.find_version(connection, model.id, digest)
        if model is None or version is None:
            raise version_not_found()
        return model, version

    async def _defer(self, connection: AsyncConnection, model_id: ModelId, digest: Digest) -> None:
        arguments = {"model_id": model_id, "digest": digest}
        await self._queue.defer(connection, VERIFY_JOB, arguments, lock=f"verify:{digest}")

    async def _begin(self, model_id: ModelId, digest: Digest) -> bool:
        async with self._database.unit_of_work() as connection:
            version = await self._catalog.find_version(connection, model_id, digest)
            if version is None or version.status not in _OPEN:
                return False
            if await self._waits_for_consent(connection, model_id, digest):
                await self._catalog.set_status(connection, digest, VersionStatus.AWAITING_CONSENT, model_id=model_id)
                return False
            if version.status is VersionStatus.UPLOADED:
                await self._catalog.set_status(connection, digest, VersionStatus.VERIFYING, model_id=model_id)
        return True

    async def _waits_for_consent(self, connection: AsyncConnection, model_id: ModelId, digest: Digest) -> bool:
        if not self._missing:
            return False
        owner = await store.owner_of(connection, model_id)
        if owner is not None and owner.is_operator:
            return False
        return not await store.has_consent(connection, model_id, digest)

    async def _listed_elsewhere(self, model_id: ModelId, digest: Digest) -> bool:
        async with self._database.unit_of_work() as connection:
            return await self._catalog.listed_by_another(connection, digest, model_id)

    async def _measure(self, case: Case, report: Report) -> None:
        """Measure a version that passed; where that cannot be done now, it is listed all the same and measured later."""
        if self._profiling is None or report.verdict is Verdict.FAILED:
            return
        try:
            await self._profiling.measure(case, batchable=report.batchable)
        except Unavailable as error:
            log.warning("version %s is not measured yet: %s", case.digest[:12], error.message)

    async def _keep(self, model_id: ModelId, digest: Digest, finding: Finding, runtime: str) -> None:
        async with self._database.unit_of_work() as connection:
            await store.put_finding(connection, model_id, digest, finding, runtime=runtime, now=self._clock())

    async def _finish(self, model_id: ModelId, digest: Digest, report: Report) -> None:
        status = VersionStatus.FAILED if report.verdict is Verdict.FAILED else VersionStatus.PASSED
        async with self._database.unit_of_work() as connection:
            await self._catalog.set_status(connection, digest, status, model_id=model_id, batchable=report.batchable)
            if status is VersionStatus.PASSED and self._on_passed is not None:
                await self._on_passed(connection, model_id, digest)


def _write_cursor(last: Troubled) -> str:
    return write_cursor(((last.created_at - _EPOCH) // timedelta(microseconds=1), last.digest))


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    moment, digest = read_cursor(cursor, length=2)
    if not isinstance(moment, int) or not isinstance(digest, str) or not 0 <= moment < _MAX_MOMENT or "\0" in digest:
        raise Invalid("cursor_malformed", "This cursor is not of this list; start from the first page.", field="cursor")
    return _EPOCH + timedelta(microseconds=moment), digest
