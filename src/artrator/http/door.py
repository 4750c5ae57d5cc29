"""The one door of the application: every request passes the same rules here, in one frame, before any route sees it.

The rules stand in files of their own (`forwarded`, `request_line`, `rate_limits`, `body_limit`, `security_headers`,
`metrics`); as a chain of middlewares, each with a `send` of its own, they cost more than what they do.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from artrator.http.body_limit import BodyLimit, LimitedBody
from artrator.http.exit import Exit
from artrator.http.forwarded import Forwarded
from artrator.http.metrics import HttpMetrics
from artrator.http.rate_limits import RateLimits
from artrator.http.request_id import REQUEST_ID
from artrator.http.request_line import RequestLine
from artrator.kernel.errors import ArtratorError
from artrator.wire.bare import BareRequest, BareRoute, NotBare
from artrator.wire.provide import services_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What every request is held to, and counted by."""

    forwarded: Forwarded
    request_line: RequestLine
    rate_limits: RateLimits
    body_limit: BodyLimit
    metrics: HttpMetrics


class Door:
    """Rules first, then a bare route where there is one for the address, then the rest of the application."""

    def __init__(self, app: ASGIApp, rules: Rules, routes: Iterable[BareRoute]) -> None:
        self._app = app
        self._rules = rules
        self._routes: dict[str, list[BareRoute]] = {}
        for each in routes:
            self._routes.setdefault(each.method, []).append(each)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens; where a reply was under way already, the connection breaks instead."""
        begun_s = time.perf_counter()
        self._rules.forwarded.rewrite(scope)
        leaving = Exit(scope, send)
        metrics = self._rules.metrics
        metrics.in_flight += 1
        try:
            await self._pass(scope, receive, leaving)
        except Exception:
            log.exception("a bug in %s %s (request %s)", scope["method"], scope["path"], scope[REQUEST_ID])
            if not leaving.has_started:
                await leaving.admit_bug(receive)
            elif not leaving.is_complete:
                raise
        finally:
            metrics.in_flight -= 1
            route: str | None = leaving.route or getattr(scope.get("route"), "path", None)
            metrics.count(scope["method"], route, leaving.status, time.perf_counter() - begun_s)

    async def _pass(self, scope: Scope, receive: Receive, leaving: Exit) -> None:
        rules = self._rules
        try:
            rules.request_line.check(scope)
            leaving.admission = rules.rate_limits.admission(scope)
            leaving.admission.charge(scope)
        except ArtratorError as error:
            await leaving.refuse(error, receive)
            return
        try:
            body = leaving.body = await rules.body_limit.of(scope, receive)
        except ArtratorError as error:
            leaving.close = True
            await leaving.refuse(error, receive)
            return
        for route in self._routes.get(scope["method"], ()):
            match = route.words.fullmatch(scope["path"])
            if match is not None:
                await self._take_short_cut(route, match.groups(), scope, body, leaving)
                return
        await self._app(scope, body.receive, leaving.send)

    async def _take_short_cut(
        self, route: BareRoute, words: Sequence[str], scope: Scope, body: LimitedBody, leaving: Exit
    ) -> None:
        try:
            whole = await body.read()
            if whole is None:
                return  # nobody is there any more
            request = BareRequest(
                scope=scope,
                services=services_of(scope),
                headers=dict(reversed(scope["headers"])),
                words=words,
                body=whole,
            )
        except ArtratorError as error:
            await leaving.refuse(error, body.receive)
            return
        leaving.route = route.template
        try:
            reply = await route.answer(request)
        except NotBare:
            leaving.route = None
            await self._app(scope, _again(whole, body.receive), leaving.send)
        except ArtratorError as error:
            await leaving.refuse(error, body.receive)
        else:
            await leaving.reply(reply)


def _again(whole: bytes, rest: Receive) -> Receive:
    """Give a body that was read to whoever reads it next."""
    unread = True

    async def receive() -> Message:
        nonlocal unread
        if not unread:
            return await rest()
        unread = False
        return {"type": "http.request", "body": whole, "more_body": False}

    return receive
