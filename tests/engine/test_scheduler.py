"""The scheduling policy, told what happens and asked what is next, without threads or time of its own."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pytest

from artrator.engine.errors import EngineBusy
from artrator.engine.examination.profile import UNPROFILED_BATCH
from artrator.engine.execution.call import Call
from artrator.engine.execution.scheduler import Scheduler
from artrator.engine.execution.work import Batch, Resume, Ticket
from artrator.engine.fleet import Priority
from artrator.kernel.ids import Digest

ROW = {"x": np.zeros((1, 2), np.float32)}


def scheduler(*, max_batch: int = 4, max_open: int = 8, max_waiting: int = 2000) -> Scheduler:
    return Scheduler(max_batch=max_batch, max_open=max_open, max_waiting=max_waiting)


def ticket(
    name: str,
    *,
    account: str = "alice",
    digest: str = "model",
    priority: Priority = Priority.INTERACTIVE,
    deadline_s: float = 1e9,
    max_batch: int | None = 100,
) -> Ticket:
    return Ticket(
        id=name,
        digest=Digest(digest),
        account=account,
        priority=priority,
        deadline_s=deadline_s,
        max_batch={} if max_batch is None else {"graph": max_batch},
    )


def ready(engine: Scheduler, name: str, *, key: Hashable | None = None, count: int = 1, **options: object) -> None:
    """Bring a run to where it waits for its calls."""
    engine.submit(ticket(name, **options))  # type: ignore[arg-type]
    work = engine.next_work()
    assert isinstance(work, Resume)
    assert work.run_id == name
    engine.called(name, [(Call("graph", ROW), key)] * count, single=count == 1, spent_s=0.0)


def take_batch(engine: Scheduler) -> Batch:
    work = engine.next_work()
    assert isinstance(work, Batch)
    return work


def names(batch: Batch) -> list[str]:
    return [pending.run_id for pending in batch.calls]


def test_a_lone_call_runs_at_once_without_waiting_for_company() -> None:
    engine = scheduler()
    ready(engine, "a", key="k")
    assert names(take_batch(engine)) == ["a"]


def test_calls_with_the_same_key_share_a_batch_up_to_its_size() -> None:
    engine = scheduler(max_batch=3)
    for index in range(5):
        ready(engine, f"run-{index}", key="k")
    assert [names(take_batch(engine)) for _ in range(2)] == [["run-0", "run-1", "run-2"], ["run-3", "run-4"]]
    assert engine.next_work() is None


@pytest.mark.parametrize(("measured", "size"), [(2, 2), (6, 6), (100, 8), (None, UNPROFILED_BATCH)])
def test_a_batch_goes_as_far_as_the_graphs_profile_and_the_operator_allow(measured: int | None, size: int) -> None:
    engine = scheduler(max_batch=8, max_open=20)
    for index in range(20):
        ready(engine, f"run-{index}", key="k", max_batch=measured)
    assert len(take_batch(engine).calls) == size


def test_calls_with_other_keys_or_none_do_not_share() -> None:
    engine = scheduler()
    for name, key in (("a", "k"), ("b", "other"), ("c", None), ("d", None), ("e", "k")):
        ready(engine, name, key=key)
    assert [names(take_batch(engine)) for _ in range(4)] == [["a", "e"], ["b"], ["c"], ["d"]]


def test_higher_priority_goes_first_and_lower_rides_along() -> None:
    engine = scheduler()
    ready(engine, "background", key="other", priority=Priority.BATCH)
    ready(engine, "rider", key="k", priority=Priority.WALK)
    ready(engine, "urgent", key="k")
    assert names(take_batch(engine)) == ["urgent", "rider"]
    assert names(take_batch(engine)) == ["background"]


def test_a_run_opens_before_calls_run_so_that_calls_meet() -> None:
    engine = scheduler()
    ready(engine, "a", key="k")
    engine.submit(ticket("b"))
    assert isinstance(engine.next_work(), Resume)


def test_an_account_opens_only_so_many_runs_at_once() -> None:
    engine = scheduler(max_open=2)
    for index in range(3):
        engine.submit(ticket(f"run-{index}"))
    assert [isinstance(engine.next_work(), Resume) for _ in range(3)] == [True, True, False]
    engine.ended("run-0", 0.0)
    assert isinstance(engine.next_work(), Resume)


def drive(engine: Scheduler, *, call_s: float = 1.0) -> list[str]:
    """Let one thread work until nothing is left; name the leaders of the batches in their order."""
    order: list[str] = []
    while (work := engine.next_work()) is not None:
        if isinstance(work, Batch):
            order.append(work.calls[0].run_id)
            engine.answered(work, [ROW] * len(work.calls), call_s)
        elif work.first:
            engine.called(work.run_id, [(Call("graph", ROW), None)], single=True, spent_s=0.001)
        else:
            engine.ended(work.run_id, 0.001)
    return order


def test_accounts_take_turns_whoever_queued_more() -> None:
    engine = scheduler()
    for index in range(6):
        engine.submit(ticket(f"greedy-{index}", account="greedy"))
    for index in range(2):
        engine.submit(ticket(f"modest-{index}", account="modest"))
    assert sorted(drive(engine)[:4]) == ["greedy-0", "greedy-1", "modest-0", "modest-1"]


def test_a_thousand_queued_runs_delay_another_accounts_run_by_at_most_one_call() -> None:
    engine = scheduler(max_batch=1, max_open=4)
    for index in range(1000):
        engine.submit(ticket(f"greedy-{index}", account="greedy"))
    calls_before = 0
    for step in range(2000):
        if step == 50:
            engine.submit(ticket("single", account="modest"))
        work = engine.next_work()
        assert work is not None
        if isinstance(work, Batch):
            calls_before += step >= 50 and work.calls[0].run_id != "single"
            engine.answered(work, [ROW], 1.0)
        elif work.first:
            engine.called(work.run_id, [(Call("graph", ROW), None)], single=True, spent_s=0.001)
        else:
            engine.ended(work.run_id, 0.001)
            if work.run_id == "single":
                break
    assert not engine.is_live("single")
    assert calls_before <= 1


def test_an_account_that_was_away_neither_saved_up_turns_nor_owes_any() -> None:
    engine = scheduler()
    for index in range(3):
        engine.submit(ticket(f"early-{index}", account="early"))
    drive(engine, call_s=10.0)
    for name in ("early-3", "early-4", "late-0", "late-1"):
        engine.submit(ticket(name, account=name.split("-")[0]))
    order = drive(engine, call_s=10.0)
    assert sorted(order[:2]) == ["early-3", "late-0"]
    assert sorted(order[2:]) == ["early-4", "late-1"]


def test_a_run_is_resumed_once_all_its_calls_are_answered_in_their_order() -> None:
    engine = scheduler()
    ready(engine, "a", count=2)
    first, second = take_batch(engine), take_batch(engine)
    engine.answered(second, [{"y": np.array([2.0])}], 0.1)
    assert engine.next_work() is None
    engine.answered(first, [{"y": np.array([1.0])}], 0.1)
    work = engine.next_work()
    assert isinstance(work, Resume)
    assert isinstance(work.reply, tuple)
    assert [reply["y"].item() for reply in work.reply] == [1.0, 2.0]


def test_a_shared_batch_that_fails_runs_again_call_by_call() -> None:
    engine = scheduler()
    ready(engine, "a", key="k")
    ready(engine, "b", key="k")
    assert engine.failed(take_batch(engine), 0.1) == ()
    first = take_batch(engine)
    assert names(first) == ["a"]
    assert engine.failed(first, 0.1) == ("a",)
    second = take_batch(engine)
    engine.answered(second, [ROW], 0.1)
    assert names(second) == ["b"]
    assert engine.is_live("b")
    assert not engine.is_live("a")


def test_a_cancelled_run_gives_no_more_work_and_abandons_its_batch() -> None:
    engine = scheduler()
    ready(engine, "a", key="k")
    ready(engine, "b", key="k")
    ready(engine, "waiting", key="other")
    batch = take_batch(engine)
    engine.cancel("a")
    assert not engine.is_abandoned(batch)
    engine.cancel("b")
    assert engine.is_abandoned(batch)
    engine.cancel("waiting")
    assert engine.next_work() is None
    assert not engine.cancel("waiting")


def test_what_has_expired_never_runs() -> None:
    engine = scheduler()
    engine.submit(ticket("waiting", deadline_s=5.0))
    assert engine.expire(4.9) == ()
    assert [(each.run_id, each.opened) for each in engine.expire(5.0)] == [("waiting", False)]
    assert engine.next_work() is None
    assert engine.next_deadline_s is None


def test_more_runs_than_may_wait_are_refused() -> None:
    engine = scheduler(max_waiting=1)
    engine.submit(ticket("a"))
    with pytest.raises(EngineBusy):
        engine.submit(ticket("b"))
    engine.cancel("a")
    engine.submit(ticket("b"))


def test_a_bundle_is_loaded_once_for_all_that_wait_for_it() -> None:
    engine = scheduler()
    for name in ("a", "b"):
        engine.submit(ticket(name))
        engine.next_work()
        engine.needs_load(name)
    assert engine.next_load() == "model"
    assert engine.next_load() is None
    assert engine.loaded(Digest("model")) == ("a", "b")
    assert {engine.next_work().run_id for _ in range(2)} == {"a", "b"}  # type: ignore[union-attr]


def test_a_failed_load_drops_the_runs_that_waited_for_it_only() -> None:
    engine = scheduler()
    for name, digest in (("a", "broken"), ("b", "fine")):
        engine.submit(ticket(name, digest=digest))
        engine.next_work()
        engine.needs_load(name)
    assert engine.load_failed(Digest("broken")) == ("a",)
    assert engine.is_live("b")


def test_a_load_that_nobody_waits_for_is_not_begun() -> None:
    engine = scheduler()
    engine.submit(ticket("a"))
    engine.next_work()
    engine.needs_load("a")
    engine.cancel("a")
    assert engine.next_load() is None


def test_a_run_that_comes_while_a_load_is_abandoned_gets_another() -> None:
    engine = scheduler()
    for name in ("a", "b"):
        engine.submit(ticket(name))
        engine.next_work()
        engine.needs_load(name)
        if name == "a":
            assert engine.next_load() == "model"
            engine.cancel("a")
    engine.load_abandoned(Digest("model"))
    assert engine.next_load() == "model"


def test_while_a_bundle_waits_for_room_only_runs_that_hold_theirs_open() -> None:
    engine = scheduler()
    engine.submit(ticket("holder"))
    engine.next_work()
    engine.needs_load("holder")
    engine.next_load()
    engine.loaded(Digest("model"))
    engine.submit(ticket("newcomer", account="bob"))
    engine.drain(on=True)
    work = engine.next_work()
    assert isinstance(work, Resume)
    assert work.run_id == "holder"
    assert engine.next_work() is None
    engine.drain(on=False)
    assert isinstance(engine.next_work(), Resume)
