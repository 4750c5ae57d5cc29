"""Whose turn it is among the accounts of one class, and what is remembered of those who left."""

from __future__ import annotations

import pytest

from artrator.engine.fleet import Priority
from artrator.engine.waiting.turns import Turns


def turns() -> Turns:
    return Turns(Priority.INTERACTIVE)


def test_leaving_and_coming_back_does_not_wipe_out_what_an_account_has_had() -> None:
    accounts = turns()
    accounts.join("other")
    accounts.join("greedy").charge(10)
    accounts.leave("greedy")
    assert accounts.join("greedy").virtual_s == 10


def test_what_an_account_owes_is_forgotten_once_the_others_have_had_as_much() -> None:
    accounts = turns()
    other = accounts.join("other")
    accounts.join("greedy").charge(10)
    accounts.leave("greedy")
    other.charge(12)
    accounts.serve(other)
    assert accounts.join("greedy").virtual_s == 12


def test_nobody_owes_anything_to_an_engine_that_everybody_has_left() -> None:
    accounts = turns()
    accounts.join("greedy").charge(10)
    accounts.leave("greedy")
    assert accounts.join("greedy").virtual_s == 0


def test_a_heavier_account_is_charged_less_for_the_same_work() -> None:
    accounts = turns()
    heavy, light = accounts.join("heavy", 4.0), accounts.join("light", 0.5)
    heavy.charge(2)
    light.charge(2)
    assert (heavy.virtual_s, light.virtual_s) == (0.5, 4.0)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        turns().join("account", weight)
