"""Ids have one form and sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from artrator.kernel.ids import is_id, lowest_id, new_id


def test_new_ids_have_the_form_of_ids_and_differ() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_id(each) for each in ids)


def test_other_texts_are_no_ids() -> None:
    for text in ("", "ID", "u" * 26, "0" * 25, "0" * 27, "'; drop table--0123456789abc"):
        assert not is_id(text)


def test_the_lowest_id_of_a_moment_lies_between_those_before_and_those_after() -> None:
    before = new_id()
    moment = datetime.now(UTC)
    later, earlier = moment + timedelta(seconds=1), moment - timedelta(seconds=1)
    assert is_id(lowest_id(moment))
    assert lowest_id(earlier) < before < lowest_id(later)
    assert lowest_id(moment) <= new_id() < lowest_id(later + timedelta(minutes=10))
