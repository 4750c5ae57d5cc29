"""Show the figures to whom they concern: a scraper on this machine, one with the token, or an operator."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from artrator.http.asgi import peer_of
from artrator.identity.caller import access_of
from artrator.identity.scope import Scope
from artrator.identity.service import Identity
from artrator.kernel.errors import Forbidden, Unauthenticated
from artrator.wire.provide import provided

FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


def metrics_router(registry: CollectorRegistry, token: str | None) -> APIRouter:
    """Make the route over a registry."""

    async def guard(request: Request, identity: Annotated[Identity, Depends(provided(Identity))]) -> None:
        if not (_has_token(request, token) or _is_local(request)):
            await _check_operator(request, identity)

    def get_metrics() -> Response:
        """Give the figures in Prometheus' text format."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    router = APIRouter(tags=["health"])
    router.add_api_route(
        "/metrics",
        get_metrics,
        dependencies=[Depends(guard)],
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    return router


def _has_token(request: Request, token: str | None) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return token is not None and hmac.compare_digest(given.encode(), token.encode())


def _is_local(request: Request) -> bool:
    # a proxy on this machine that nobody trusts yet speaks for the whole world
    if any(name in request.headers for name in FORWARDING_HEADERS):
        return False
    try:
        return ip_address(peer_of(request.scope)).is_loopback
    except ValueError:
        return False


async def _check_operator(request: Request, identity: Identity) -> None:
    access = await access_of(request, identity)
    if access is None:
        raise Unauthenticated("not_authenticated", "Send the metrics token or an operator's API key.")
    access.check(Scope.OPERATE)
    if not access.user.is_operator:
        raise Forbidden("operator_only", "Only an operator may do this.")
