"""Waiting on paper, and the same line played through: how many servers a stage needs at a rate of runs."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A line with servers that share it.

    service_s: a run's mean time in service. service_cv2: its squared coefficient of variation.
    lines: how many such lines stand side by side, each with its part of the runs, drawn at random.
    """

    name: str
    service_s: float
    service_cv2: float
    servers: int
    lines: int = 1

    def utilisation(self, rate: float) -> float:
        """Give the part of the time in which a server is busy."""
        return rate / self.lines * self.service_s / self.servers

    def mean_wait_s(self, rate: float) -> float:
        """Give the mean wait in line for runs that come at random (Poisson), infinite when the line has no end.

        Source: Allen 1990 (Allen and Cunneen's approximation of G/G/c); with one server it is Kingman's 1961, and for
        runs that come at random the exact one of Pollaczek and Khinchine.
        """
        load = self.utilisation(rate)
        if load >= 1:
            return math.inf
        offered = load * self.servers
        return (
            erlang_c(self.servers, offered) * self.service_s / (self.servers * (1 - load)) * (1 + self.service_cv2) / 2
        )


def erlang_c(servers: int, offered: float) -> float:
    """Give the probability that a run waits; offered: mean number of busy servers. Source: Erlang 1917."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def servers_for(rate: float, service_s: float, most: float) -> int:
    """Count the servers that keep utilisation at `most`."""
    return max(1, math.ceil(rate * service_s / most - 1e-9))


def arrivals(rate: float, count: int, random: np.random.Generator) -> Times:
    """Draw when runs come."""
    return np.cumsum(random.exponential(1 / rate, count))


def play(stage: Stage, arrival_s: Times, random: np.random.Generator) -> Times:
    """Serve runs in the order in which they come; give when each departs, in the order of `arrival_s`."""
    shape = 1 / stage.service_cv2
    service_s = random.gamma(shape, stage.service_s / shape, len(arrival_s))
    line_of = random.integers(stage.lines, size=len(arrival_s))
    free_at = [[0.0] * stage.servers for _ in range(stage.lines)]
    departure_s = np.empty_like(arrival_s)
    for index in np.argsort(arrival_s, kind="stable"):
        line = free_at[line_of[index]]
        departure_s[index] = max(arrival_s[index], line[0]) + service_s[index]
        heapq.heapreplace(line, float(departure_s[index]))
    return departure_s


def play_through(stages: Sequence[Stage], rate: float, count: int, seed: int) -> tuple[Times, list[Times]]:
    """Send runs through stages one after the other; give each run's time in the house, and its waits by stage.

    The first tenth, which found the house empty, is left out.
    """
    random = np.random.default_rng(seed)
    came_s = arrivals(rate, count, random)
    at_s, spent_s = came_s, []
    for stage in stages:
        departed_s = play(stage, at_s, random)
        spent_s.append(departed_s - at_s)
        at_s = departed_s
    warm = count // 10
    return (at_s - came_s)[warm:], [each[warm:] for each in spent_s]
