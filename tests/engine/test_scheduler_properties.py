"""Whatever happens in whatever order: nothing runs twice, nothing for the dead, nobody is forgotten, no thread idles."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from artrator.engine.execution.call import Call
from artrator.engine.execution.scheduler import Scheduler
from artrator.engine.execution.work import Batch, Resume, Ticket
from artrator.engine.fleet import Priority
from artrator.kernel.ids import Digest

ROW = {"x": np.zeros((1, 2), np.float32)}
MAX_BATCH, MAX_OPEN = 3, 4
OPEN = ("resuming", "calling", "answered")


class Engine(RuleBasedStateMachine):
    """Plays all the threads at once and keeps its own books of what each run waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduler = Scheduler(max_batch=MAX_BATCH, max_open=MAX_OPEN, max_waiting=1000)
        self.now_s = 0.0
        self.tickets: dict[str, Ticket] = {}
        self.state: dict[str, str] = {}
        self.unanswered: dict[str, set[int]] = {}
        self.executing: list[Batch | Resume] = []
        self.loading: set[Digest] = set()
        self.resident: set[Digest] = {Digest("x")}

    @rule(count=st.integers(1, 6), account=st.sampled_from("ab"))
    def many_ask_for_the_same_graph(self, count: int, account: str) -> None:
        """Bring several runs to where their calls can share a batch, which chance alone seldom does."""
        for _ in range(count):
            self.submit(account, "x", Priority.INTERACTIVE, 20.0)
        for _ in range(2 * count):
            self.take()
        for work in [each for each in self.executing if isinstance(each, Resume)]:
            self.executing.remove(work)
            self.complete_resume(work.run_id, 1, True)

    @rule(
        account=st.sampled_from("abc"),
        digest=st.sampled_from("xy"),
        priority=st.sampled_from(Priority),
        patience_s=st.floats(0.1, 20),
    )
    def submit(self, account: str, digest: str, priority: Priority, patience_s: float) -> None:
        ticket = Ticket(
            id=f"run-{len(self.tickets)}",
            digest=Digest(digest),
            account=account,
            priority=priority,
            deadline_s=self.now_s + patience_s,
        )
        self.tickets[ticket.id] = ticket
        self.scheduler.submit(ticket)
        self.state[ticket.id] = "waiting"

    @rule()
    def take(self) -> None:
        work = self.scheduler.next_work()
        if work is None:
            assert not self.could_run(), "a thread idles although work is ready"
            return
        self.executing.append(work)
        if isinstance(work, Resume):
            self.check_resume(work)
        else:
            self.check_batch(work)

    def check_resume(self, work: Resume) -> None:
        assert self.state[work.run_id] == ("waiting" if work.first else "answered")
        assert not work.first or self.open_beside(work.run_id) < MAX_OPEN, "too many runs are open"
        self.state[work.run_id] = "resuming"
        if work.first and self.tickets[work.run_id].digest not in self.resident:
            self.executing.remove(work)
            self.scheduler.needs_load(work.run_id)
            self.state[work.run_id] = "parked"

    def check_batch(self, work: Batch) -> None:
        keys = {pending.batch_key for pending in work.calls}
        assert len(keys) == 1
        assert len(work.calls) == 1 or None not in keys
        assert 1 <= len(work.calls) <= MAX_BATCH
        for pending in work.calls:
            assert self.state[pending.run_id] == "calling"
            assert self.tickets[pending.run_id].digest == work.digest
            assert pending.index in self.unanswered[pending.run_id]
            assert not any(
                pending is other
                for each in self.executing
                if isinstance(each, Batch) and each is not work
                for other in each.calls
            ), "a call runs twice at once"

    @precondition(lambda self: self.executing)
    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        work = data.draw(st.sampled_from(self.executing))
        self.executing.remove(work)
        if isinstance(work, Resume):
            self.complete_resume(work.run_id, data.draw(st.integers(0, 3)), data.draw(st.booleans()))
        elif data.draw(st.integers(0, 4)):
            self.answer(work)
        else:
            self.fail(work)

    def complete_resume(self, run_id: str, calls: int, batchable: bool) -> None:
        alive = run_id in self.state
        if calls == 0:
            assert self.scheduler.ended(run_id, 0.01) == alive
            self.state.pop(run_id, None)
            return
        key = (self.tickets[run_id].digest, "graph") if batchable else None
        listed = [(Call("graph", ROW), key)] * calls
        assert self.scheduler.called(run_id, listed, single=calls == 1, spent_s=0.01) == alive
        if alive:
            self.state[run_id] = "calling"
            self.unanswered[run_id] = set(range(calls))

    def answer(self, work: Batch) -> None:
        self.scheduler.answered(work, [ROW] * len(work.calls), 0.1)
        for pending in work.calls:
            if pending.run_id in self.state:
                self.unanswered[pending.run_id].discard(pending.index)
                if not self.unanswered[pending.run_id]:
                    self.state[pending.run_id] = "answered"

    def fail(self, work: Batch) -> None:
        live = [pending.run_id for pending in work.calls if pending.run_id in self.state]
        dropped = self.scheduler.failed(work, 0.1)
        assert list(dropped) == (live if len(work.calls) == 1 else [])
        for run_id in dropped:
            del self.state[run_id]

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        run_id = data.draw(st.sampled_from(sorted(self.state)))
        assert self.scheduler.cancel(run_id)
        del self.state[run_id]

    @rule(seconds=st.floats(0, 5))
    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds
        late = {run_id for run_id in self.state if self.tickets[run_id].deadline_s <= self.now_s}
        assert {each.run_id for each in self.scheduler.expire(self.now_s)} == late
        for run_id in late:
            del self.state[run_id]

    @rule()
    def begin_load(self) -> None:
        digest = self.scheduler.next_load()
        parked = {self.tickets[run_id].digest for run_id, state in self.state.items() if state == "parked"}
        if digest is None:
            assert parked <= self.loading
        else:
            assert digest in parked - self.loading
            self.loading.add(digest)

    @precondition(lambda self: self.loading)
    @rule(data=st.data(), outcome=st.sampled_from(["loaded", "failed", "abandoned"]))
    def end_load(self, data: st.DataObject, outcome: str) -> None:
        digest = data.draw(st.sampled_from(sorted(self.loading)))
        self.loading.remove(digest)
        waited = {i for i, state in self.state.items() if state == "parked" and self.tickets[i].digest == digest}
        if outcome == "loaded":
            self.resident.add(digest)
            assert set(self.scheduler.loaded(digest)) == waited
            self.state.update(dict.fromkeys(waited, "waiting"))
        elif outcome == "failed":
            assert set(self.scheduler.load_failed(digest)) == waited
            for run_id in waited:
                del self.state[run_id]
        else:
            self.scheduler.load_abandoned(digest)

    def could_run(self) -> bool:
        running = {p.run_id for each in self.executing if isinstance(each, Batch) for p in each.calls}
        return any(
            state == "answered"
            or (state == "calling" and run_id not in running)
            or (state == "waiting" and self.open_beside(run_id) < MAX_OPEN)
            for run_id, state in self.state.items()
        )

    def open_beside(self, run_id: str) -> int:
        """Count the open runs of the same account and priority."""
        lane = (self.tickets[run_id].account, self.tickets[run_id].priority)
        return sum(
            state in OPEN and (self.tickets[other].account, self.tickets[other].priority) == lane
            for other, state in self.state.items()
        )

    @invariant()
    def the_books_agree(self) -> None:
        assert len(self.scheduler) == len(self.state)
        assert all(self.scheduler.is_live(run_id) for run_id in self.state)
        deadlines = [self.tickets[run_id].deadline_s for run_id in self.state]
        assert self.scheduler.next_deadline_s == (min(deadlines) if deadlines else None)

    def teardown(self) -> None:
        """Let everything come to its end; nobody may be left behind."""
        self.resident |= {Digest("x"), Digest("y")}
        for _ in range(50 + 20 * len(self.tickets)):
            if not self.state:
                return
            while (digest := self.scheduler.next_load()) is not None:
                self.loading.add(digest)
            for digest in sorted(self.loading):
                for run_id in self.scheduler.loaded(digest):
                    self.state[run_id] = "waiting"
            self.loading.clear()
            self.take()
            if self.executing:
                work = self.executing.pop(0)
                if isinstance(work, Resume):
                    self.complete_resume(work.run_id, 0, False)
                else:
                    self.answer(work)
        raise AssertionError(f"left behind: {self.state}")


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)
