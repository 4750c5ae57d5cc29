"""Event streams are read as the HTML standard says, whatever else is in them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.sdk.progress import RunProgress, progress_in, read_events


def test_events_are_split_at_empty_lines() -> None:
    lines = ["event: logs", "data: one", "data: two", "", "event: done", "data: {}", ""]
    assert list(read_events(lines)) == [("logs", "one\ntwo"), ("done", "{}")]


def test_comments_ids_and_events_without_data_are_passed_over() -> None:
    lines = [": heartbeat", "", "id: 3-1", "event: output", "", "event: done", "data:{}", ""]
    assert list(read_events(lines)) == [("done", "{}")]


def test_an_event_that_was_cut_off_is_not_given() -> None:
    assert list(read_events(["event: output", "data: half"])) == []


def test_progress_carries_steps_and_a_preview() -> None:
    picture = base64.b64encode(b"jpeg").decode()
    data = f'{{"step": 2, "steps": 8, "preview": "data:image/jpeg;base64,{picture}"}}'
    assert progress_in("progress", data) == RunProgress(step=2, steps=8, preview=b"jpeg")
    assert progress_in("progress", '{"step": 1, "steps": 8, "preview": null}') == RunProgress(step=1, steps=8)


@pytest.mark.parametrize("data", ["", "null", "[]", '{"step": "x"}', '{"preview": "data:,?"}', "{"])
def test_progress_that_is_not_understood_is_passed_over(data: str) -> None:
    assert progress_in("progress", data) is None


def test_other_events_are_no_progress() -> None:
    assert progress_in("done", '{"step": 1, "steps": 2}') is None


@given(st.lists(st.text(st.characters(exclude_characters="\r\n"))))
def test_whatever_the_lines_are_reading_them_ends(lines: list[str]) -> None:
    for event, data in read_events(lines):
        progress_in(event, data)
