"""Who answers for a lost worker, without any process."""

from __future__ import annotations

import signal

import pytest

from artrator.engine.processes.blame import Cause, Loss, Verdict, find_unwanted, judge, name_exit
from artrator.engine.wire.board import Activity, Execution
from artrator.kernel.ids import Digest

A, B, C = Digest("a" * 64), Digest("b" * 64), Digest("c" * 64)


def loss(
    *,
    executing: set[Digest],
    in_flight: set[Digest],
    exit_code: int = -signal.SIGSEGV,
    cause: Cause = Cause.ENDED,
    alone: bool = False,
) -> Loss:
    """A worker that was lost."""
    return Loss(
        cause=cause, exit_code=exit_code, executing=frozenset(executing), in_flight=frozenset(in_flight), alone=alone
    )


def test_the_one_that_executed_is_guilty_and_those_that_waited_are_not() -> None:
    crash = loss(executing={A}, in_flight={A, B})
    assert (judge(crash, A), judge(crash, B)) == (Verdict.GUILTY, Verdict.INNOCENT)


def test_of_several_that_executed_each_is_a_suspect() -> None:
    crash = loss(executing={A, B}, in_flight={A, B, C})
    assert [judge(crash, each) for each in (A, B, C)] == [Verdict.SUSPECT, Verdict.SUSPECT, Verdict.INNOCENT]


def test_where_nobody_executed_all_that_were_there_are_suspects() -> None:
    crash = loss(executing=set(), in_flight={A, B})
    assert [judge(crash, each) for each in (A, B)] == [Verdict.SUSPECT, Verdict.SUSPECT]


def test_who_has_no_request_there_cannot_be_framed() -> None:
    crash = loss(executing={C}, in_flight={A})
    assert judge(crash, C) is Verdict.INNOCENT
    assert judge(crash, A) is Verdict.GUILTY


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_kill_from_outside_convicts_nobody_at_once(number: signal.Signals) -> None:
    assert judge(loss(executing={A}, in_flight={A}, exit_code=-number), A) is Verdict.SUSPECT


def test_who_was_alone_is_guilty_however_it_ended() -> None:
    assert judge(loss(executing=set(), in_flight={A}, exit_code=-signal.SIGKILL, alone=True), A) is Verdict.GUILTY


def test_a_worker_that_hung_is_held_against_what_it_executed() -> None:
    hung = loss(executing={A}, in_flight={A, B}, exit_code=-signal.SIGKILL, cause=Cause.HUNG)
    assert (judge(hung, A), judge(hung, B)) == (Verdict.GUILTY, Verdict.INNOCENT)


def test_a_retired_worker_is_held_against_nobody() -> None:
    assert judge(loss(executing={A}, in_flight={A}, cause=Cause.RETIRED), A) is Verdict.INNOCENT


@pytest.mark.parametrize(("code", "name"), [(-11, "SIGSEGV"), (3, "exit status 3"), (-63, "signal 63")])
def test_the_end_of_a_process_has_a_name(code: int, name: str) -> None:
    assert name_exit(code) == name


def test_work_that_began_before_every_request_for_it_came_is_unwanted() -> None:
    execution = Execution(A, Activity.RUNS, since_s=10.0)
    assert find_unwanted([execution], {}) is execution
    assert find_unwanted([execution], {A: 11.0}) is execution
    assert find_unwanted([execution], {A: 9.0}) is None


def test_loading_serves_requests_that_came_later_too() -> None:
    execution = Execution(A, Activity.LOADS, since_s=10.0)
    assert find_unwanted([execution], {A: 11.0}) is None
    assert find_unwanted([execution], {B: 9.0}) is execution
