"""The real examiner, with limits that make a hostile run short."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.catalog.conftest import atelier, blobs, catalog, identity, queue, visitor
from tests.verification.uploads import Atelier

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.examination.examine import Examiner
from artrator.engine.settings import EngineSettings
from artrator.verification.profiling import Profiling
from artrator.verification.service import Verification
from artrator.verification.settings import VerificationSettings

__all__ = ["atelier", "blobs", "catalog", "identity", "queue", "visitor"]


@pytest.fixture
def examiner() -> Examiner:
    """Disposable sandboxed children."""
    return Examiner(EngineSettings(allow_unprotected=True))


@pytest.fixture
def limits() -> VerificationSettings:
    """Seconds where the platform gives a minute."""
    return VerificationSettings(rehearsal_wall_clock_s=8.0, rehearsal_memory_bytes=1536 << 20, profile_s=0.2)


@pytest.fixture
def uploads(catalog: Catalog, tmp_path: Path) -> Atelier:
    return Atelier(catalog, tmp_path / "uploads")


@pytest.fixture
def profiling(
    database: Database, queue: JobQueue, catalog: Catalog, examiner: Examiner, limits: VerificationSettings
) -> Profiling:
    return Profiling(database, queue, catalog, examiner=examiner, settings=limits, engine=EngineSettings())


@pytest.fixture
def verification(
    database: Database,
    queue: JobQueue,
    catalog: Catalog,
    examiner: Examiner,
    limits: VerificationSettings,
    profiling: Profiling,
) -> Verification:
    return Verification(database, queue, catalog, examiner, limits, profiling=profiling)
