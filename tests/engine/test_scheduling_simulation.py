"""What the scheduling policy promises, played on a clock of its own: fairness, no starvation, no idle slot, bounds."""

from __future__ import annotations

import math
import random
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artrator.engine.errors import AccountBusy, EngineBusy
from artrator.engine.fleet import Priority
from artrator.engine.waiting.shares import GUARANTEED
from tests.engine.simulation import RESUME_S, Simulation, flat, gaining, percentile

CALL_S = 0.1
SLACK_S = 10 * RESUME_S


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("calls", [1, 30])
def test_a_thousand_queued_runs_delay_another_accounts_run_by_at_most_one_call(workers: int, calls: int) -> None:
    engine = Simulation({"model": flat(CALL_S)}, workers=workers, max_batch=1)
    for _ in range(1000):
        engine.submit("greedy", "model", calls=calls)
    engine.run(until_s=7.03)
    single = engine.submit("modest", "model")
    engine.run(until_s=20)
    assert single.took_s <= 2 * CALL_S + SLACK_S


def test_each_call_of_a_long_run_waits_for_at_most_one_call_of_another_account() -> None:
    engine = Simulation({"model": flat(CALL_S)}, slots=1, max_batch=1)
    for _ in range(1000):
        engine.submit("greedy", "model")
    engine.run(until_s=3.03)
    walk = engine.submit("modest", "model", calls=20)
    engine.run(until_s=30)
    assert walk.took_s <= 20 * 2 * CALL_S + CALL_S + 20 * SLACK_S


def test_the_delay_by_a_batch_of_others_is_at_most_that_batch() -> None:
    call_s = gaining(CALL_S)
    engine = Simulation({"model": call_s, "other": flat(CALL_S)})
    for _ in range(1000):
        engine.submit("greedy", "model")
    engine.run(until_s=3.03)
    single = engine.submit("modest", "other")
    engine.run(until_s=20)
    assert single.took_s <= call_s(engine.max_batch) + CALL_S + SLACK_S * engine.max_batch


@pytest.mark.parametrize("weights", [(1.0, 1.0), (3.0, 1.0), (1.0, 4.0)])
def test_accounts_share_a_full_engine_by_their_weights_whatever_their_runs_take(weights: tuple[float, float]) -> None:
    engine = Simulation({"short": flat(0.02), "long": flat(0.5)}, max_batch=1)
    engine.closed_loop("a", "short", clients=100, weight=weights[0])
    engine.closed_loop("b", "long", clients=100, weight=weights[1])
    engine.run(until_s=60)
    assert engine.served["a"] / weights[0] == pytest.approx(engine.served["b"] / weights[1], rel=0.05)


def test_a_more_urgent_class_waits_for_one_call_of_a_less_urgent_one_while_there_is_room() -> None:
    engine = Simulation({"model": flat(CALL_S)}, max_batch=1)
    engine.closed_loop("background", "model", clients=200, priority=Priority.BATCH, calls=5)
    luck = random.Random(1)
    for _ in range(100):
        engine.run(until_s=engine.now_s + luck.uniform(0.5, 1.5))
        engine.submit("person", "model")
    engine.run(until_s=engine.now_s + 10)
    assert max(job.took_s for job in engine.of("person")) <= 2 * CALL_S + SLACK_S


def test_no_class_starves_beside_a_saturating_more_urgent_one() -> None:
    engine = Simulation({"model": flat(0.01)}, max_batch=1)
    for priority, account in ((Priority.INTERACTIVE, "people"), (Priority.WALK, "walks"), (Priority.BATCH, "batches")):
        engine.closed_loop(account, "model", clients=50, priority=priority)
    engine.run(until_s=60)
    total_s = sum(engine.served.values())
    assert engine.served["walks"] / total_s == pytest.approx(GUARANTEED[Priority.WALK], rel=0.1)
    assert engine.served["batches"] / total_s == pytest.approx(GUARANTEED[Priority.BATCH], rel=0.1)


def test_a_night_of_batches_alone_is_not_held_against_them_by_day() -> None:
    engine = Simulation({"model": flat(0.01)}, max_batch=1)
    engine.closed_loop("batches", "model", clients=20, priority=Priority.BATCH)
    engine.run(until_s=60)
    before_s = engine.served["batches"]
    engine.closed_loop("people", "model", clients=20)
    engine.run(until_s=70)
    assert engine.served["batches"] - before_s >= 0.8 * GUARANTEED[Priority.BATCH] * 10 * engine.slots


@pytest.mark.parametrize("workers", [1, 4])
def test_a_full_engine_is_busy_all_the_time(workers: int) -> None:
    engine = Simulation({"model": flat(0.01), "mlp": gaining(0.001)}, workers=workers)
    for index in range(40):
        engine.closed_loop(f"account-{index}", ("model", "mlp")[index % 2], clients=4, calls=1 + index % 5)
    engine.run(until_s=5)
    assert engine.busy_s >= 0.98 * 5 * engine.slots * workers


def test_batches_of_a_graph_that_gains_by_them_raise_what_the_engine_does() -> None:
    done: dict[int, int] = {}
    for size in (1, 16):
        engine = Simulation({"mlp": gaining(0.005)}, max_batch=size)
        engine.closed_loop("account", "mlp", clients=128)
        engine.run(until_s=10)
        done[size] = len(engine.of("account"))
    assert done[16] >= 2 * done[1]


def test_what_would_come_too_late_is_refused_at_once_and_told_when_to_come_back() -> None:
    engine = Simulation({"model": flat(CALL_S)}, max_batch=1)
    engine.submit("greedy", "model")
    engine.run()
    for _ in range(300):
        engine.submit("greedy", "model")
    late = engine.submit("greedy", "model", patience_s=5.0)
    assert isinstance(late.refused, EngineBusy)
    wait_s = float(str(late.refused.facts["retry_after_s"]))
    engine.run(until_s=engine.now_s + math.ceil(wait_s))
    again = engine.submit("greedy", "model", patience_s=5.0)
    engine.run()
    assert again.refused is None
    assert not again.expired


@pytest.mark.parametrize("patience_s", [1.2 * CALL_S, 0.5 * CALL_S])
def test_a_run_that_is_tight_is_let_in_while_nobody_is_before_it(patience_s: float) -> None:
    engine = Simulation({"model": flat(CALL_S)}, max_batch=1)
    engine.submit("account", "model")
    engine.run()
    tight = engine.submit("account", "model", patience_s=patience_s)
    engine.run()
    assert tight.refused is None
    assert tight.expired == (patience_s < CALL_S)


def test_another_accounts_backlog_refuses_nobody_whose_turn_comes_in_time() -> None:
    engine = Simulation({"model": flat(CALL_S)}, max_batch=1)
    engine.submit("greedy", "model")
    engine.run()
    for _ in range(1000):
        engine.submit("greedy", "model")
    single = engine.submit("modest", "model", patience_s=1.0)
    assert single.refused is None
    engine.run()
    assert not single.expired


def in_overload(load: float, *, patience_s: float = 5.0, seconds: float = 60.0) -> Simulation:
    """Let 12 accounts ask for `load` times what the engine can do, everybody with the same patience."""
    luck = random.Random(0)
    engine = Simulation({"quick": flat(0.02), "slow": flat(0.4)}, max_batch=1)
    for _ in range(int(load * seconds * engine.slots / 0.21)):
        arrive = partial(
            engine.submit, f"account-{luck.randrange(12)}", luck.choice(["quick", "slow"]), patience_s=patience_s
        )
        engine.at(luck.uniform(0, seconds), arrive)
    engine.run()
    return engine


@pytest.mark.parametrize("load", [0.9, 1.2, 2.6])
def test_of_those_who_are_let_in_nearly_all_are_in_time_however_many_come(load: float) -> None:
    engine = in_overload(load)
    admitted = [job for job in engine.jobs if job.refused is None]
    assert sum(job.expired for job in admitted) <= 0.1 * len(admitted)
    in_time_s = sum(engine.served[account] for account in engine.served)
    assert in_time_s >= 0.8 * min(1.0, load) * 60 * engine.slots


def test_one_account_at_its_bound_is_turned_away_and_others_are_not() -> None:
    engine = Simulation({"model": flat(CALL_S)}, max_of_account=5, max_runs=8)
    jobs = [engine.submit("greedy", "model") for _ in range(6)]
    assert [isinstance(job.refused, AccountBusy) for job in jobs] == [False] * 5 + [True]
    others = [engine.submit("other", "model") for _ in range(4)]
    assert [isinstance(job.refused, EngineBusy) for job in others] == [False, False, False, True]
    engine.run()
    assert engine.submit("greedy", "model").refused is None


@settings(max_examples=60, deadline=None)
@given(
    runs=st.lists(
        st.tuples(
            st.floats(0, 3),
            st.sampled_from("abcd"),
            st.sampled_from(["model", "mlp"]),
            st.integers(0, 4),
            st.sampled_from(Priority),
            st.floats(0.05, 5),
            st.sampled_from([0.5, 1.0, 4.0]),
        ),
        max_size=60,
    ),
    crashes=st.lists(st.tuples(st.floats(0, 3), st.integers(0, 2)), max_size=4),
    workers=st.integers(1, 3),
    slots=st.integers(1, 3),
    max_batch=st.integers(1, 4),
)
def test_whatever_comes_and_crashes_every_run_ends_and_no_slot_idles_beside_work(
    runs: list[tuple[float, str, str, int, Priority, float, float]],
    crashes: list[tuple[float, int]],
    workers: int,
    slots: int,
    max_batch: int,
) -> None:
    engine = Simulation(
        {"model": flat(0.05), "mlp": gaining(0.01)}, workers=workers, slots=slots, max_batch=max_batch, max_runs=40
    )
    for when_s, account, model, calls, priority, patience_s, weight in runs:
        options = {"calls": calls, "priority": priority, "patience_s": patience_s, "weight": weight}
        engine.at(when_s, partial(engine.submit, account, model, **options))  # type: ignore[arg-type]
    for when_s, index in crashes:
        engine.at(when_s, partial(engine.lose, index % workers))
    engine.run()
    assert all(job.refused or job.expired or job.done_s is not None for job in engine.jobs)
    assert len(engine.jobs) == len(runs)
    assert len(engine.waiting) == 0


@settings(max_examples=25, deadline=None)
@given(call_ms=st.integers(5, 200), others=st.integers(1, 20), slots=st.integers(1, 4), seed=st.integers(0, 99))
def test_however_many_queue_an_account_with_one_run_at_a_time_gets_its_fair_part(
    call_ms: int, others: int, slots: int, seed: int
) -> None:
    engine = Simulation({"model": flat(call_ms / 1000)}, slots=slots, max_batch=1)
    for index in range(others):
        engine.closed_loop(f"greedy-{index}", "model", clients=1 + (seed + index) % 30, calls=1 + seed % 3)
    engine.closed_loop("modest", "model")
    engine.run(until_s=call_ms / 1000 * 40 * (others + 1))
    fair = 40 * (others + 1) * slots / (others + 1)
    assert len(engine.of("modest")) >= min(fair, 40 * (others + 1)) * 0.45


def test_the_slowest_of_a_persons_runs_beside_saturating_batches_is_bounded_by_what_it_takes_alone() -> None:
    def slowest(*, beside: bool) -> float:
        engine = Simulation({"model": flat(0.0024), "background": flat(0.02)}, max_batch=1)
        if beside:
            engine.closed_loop("tenant", "background", clients=64, priority=Priority.BATCH, calls=3)
        for _ in range(300):
            engine.submit("person", "model")
            engine.run(until_s=engine.now_s + 0.037)
        return percentile([job.took_s for job in engine.of("person")], 0.99)

    assert slowest(beside=True) <= 2 * slowest(beside=False) + 0.02
