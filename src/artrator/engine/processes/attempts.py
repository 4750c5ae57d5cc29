"""A run that is tried again when the place where it ran is lost looks, to whoever waits, like one run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

from artrator.engine.fleet import Finished, RunEvent, Started

LostT = TypeVar("LostT", bound=Exception)


async def attempts(
    attempt: Callable[[], AsyncGenerator[RunEvent]], lost: type[LostT], answer_for: Callable[[LostT, int], None]
) -> AsyncGenerator[RunEvent]:
    """Yield the events of an attempt, and of the next one after each loss; Started is told once.

    answer_for: given a loss and how many there were, it raises what the run ends with, or returns to have it tried again.
    """
    losses, has_started = 0, False
    while True:
        try:
            async with aclosing(attempt()) as events:
                async for event in events:
                    if isinstance(event, Started):
                        if has_started:
                            continue
                        has_started = True
                    yield event
                    if isinstance(event, Finished):
                        return
        except lost as loss:
            losses += 1
            answer_for(loss, losses)
