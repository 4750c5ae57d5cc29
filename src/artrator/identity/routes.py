"""Identity's routes: accounts, browser sessions, API keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from artrator.identity.caller import Caller, CallerAccess, KeyOwner, Operator, Publisher
from artrator.identity.cookies import clear_session_cookies, cookie_names, set_session_cookies
from artrator.identity.csrf import check_origin, csrf_token_of
from artrator.identity.schemas import (
    AccountChangeBody,
    AccountReply,
    CurrentSessionReply,
    KeyBody,
    KeyList,
    KeyReply,
    LoginBody,
    NewKeyReply,
    PasswordBody,
    ProfileReply,
    RegistrationBody,
    RegistrationReply,
    SessionList,
    SessionReply,
    UserPage,
    UserReply,
)
from artrator.identity.scope import check_grantable
from artrator.identity.service import Identity
from artrator.identity.sessions import session_not_found
from artrator.kernel.ids import ApiKeyId, SessionId
from artrator.wire.page import MAX_PAGE_ROWS
from artrator.wire.provide import provided

router = APIRouter(prefix="/v1")

IdentityService = Annotated[Identity, Depends(provided(Identity))]
Search = Annotated[str, Query(alias="query", max_length=254, description="a part of a handle or an e-mail")]
Cursor = Annotated[str | None, Query(max_length=200, description="from `next` of a page")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_ROWS)]
PathId = Annotated[str, Path(min_length=1, max_length=64)]


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _own_page(request: Request, identity: IdentityService) -> None:
    check_origin(request, origins=identity.origins)


Address = Annotated[str, Depends(_address)]
OwnPage = Depends(_own_page)
"""Refuse what another site's page sends: it must not log its visitors in as somebody else."""


@router.get("/account", tags=["account"])
async def get_account(caller: Caller, identity: IdentityService) -> AccountReply:
    """Give the caller's own account."""
    return AccountReply.of(caller, await identity.profiles.get(caller.id))


@router.patch("/account", tags=["account"])
async def change_account(body: AccountChangeBody, caller: KeyOwner, identity: IdentityService) -> AccountReply:
    """Change the caller's profile and preferences: all of it, or on an error nothing."""
    return AccountReply.of(caller, await identity.profiles.change(caller.id, body.change()))


@router.post("/account/creator", tags=["account"])
async def become_creator(caller: Publisher, identity: IdentityService) -> AccountReply:
    """Let the caller publish models; asking twice changes nothing."""
    return AccountReply.of(await identity.become_creator(caller), await identity.profiles.get(caller.id))


@router.post("/account/password", tags=["account"], status_code=204)
async def change_password(
    body: PasswordBody, access: CallerAccess, _may: KeyOwner, address: Address, identity: IdentityService
) -> None:
    """Change the caller's password and end their other sessions; API keys stay."""
    await identity.change_password(
        access, body.current_password.get_secret_value(), body.new_password.get_secret_value(), address
    )


@router.post("/users", tags=["account"], status_code=202, dependencies=[OwnPage])
async def register(body: RegistrationBody, address: Address, identity: IdentityService) -> RegistrationReply:
    """Make an account. The answer does not tell whether the e-mail had one already."""
    await identity.register_stranger(body.email, body.password.get_secret_value(), body.handle, address)
    return RegistrationReply()


@router.get("/users/{handle}", tags=["account"])
async def get_user(handle: PathId, identity: IdentityService) -> ProfileReply:
    """Give what everybody may know of a user."""
    user = await identity.find_by_handle(handle)
    return ProfileReply.of(user, await identity.profiles.get(user.id))


@router.get("/users", tags=["operate"])
async def list_users(
    *,
    request: Request,
    _operator: Operator,
    identity: IdentityService,
    search: Search = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> UserPage:
    """List every user, the newest first."""
    page = await identity.list_users(search, cursor=cursor, limit=limit)
    following = request.url.include_query_params(cursor=page.next_cursor) if page.next_cursor else None
    return UserPage(next=str(following) if following else None, results=[UserReply.of(each) for each in page.rows])


@router.post("/users/{handle}/disable", tags=["operate"], status_code=204)
async def disable_user(handle: PathId, operator: Operator, identity: IdentityService) -> None:
    """Lock a user out: their sessions end, their keys rest."""
    await identity.disable(handle, by=operator)


@router.post("/users/{handle}/enable", tags=["operate"], status_code=204)
async def enable_user(handle: PathId, _operator: Operator, identity: IdentityService) -> None:
    """Let a disabled user in again."""
    await identity.enable(handle)


@router.post("/sessions", tags=["sessions"], status_code=201, dependencies=[OwnPage])
async def log_in(
    body: LoginBody, request: Request, response: Response, address: Address, identity: IdentityService
) -> CurrentSessionReply:
    """Log a browser in: the session is set as a cookie. Programs use API keys."""
    user_agent = request.headers.get("User-Agent", "")
    new = await identity.log_in(body.email, body.password.get_secret_value(), address, user_agent)
    csrf_token = csrf_token_of(new.token)
    set_session_cookies(
        request, response, token=new.token, csrf_token=csrf_token, lifetime_s=identity.session_lifetime_s
    )
    account = AccountReply.of(new.user, await identity.profiles.get(new.user.id))
    return CurrentSessionReply(account=account, csrf_token=csrf_token)


@router.get("/sessions", tags=["sessions"])
async def list_sessions(access: CallerAccess, caller: KeyOwner, identity: IdentityService) -> SessionList:
    """List the browsers in which the caller is logged in."""
    sessions = await identity.list_sessions(caller.id)
    return SessionList(results=[SessionReply.of(each, access.session_id) for each in sessions])


@router.get("/sessions/current", tags=["sessions"])
async def get_current_session(request: Request, access: CallerAccess, identity: IdentityService) -> CurrentSessionReply:
    """Give a page the account it acts for and the CSRF token it must send."""
    token = request.cookies.get(cookie_names(request).session)
    if access.session_id is None or token is None:
        raise session_not_found()
    account = AccountReply.of(access.user, await identity.profiles.get(access.user.id))
    return CurrentSessionReply(account=account, csrf_token=csrf_token_of(token))


@router.delete("/sessions/current", tags=["sessions"], status_code=204)
async def log_out(request: Request, response: Response, access: CallerAccess, identity: IdentityService) -> None:
    """Log this browser out."""
    if access.session_id is None:
        raise session_not_found()
    await identity.log_out(access.user.id, access.session_id)
    clear_session_cookies(request, response)


@router.delete("/sessions/{session_id}", tags=["sessions"], status_code=204)
async def end_session(session_id: PathId, caller: KeyOwner, identity: IdentityService) -> None:
    """Log another browser of the caller out."""
    await identity.log_out(caller.id, SessionId(session_id))


@router.post("/keys", tags=["keys"], status_code=201)
async def create_key(body: KeyBody, access: CallerAccess, caller: KeyOwner, identity: IdentityService) -> NewKeyReply:
    """Make an API key; its secret is shown in this answer only. A key cannot make a stronger one."""
    check_grantable(body.scopes, access.scopes)
    return NewKeyReply.of_new(await identity.create_key(caller, body.name, body.scopes, expires_at=body.expires_at))


@router.get("/keys", tags=["keys"])
async def list_keys(caller: KeyOwner, identity: IdentityService) -> KeyList:
    """List the caller's keys."""
    return KeyList(results=[KeyReply.of(each) for each in await identity.list_keys(caller.id)])


@router.delete("/keys/{key_id}", tags=["keys"], status_code=204)
async def revoke_key(key_id: PathId, caller: KeyOwner, identity: IdentityService) -> None:
    """Revoke a key for ever, at once."""
    await identity.revoke_key(caller.id, ApiKeyId(key_id))
