"""Wallet and earnings over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response, StreamingResponse

from artrator.identity.caller import WalletOwner
from artrator.kernel.money import Micros
from artrator.ledger.schemas import EntryReply, NewTopUp, StatementReply, TopUpReply, WalletReply
from artrator.ledger.statement import Entry, EntryKind
from artrator.ledger.statement_csv import statement_csv
from artrator.ledger.wallets import Wallets
from artrator.wire.page import MAX_PAGE_ROWS, Page
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1", tags=["wallet"])

Service = Annotated[Wallets, Depends(provided(Wallets))]
Cursor = Annotated[str | None, Query(max_length=200, description="where the page before this one ended")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_ROWS, description="lines on a page")]
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, description="makes repeating a request harmless: the same key pays only once"),
]


class Format(StrEnum):
    """How a statement is written."""

    JSON = "json"
    CSV = "csv"


def _wanted_format(
    request: Request,
    written: Annotated[
        Format | None, Query(alias="format", description="csv gives the whole history; or `Accept: text/csv`")
    ] = None,
) -> Format:
    by_header = Format.CSV if request.headers.get("accept", "").startswith("text/csv") else Format.JSON
    return written or by_header


WantedFormat = Annotated[Format, Depends(_wanted_format)]
_ALSO_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/wallet")
async def wallet(caller: WalletOwner, wallets: Service) -> WalletReply:
    """Tell what the caller has."""
    return WalletReply.of(await wallets.balance(caller.id), wallets.currency)


@router.post("/wallet/top-ups", status_code=201)
async def top_up(
    caller: WalletOwner, wallets: Service, wish: NewTopUp, idempotency_key: IdempotencyKey = None
) -> TopUpReply:
    """Buy credits."""
    made = await wallets.top_up(caller.id, Micros(wish.amount_micros), idempotency_key=idempotency_key)
    return TopUpReply.of(made, wallets.currency)


@router.get("/wallet/statement", response_model=StatementReply, responses=_ALSO_CSV)
async def statement(
    *,
    request: Request,
    caller: WalletOwner,
    wallets: Service,
    wanted: WantedFormat,
    kind: Annotated[EntryKind | None, Query(description="lines of this kind alone; CSV holds all kinds")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> StatementReply | Response:
    """Tell what moved the caller's wallet, newest first; as CSV all of it at once."""
    if wanted is Format.CSV:
        return _csv(wallets.whole_statement(caller.id), wallets.currency, "wallet.csv")
    page = await wallets.statement(caller.id, kind=kind, cursor=cursor, limit=limit)
    return _reply(request, page, wallets.currency)


@router.get("/earnings", response_model=StatementReply, responses=_ALSO_CSV)
async def earnings(
    *,
    request: Request,
    caller: WalletOwner,
    wallets: Service,
    wanted: WantedFormat,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> StatementReply | Response:
    """Tell what runs of the caller's models earned, newest first; as CSV all of it at once."""
    if wanted is Format.CSV:
        return _csv(wallets.all_earnings(caller.id), wallets.currency, "earnings.csv")
    return _reply(request, await wallets.earnings(caller.id, cursor=cursor, limit=limit), wallets.currency)


def _reply(request: Request, page: Page[Entry], currency: str) -> StatementReply:
    following = request.url.include_query_params(cursor=page.next_cursor) if page.next_cursor else None
    return StatementReply(
        next=str(following) if following else None, results=[EntryReply.of(entry, currency) for entry in page.rows]
    )


def _csv(entries: AsyncIterator[Entry], currency: str, name: str) -> Response:
    return StreamingResponse(
        statement_csv(entries, currency),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
