"""Count and time requests by route, for Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
UNMATCHED = "unmatched"
_LABELS = ("method", "route")


class _Times:
    """How long the replies of one route took."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.sum_s = 0.0


class HttpMetrics(Collector):
    """The figures of one application, written by its event loop alone and made into Prometheus' words when they are read."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.in_flight = 0
        self._answered: Counter[tuple[str, str, int]] = Counter()
        self._times: defaultdict[tuple[str, str], _Times] = defaultdict(_Times)
        registry.register(self)

    def count(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a reply, by its route's template so that the number of series is bounded."""
        known, template = method if method in METHODS else "other", route or UNMATCHED
        self._answered[known, template, status] += 1
        times = self._times[known, template]
        times.counts[bisect_left(BUCKETS_S, seconds)] += 1
        times.sum_s += seconds

    def collect(self) -> Iterator[Metric]:
        """Give all figures (prometheus_client.registry.Collector)."""
        requests = CounterMetricFamily("artrator_http_requests", "Requests answered", labels=(*_LABELS, "status"))
        for (method, route, status), count in list(self._answered.items()):
            requests.add_metric((method, route, str(status)), count)
        yield requests
        seconds = HistogramMetricFamily(
            "artrator_http_request_seconds", "Time to the last byte of the reply", labels=_LABELS
        )
        bounds = [*(str(float(each)) for each in BUCKETS_S), "+Inf"]
        for labels, times in list(self._times.items()):
            buckets = list(zip(bounds, accumulate(times.counts), strict=True))
            seconds.add_metric(labels, buckets, times.sum_s)
        yield seconds
        yield GaugeMetricFamily(
            "artrator_http_requests_in_flight", "Requests being answered", value=float(self.in_flight)
        )
