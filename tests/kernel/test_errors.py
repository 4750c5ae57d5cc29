"""Errors as they cross between processes of ours."""

from __future__ import annotations

import pickle

import pytest

from artrator.engine.errors import EngineBusy, ModelFault, ModelQuarantined
from artrator.kernel.errors import ArtratorError, Invalid


@pytest.mark.parametrize(
    "error",
    [
        Invalid("bad", "It is bad.", field="inputs.x", most=3),
        ModelFault("model_crashed", "It crashed.", signal="SIGFPE"),
        ModelQuarantined("It is stopped.", digest="d"),
        EngineBusy("Later.", retry_after_s=4.5),
    ],
)
def test_an_error_arrives_in_another_process_as_what_it_is(error: ArtratorError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert (arrived.code, arrived.message, arrived.field) == (error.code, error.message, error.field)
    assert arrived.facts == error.facts
    assert str(arrived) == str(error)
