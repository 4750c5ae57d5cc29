"""Waiting on paper is what the simulation shows, and what the textbooks say."""

from __future__ import annotations

import math

import pytest

from tests.bench.capacity import RATES, Costs, plan_for
from tests.bench.queueing import Stage, erlang_c, play_through

COSTS = Costs(api_s=0.001, postgres_s=0.0005, model_s=0.02, commit_s=0.003)


def stage(servers: int, service_cv2: float, lines: int = 1) -> Stage:
    return Stage(name="line", service_s=1.0, service_cv2=service_cv2, servers=servers, lines=lines)


def test_erlangs_probability_of_waiting_is_the_load_for_one_server_and_the_tables_for_two() -> None:
    assert erlang_c(1, 0.7) == pytest.approx(0.7)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)


def test_one_server_waits_as_pollaczek_and_khinchine_say() -> None:
    assert stage(1, 1.0).mean_wait_s(0.5) == pytest.approx(1.0)
    assert stage(1, 0.25).mean_wait_s(0.8) == pytest.approx(0.8 / 0.2 * 1.25 / 2)


def test_a_line_that_gets_more_than_it_serves_has_no_end() -> None:
    assert stage(2, 1.0).mean_wait_s(2.0) == math.inf


@pytest.mark.parametrize(("servers", "service_cv2", "lines"), [(1, 0.25, 1), (1, 1.0, 4), (8, 1.0, 1), (8, 0.25, 3)])
def test_the_simulation_waits_as_the_paper_says(servers: int, service_cv2: float, lines: int) -> None:
    line = stage(servers, service_cv2, lines)
    _, (spent_s,) = play_through([line], rate=0.7 * servers * lines, count=200_000, seed=3)
    assert float(spent_s.mean()) == pytest.approx(1 + line.mean_wait_s(0.7 * servers * lines), rel=0.06)


def test_a_plan_keeps_every_part_within_its_bound() -> None:
    for rate in RATES:
        for each in plan_for(rate, COSTS).stages(COSTS):
            assert each.utilisation(rate) <= 0.7 + 1e-9
