"""What the property tests share: patient settings for busy machines, and refusals as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

from artrator.kernel.errors import ArtratorError

Result = TypeVar("Result")

patient = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def outcome(work: Callable[[], Result]) -> Result | ArtratorError:
    """Give the result or the refusal; every other exception is a bug and fails the test."""
    try:
        return work()
    except ArtratorError as error:
        return error
