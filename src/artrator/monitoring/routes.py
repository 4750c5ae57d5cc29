"""How the platform is, for operators over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from artrator.identity.caller import Operator
from artrator.monitoring.overview import Monitoring
from artrator.monitoring.schemas import BooksReply, OverviewReply
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1/operator", tags=["operate"])

Service = Annotated[Monitoring, Depends(provided(Monitoring))]


@router.get("/overview")
async def get_overview(_operator: Operator, monitoring: Service) -> OverviewReply:
    """Tell how users, models, runs, jobs, workers, money and storage are."""
    return OverviewReply.of(await monitoring.overview())


@router.post("/books/check")
async def check_books(_operator: Operator, monitoring: Service) -> BooksReply:
    """Compute the ledger anew, now."""
    return BooksReply.of(await monitoring.books.check())
