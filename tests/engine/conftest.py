"""A real Inference on real graphs, and a listener that waits for events without sleeping."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artrator.engine.execution.inference import Inference
from artrator.engine.fleet import ChosenLora, Finished, InputValue, InstalledBundle, Priority, RunEvent, RunRequest
from artrator.engine.settings import EngineSettings
from artrator.kernel.errors import ArtratorError
from artrator.kernel.ids import Digest, new_id
from tests.engine.graphs import make_bundle

PATIENCE_S = 30.0


class Slots:
    """An `on_running` hook that can be waited on: which slots execute a graph, and which ever did."""

    def __init__(self) -> None:
        self.told: list[tuple[int, Digest | None]] = []
        self._occupied: dict[int, Digest] = {}
        self._changed = threading.Condition()

    def __call__(self, slot: int, digest: Digest | None) -> None:
        with self._changed:
            self.told.append((slot, digest))
            self._occupied.pop(slot, None)
            if digest is not None:
                self._occupied[slot] = digest
            self._changed.notify_all()

    def began(self, slots: range) -> list[int]:
        """Name the slots in which something began, in order."""
        return [slot for slot, digest in self.told if digest is not None and slot in slots]

    def wait_busy(self, slots: range) -> None:
        """Wait until one of the slots executes a graph."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(slot in slots for slot in self._occupied), PATIENCE_S)

    def wait_idle(self) -> None:
        """Wait until no slot executes a graph."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._occupied, PATIENCE_S), self._occupied


class Listener:
    """Collects the events of one run."""

    def __init__(self) -> None:
        self.seen: list[RunEvent | ArtratorError] = []
        self._queue: queue.Queue[RunEvent | ArtratorError] = queue.Queue()

    def __call__(self, event: RunEvent | ArtratorError) -> None:
        self.seen.append(event)
        self._queue.put(event)

    def next(self) -> RunEvent | ArtratorError:
        return self._queue.get(timeout=PATIENCE_S)

    def last(self) -> Finished | ArtratorError:
        """Wait for the last event of the run."""
        while True:
            event = self.next()
            if isinstance(event, Finished | ArtratorError):
                return event

    def finished(self) -> Finished:
        event = self.last()
        assert isinstance(event, Finished), event
        return event

    def error(self) -> ArtratorError:
        event = self.last()
        assert isinstance(event, ArtratorError), event
        return event


def request(
    bundle: InstalledBundle,
    inputs: dict[str, InputValue] | None = None,
    *,
    account: str = "alice",
    deadline_s: float = 60.0,
    output_format: str = "png",
    priority: Priority = Priority.INTERACTIVE,
    loras: tuple[ChosenLora, ...] = (),
) -> RunRequest:
    return RunRequest(
        id=new_id(),
        bundle=bundle,
        inputs=inputs or {},
        account=account,
        deadline_s=deadline_s,
        output_format=output_format,
        priority=priority,
        loras=loras,
    )


@pytest.fixture
def engines() -> Iterator[Callable[..., Inference]]:
    """Makes engines of two threads, closed after the test."""
    made: list[Inference] = []

    def make(**settings: object) -> Inference:
        hooks = {name: settings.pop(name) for name in ("on_running",) if name in settings}
        made.append(Inference(EngineSettings.model_validate({"threads_per_worker": 2, **settings}), **hooks))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def engine(engines: Callable[..., Inference]) -> Inference:
    return engines()


@pytest.fixture
def bundles(tmp_path: Path) -> Callable[..., InstalledBundle]:
    """Makes bundles of the kinds in `graphs.py`, each in a folder of its own."""
    count = iter(range(1000))

    def make(kind: str, **options: object) -> InstalledBundle:
        return make_bundle(tmp_path / f"bundle-{next(count)}", kind, **options)  # type: ignore[arg-type]

    return make
