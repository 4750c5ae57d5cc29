"""Is the process alive, and can it serve: for supervisors and load balancers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from artrator import __version__
from artrator.db.database import Database
from artrator.wire.provide import provided
from artrator.wire.schemas import Reply

router = APIRouter(tags=["health"])


class Health(Reply):
    """The state of this process."""

    status: str
    version: str


@router.get("/healthz")
async def get_liveness() -> Health:
    """Answer as long as the process runs."""
    return Health(status="ok", version=__version__)


@router.get("/readyz")
async def get_readiness(database: Annotated[Database, Depends(provided(Database))]) -> Health:
    """Answer 200 only while what a request needs is there."""
    await database.ping()
    return Health(status="ready", version=__version__)
