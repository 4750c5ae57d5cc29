"""Count and time requests by route, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

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
        self._answered: dict[tuple[str, str | None, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a reply, by its route's template so that the number of series is bounded."""
        series = self._answered.get((method, route, status))
        if series is None:
            known, template = method if method in METHODS else "other", route or UNMATCHED
            series = self.requests.labels(known, template, str(status)), self.seconds.labels(known, template)
            if known is method:
                self._answered[method, route, status] = series
        series[0].inc()
        series[1].observe(seconds)
