"""The real examiner, with limits that make a hostile run short."""

from __future__ import annotations

import pytest
from artrator.engine.examine import Examiner
from tests.catalog.conftest import atelier, blobs, catalog, identity, queue, visitor

from artrator.engine.settings import EngineSettings
from artrator.verification.settings import VerificationSettings

__all__ = ["atelier", "blobs", "catalog", "identity", "queue", "visitor"]


@pytest.fixture
def examiner() -> Examiner:
    """Disposable sandboxed children."""
    return Examiner(EngineSettings(allow_unprotected=True))


@pytest.fixture
def limits() -> VerificationSettings:
    """Seconds where the platform gives a minute."""
    return VerificationSettings(rehearsal_wall_clock_s=8.0, rehearsal_memory_bytes=1536 << 20)
