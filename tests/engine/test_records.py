"""Crash counts, trials and quarantine."""

from __future__ import annotations

import pytest

from artrator.engine.errors import ModelQuarantined
from artrator.engine.processes.records import Records
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest

A, B = Digest("a" * 64), Digest("b" * 64)


def test_one_crash_puts_a_model_on_trial_and_two_into_quarantine() -> None:
    records, told = Records(), list[tuple[Digest, ArtratorError]]()
    records.on_quarantine(lambda digest, error: told.append((digest, error)))
    records.convict(A)
    records.refuse_quarantined(A)
    assert records.is_on_trial(A)
    records.convict(A)
    with pytest.raises(ModelQuarantined):
        records.refuse_quarantined(A)
    records.refuse_quarantined(B)
    records.convict(A)
    assert [digest for digest, _ in told] == [A]


def test_a_good_run_ends_the_trial_but_not_the_memory() -> None:
    records = Records()
    records.convict(A)
    records.acquit(A)
    assert not records.is_on_trial(A)
    records.convict(A)
    with pytest.raises(ModelQuarantined):
        records.refuse_quarantined(A)


def test_suspicion_alone_never_quarantines() -> None:
    records = Records()
    for _ in range(10):
        records.suspect(A)
    records.refuse_quarantined(A)


def test_a_forgotten_model_starts_anew() -> None:
    records = Records()
    records.convict(A)
    records.convict(A)
    records.forget(A)
    records.refuse_quarantined(A)
    assert not records.is_on_trial(A)


def test_a_listener_that_fails_keeps_nobody_from_hearing() -> None:
    records, told = Records(), list[Digest]()

    def fail(_digest: Digest, _error: ArtratorError) -> None:
        raise RuntimeError

    records.on_quarantine(fail)
    records.on_quarantine(lambda digest, _: told.append(digest))
    records.convict(A)
    records.convict(A)
    assert told == [A]
