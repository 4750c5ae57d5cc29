"""What a person may always do: take everything along, and leave."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from artrator.identity.caller import KeyOwner, Runner, WalletOwner
from artrator.identity.cookies import clear_session_cookies
from artrator.identity.routes import Address
from artrator.personal.deletion import AccountDeletion
from artrator.personal.export import Export
from artrator.personal.schemas import AccountDeletionBody
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1/account", tags=["account"])


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"description": "Everything, as one JSON object", "content": {"application/json": {}}}},
)
async def export_account(
    caller: KeyOwner,
    _may_read_money: WalletOwner,
    _may_read_runs: Runner,
    export: Annotated[Export, Depends(provided(Export))],
) -> StreamingResponse:
    """Give everything that is held of the caller: profile, keys without secrets, models, runs, money."""
    headers = {
        "Content-Disposition": f'attachment; filename="artrator-{caller.handle}.json"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(export.write(caller), media_type="application/json", headers=headers)


@router.delete("", status_code=204)
async def delete_account(
    *,
    request: Request,
    response: Response,
    body: AccountDeletionBody,
    caller: KeyOwner,
    address: Address,
    deletion: Annotated[AccountDeletion, Depends(provided(AccountDeletion))],
) -> None:
    """Delete the caller's account for ever: keys, sessions, runs and profile go, models become private.

    The ledger stays without a name; what is left in the wallet is given up. Refused while runs hold money.
    """
    await deletion.delete(caller, body.password.get_secret_value(), address)
    clear_session_cookies(request, response)
