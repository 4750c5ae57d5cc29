"""A request's body is refused before any part sees what it could not store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from artrator.wire.schemas import MAX_DEPTH, Strict


class Body(Strict):
    """A body whose one field takes anything."""

    value: object


def _nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    ["\0", "a\0b", "\ud800", float("nan"), float("-inf"), {"k\0": 1}, {"k": [{"deep": "\0"}]}, _nested(MAX_DEPTH)],
)
def test_what_cannot_be_stored_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Body.model_validate({"value": value})


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        Body.model_validate({"value": 1, "other": 2})


def test_nesting_within_the_limit_is_taken() -> None:
    value = _nested(MAX_DEPTH - 3)
    assert Body.model_validate({"value": value}).value == value


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.just("k"), inner),
    max_leaves=20,
)


@given(json_values)
def test_ordinary_json_is_taken_unchanged(value: object) -> None:
    assert Body.model_validate({"value": value}).value == value
