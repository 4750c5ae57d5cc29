"""The durable jobs of verification."""

from __future__ import annotations

from artrator.catalog.publishing import VERIFY_JOB
from artrator.db.queue import JobQueue
from artrator.kernel.ids import Digest, ModelId
from artrator.verification.profiling import PROFILE_JOB, Profiling
from artrator.verification.service import Verification


def register(queue: JobQueue, verification: Verification, profiling: Profiling) -> None:
    """Name the handlers of the job that publishing defers and of the one that measures what was listed before."""

    async def verify_version(*, model_id: str, digest: str) -> None:
        await verification.verify(ModelId(model_id), Digest(digest))

    async def profile_version(*, digest: str, batchable: bool) -> None:
        await profiling.profile(Digest(digest), batchable=batchable)

    queue.register(VERIFY_JOB, verify_version, max_attempts=10)
    queue.register(PROFILE_JOB, profile_version)
