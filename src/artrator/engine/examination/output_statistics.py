"""What a graph's outputs look like over many calls, in one pass and without keeping them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from artrator.engine.execution.call import Array, Tensors


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputStatistics:
    """Of one output over all calls.

    name: `role.output`. shape: of its first value. The numbers are of finite values; None where there was none, or
    where the output holds no numbers.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None
    non_finite: int


@dataclass(slots=True)
class _Moments:
    """Chan, Golub and LeVeque 1979: moments of parts put together, without loss of digits."""

    dtype: str
    shape: tuple[int, ...]
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf
    non_finite: int = 0

    def add(self, values: Array) -> None:
        if values.dtype.kind not in "fiub":
            return
        wide = values.astype(np.float64).reshape(-1)
        finite = wide[np.isfinite(wide)]
        self.non_finite += wide.size - finite.size
        if finite.size == 0:
            return
        mean, squares = float(finite.mean()), float(((finite - finite.mean()) ** 2).sum())
        total = self.count + finite.size
        self.squares += squares + (mean - self.mean) ** 2 * self.count * finite.size / total
        self.mean += (mean - self.mean) * finite.size / total
        self.count = total
        self.minimum, self.maximum = min(self.minimum, float(finite.min())), max(self.maximum, float(finite.max()))


class StatisticsOverCalls:
    """Collects the outputs of calls."""

    def __init__(self) -> None:
        self._moments: dict[str, _Moments] = {}

    def add(self, role: str, results: Tensors) -> None:
        """Take in the results of one call."""
        for output, values in results.items():
            name = f"{role}.{output}"
            if name not in self._moments:
                self._moments[name] = _Moments(values.dtype.name, values.shape)
            self._moments[name].add(values)

    def all(self) -> tuple[OutputStatistics, ...]:
        """Give the statistics of every output, in the order of their first appearance."""
        return tuple(_finished(name, moments) for name, moments in self._moments.items())


def _finished(name: str, moments: _Moments) -> OutputStatistics:
    some = moments.count > 0
    deviation = math.sqrt(moments.squares / moments.count) if some else None
    return OutputStatistics(
        name=name,
        dtype=moments.dtype,
        shape=moments.shape,
        minimum=moments.minimum if some else None,
        maximum=moments.maximum if some else None,
        mean=moments.mean if some else None,
        # values near the largest double overflow their squares
        deviation=deviation if deviation is not None and math.isfinite(deviation) else None,
        non_finite=moments.non_finite,
    )
