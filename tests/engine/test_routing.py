"""Which worker takes a request."""

from __future__ import annotations

from artrator.engine.waiting.routing import Candidate, choose


def test_a_worker_that_knows_the_bundle_is_taken_while_it_has_a_free_slot() -> None:
    assert choose([Candidate(0, load=0, slots=2, knows=False), Candidate(1, load=1, slots=2, knows=True)]) == 1


def test_an_idle_worker_relieves_one_that_would_let_the_request_wait() -> None:
    assert choose([Candidate(0, load=0, slots=2, knows=False), Candidate(1, load=2, slots=2, knows=True)]) == 0


def test_where_all_are_busy_the_bundle_is_not_loaded_twice() -> None:
    assert choose([Candidate(0, load=3, slots=2, knows=False), Candidate(1, load=9, slots=2, knows=True)]) == 1


def test_a_bundle_that_nobody_knows_goes_to_the_least_loaded() -> None:
    assert choose([Candidate(0, load=1, slots=2, knows=False), Candidate(1, load=1, slots=4, knows=False)]) == 1
