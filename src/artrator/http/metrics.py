"""Count and time requests by route, for Prometheus; one pure ASGI class, since instrumentation must not cost throughput."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
UNMATCHED = "unmatched"


class HttpMetrics:
    """The figures of one application."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route")
        self.requests = Counter(
            "artrator_http_requests_total", "Requests answered", (*labels, "status"), registry=registry
        )
        self.seconds = Histogram(
            "artrator_http_request_seconds",
            "Time to the last byte of the reply",
            labels,
            buckets=BUCKETS_S,
            registry=registry,
        )
        self.in_flight = Gauge("artrator_http_requests_in_flight", "Requests being answered", registry=registry)


class Metrics:
    """Measure every request, labelled by its route's template so that the number of series is bounded."""

    def __init__(self, app: ASGIApp, *, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 499  # the client went away before a reply began

        async def send_watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun_at = time.perf_counter()
        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_watched)
        finally:
            self._metrics.in_flight.dec()
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - begun_at)
