"""The caller as a type in a route's signature: `caller: Caller`, `caller: Annotated[User, Depends(require(Scope.RUN))]`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import HTTPConnection
from starlette.types import Scope as RequestScope

from artrator.identity.access import Access
from artrator.identity.cookies import SESSION_COOKIE, cookie_names
from artrator.identity.csrf import check_csrf
from artrator.identity.scope import Scope
from artrator.identity.service import Identity
from artrator.identity.user import User
from artrator.kernel.errors import Forbidden, Unauthenticated
from artrator.wire.admission import admit
from artrator.wire.bare import BareRequest, NotBare
from artrator.wire.provide import provided

TOKEN_KINDS = frozenset({"bearer", "token"})

# they document the two ways in OpenAPI; the credential itself is read in `access_of`
_bearer = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="An API key: `Authorization: Bearer art_…`")
_cookie = APIKeyCookie(
    name=SESSION_COOKIE,
    auto_error=False,
    scheme_name="BrowserSession",
    description="A browser's session; unsafe methods also need `X-CSRF-Token`. Over https the name begins `__Host-`.",
)


async def access_of(connection: HTTPConnection, identity: Identity) -> Access | None:
    """Check the credential that a request carries; None where it carries none, or a session that has ended.

    A key in `Authorization` goes before a cookie, and a wrong key is refused even where nobody need be known.
    Raises: Unauthenticated, Forbidden (CSRF, disabled account), RateLimited.
    """
    header = connection.headers.get("Authorization")
    if header is not None:
        return await _access_by_header(connection.scope, header, identity)
    token = connection.cookies.get(cookie_names(connection).session)
    access = None if token is None else await identity.access_by_session(token)
    if access is not None and token is not None:
        check_csrf(connection, token, origins=identity.origins)
        admit(connection.scope, access.user.id)
    return access


async def _access_by_header(request: RequestScope, header: str, identity: Identity) -> Access:
    kind, _, secret = header.partition(" ")
    if kind.lower() not in TOKEN_KINDS:
        raise Unauthenticated("credential_malformed", "Authenticate with `Authorization: Bearer art_…`.")
    access = await identity.access_by_key(secret.strip())
    admit(request, access.user.id)
    return access


async def caller_of(request: BareRequest, scope: Scope) -> User:
    """Give the caller of a bare route. Raises: as `access_of`; NotBare where nobody is known, which FastAPI refuses."""
    identity = request.services.get(Identity)
    header = request.headers.get(b"authorization")
    if header is not None:
        access = await _access_by_header(request.scope, header.decode("latin-1"), identity)
    else:
        access = await access_of(HTTPConnection(request.scope), identity)
    if access is None:
        raise NotBare
    access.check(scope)
    return access.user


async def maybe_access(
    connection: HTTPConnection,
    identity: Annotated[Identity, Depends(provided(Identity))],
    _by_bearer: Annotated[object, Depends(_bearer)] = None,
    _by_cookie: Annotated[object, Depends(_cookie)] = None,
) -> Access | None:
    """Give the access of a request, or None."""
    return await access_of(connection, identity)


async def caller_access(access: Annotated[Access | None, Depends(maybe_access)]) -> Access:
    """Give the access of a request, or refuse."""
    if access is None:
        raise Unauthenticated(
            "not_authenticated", "Log in, or send an API key: `Authorization: Bearer art_…`; `/v1/keys` makes one."
        )
    return access


def require(scope: Scope) -> Callable[[Access], Awaitable[User]]:
    """Make the dependency that gives the caller if the credential covers a scope."""

    async def dependency(access: Annotated[Access, Depends(caller_access)]) -> User:
        access.check(scope)
        return access.user

    return dependency


async def _caller(access: Annotated[Access, Depends(caller_access)]) -> User:
    return access.user


async def _maybe_caller(access: Annotated[Access | None, Depends(maybe_access)]) -> User | None:
    return None if access is None else access.user


async def _operator(user: Annotated[User, Depends(require(Scope.OPERATE))]) -> User:
    if not user.is_operator:
        raise Forbidden("operator_only", "Only an operator may do this.")
    return user


CallerAccess = Annotated[Access, Depends(caller_access)]
"""Who is asking, with the credential's scopes."""
Caller = Annotated[User, Depends(_caller)]
"""Who is asking, whatever the credential covers; 401 if nobody."""
MaybeCaller = Annotated[User | None, Depends(_maybe_caller)]
"""Who is asking, or None."""
Operator = Annotated[User, Depends(_operator)]
"""An operator, with a credential that covers `operate`."""
Runner = Annotated[User, Depends(require(Scope.RUN))]
"""Who is asking, with a credential that covers `run`."""
Publisher = Annotated[User, Depends(require(Scope.PUBLISH))]
"""Who is asking, with a credential that covers `publish` (whether they are a creator is the catalog's question)."""
WalletOwner = Annotated[User, Depends(require(Scope.WALLET))]
"""Who is asking, with a credential that covers `wallet`."""
KeyOwner = Annotated[User, Depends(require(Scope.KEYS))]
"""Who is asking, with a credential that covers `keys`."""
