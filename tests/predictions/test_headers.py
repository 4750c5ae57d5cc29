"""The headers that say how long to wait and when to give up."""

from __future__ import annotations

import pytest

from artrator.kernel.errors import Invalid
from artrator.predictions.composition import VersionRef
from artrator.predictions.prediction import read_cancel_after, read_prefer
from artrator.predictions.stream import Position


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5), ("30", 30), ("90s", 90), ("2m", 120), ("1h30m", 5400), ("24h", 86400)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert read_cancel_after(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "4", "0", "-5", "1d", "25h", "s", "5 5", "1m1h", "٣٠", "9" * 9, "1.5m"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_cancel_after(text)


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        (None, None), ("", None), ("respond-async", None), ("wait", 60), ("wait=10", 10), ("WAIT=1", 1),
        ('wait="5"', 5), ("respond-async, wait=10", 10), ("wait=10; x=y", 10), ("handling=lenient", None),
    ],
)  # fmt: skip
def test_preferences_are_read(text: str | None, wait_s: float | None) -> None:
    assert read_prefer(text) == wait_s


@pytest.mark.parametrize("text", ["wait=0", "wait=61", "wait=-1", "wait=soon", "wait=1.5", "wait=" + "9" * 40])
def test_other_waits_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_prefer(text)


def test_versions_are_named_by_digest_or_by_model() -> None:
    digest = "a" * 64
    assert VersionRef.read(digest) == VersionRef(digest=VersionRef.read(digest).digest)
    assert VersionRef.read("a/b").name == "b"
    assert VersionRef.read(f"a/b:{digest}").digest == digest


@pytest.mark.parametrize("text", ["", "a", "a/b/c", "a/b:c", "/b", "a/", "A" * 64, "a" * 63])
def test_other_versions_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        VersionRef.read(text)


@pytest.mark.parametrize("position", [Position(), Position(logs=120), Position(logs=3, output=True)])
def test_the_id_of_an_event_is_the_place_to_go_on(position: Position) -> None:
    assert Position.read(str(position)) == position


@pytest.mark.parametrize("text", [None, "", "x", "1", "1-2", "-1-0", "1-0-0", "9" * 30 + "-0"])
def test_an_id_that_is_not_ours_means_the_beginning(text: str | None) -> None:
    assert Position.read(text) == Position()
