"""Ids have one form and sort by time."""

from __future__ import annotations

from artrator.kernel.ids import is_id, new_id


def test_new_ids_have_the_form_of_ids_and_differ() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_id(each) for each in ids)


def test_other_texts_are_no_ids() -> None:
    for text in ("", "ID", "u" * 26, "0" * 25, "0" * 27, "'; drop table--0123456789abc"):
        assert not is_id(text)
