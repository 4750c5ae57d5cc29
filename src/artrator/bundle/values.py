"""One value against one input field: the types and bounds that requests, defaults and examples must all keep."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, TypeGuard, assert_never

import msgspec

from artrator.bundle.fields import (
    MAX_SEED,
    AudioInput,
    BooleanInput,
    ChoiceInput,
    FileInput,
    ImageInput,
    InputField,
    IntegerInput,
    LatentInput,
    NumberInput,
    SeedInput,
    TensorInput,
    TextInput,
)
from artrator.kernel.errors import Invalid, TooLarge

MAX_TENSOR_VALUES = 1_000_000
MAX_TENSOR_DEPTH = 8
MAX_URL_LENGTH = 2_000
MAX_DATA_URL_LENGTH = 64 * 1024 * 1024

_write_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReference:
    """A file that a request names: a data: URL, an http(s) URL or a path of our own; resolved to bytes before a run."""

    url: str


InputValue = str | int | float | bool | FileReference | None
"""A checked value. A tensor given as nested lists is their JSON text; None is a seed that is still to be drawn."""


def check_value(field: InputField, raw: object, *, path: str) -> InputValue:
    """Check one value. Raises: Invalid with field=path."""
    value: InputValue
    match field:
        case TextInput():
            value = _text(field, raw, path)
        case IntegerInput():
            value = _bounded(_integer(raw, path), field.minimum, field.maximum, path)
        case NumberInput():
            value = _bounded(_number(raw, path), field.minimum, field.maximum, path)
        case BooleanInput():
            value = _boolean(raw, path)
        case ChoiceInput():
            value = _choice(field, raw, path)
        case SeedInput():
            value = _bounded(_integer(raw, path), 0, MAX_SEED, path)
        case ImageInput() | AudioInput() | FileInput():
            value = _file(raw, path)
        case TensorInput() | LatentInput():
            value = _tensor(field, raw, path)
        case _:
            assert_never(field)
    return value


def _text(field: TextInput, raw: object, path: str) -> str:
    if not isinstance(raw, str):
        raise _wrong_type("a text", raw, path)
    if not field.min_length <= len(raw) <= field.max_length:
        message = f"{path} has {len(raw)} characters; it must have {field.min_length} to {field.max_length}."
        raise Invalid("input_out_of_range", message, field=path)
    if any(0xD800 <= ord(letter) <= 0xDFFF or letter == "\0" for letter in raw):
        raise Invalid("input_malformed", f"{path} holds characters that are not text.", field=path)
    return raw


def _integer(raw: object, path: str) -> int:
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        return int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise _wrong_type("a whole number", raw, path)
    return raw


def _number(raw: object, path: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _wrong_type("a number", raw, path)
    try:
        value = float(raw)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Invalid("input_out_of_range", f"{path} must be a finite number.", field=path)
    return value


def _bounded(value: float, minimum: float | None, maximum: float | None, path: str) -> float:
    if minimum is not None and value < minimum:
        raise Invalid("input_out_of_range", f"{path} is {value!r:.40}; the least is {minimum}.", field=path)
    if maximum is not None and value > maximum:
        raise Invalid("input_out_of_range", f"{path} is {value!r:.40}; the most is {maximum}.", field=path)
    if isinstance(value, int) and abs(value) > 2**63 - 1:
        raise Invalid("input_out_of_range", f"{path} is too large a number.", field=path)
    return value


def _boolean(raw: object, path: str) -> bool:
    if not isinstance(raw, bool):
        raise _wrong_type("true or false", raw, path)
    return raw


def _choice(field: ChoiceInput, raw: object, path: str) -> str:
    if not isinstance(raw, str):
        raise _wrong_type("one of its choices", raw, path)
    if raw not in field.choices:
        known = ", ".join(field.choices[:20]) + (", ..." if len(field.choices) > 20 else "")
        raise Invalid("input_not_a_choice", f"{path} is {raw[:40]!r}; the choices are {known}.", field=path)
    return raw


def _file(raw: object, path: str) -> FileReference:
    if isinstance(raw, FileReference):
        return raw
    if not isinstance(raw, str) or not raw:
        raise _wrong_type("a URL (https:, data: or of a file uploaded here)", raw, path)
    if len(raw) > (MAX_DATA_URL_LENGTH if raw[:5].lower() == "data:" else MAX_URL_LENGTH):
        raise TooLarge("input_too_large", f"{path} is too long a URL; upload the file first.", field=path)
    return FileReference(url=raw)


def _tensor(field: TensorInput | LatentInput, raw: object, path: str) -> str | FileReference:
    if isinstance(raw, str | FileReference):
        return _file(raw, path)
    shape = _shape_of(raw, path)
    wanted = field.shape
    fits = len(shape) == len(wanted) and all(
        isinstance(want, str) or want == have for want, have in zip(wanted, shape, strict=True)
    )
    if not fits:
        message = f"{path} has the shape {list(shape)}; it must be {list(wanted)}."
        raise Invalid("input_shape_wrong", message, field=path)
    try:
        return _write_json(raw).decode()
    except OverflowError:  # a whole number of more than 64 bits
        return json.dumps(raw, separators=(",", ":"), allow_nan=False)


def _is_list(raw: object) -> TypeGuard[list[object]]:
    return isinstance(raw, list)


def _shape_of(raw: object, path: str) -> tuple[int, ...]:
    """Give the shape of nested lists of finite numbers, level by level, so that depth costs no stack."""
    shape: list[int] = []
    level: list[object] = [raw]
    while level and _is_list(level[0]):
        width = len(level[0])
        below: list[object] = []
        for each in level:
            if not _is_list(each) or len(each) != width:
                raise Invalid("input_shape_wrong", f"{path} must be lists of equal lengths.", field=path)
            below.extend(each)
        shape.append(width)
        level = below
        if len(shape) > MAX_TENSOR_DEPTH or len(level) > MAX_TENSOR_VALUES:
            raise TooLarge("input_too_large", f"{path} holds too many numbers; send an .npy file.", field=path)
    # the usual case in three passes of C, since a request may hold a million numbers
    if set(map(type, level)) <= {float, int, bool} and _all_finite(level):
        return tuple(shape)
    for each in level:
        if isinstance(each, bool):
            continue
        if not isinstance(each, int | float) or not math.isfinite(_number(each, path)):
            raise _wrong_type("nested lists of numbers", each, path)
    return tuple(shape)


def _all_finite(numbers: list[Any]) -> bool:
    try:
        return all(map(math.isfinite, numbers))
    except OverflowError:  # a whole number larger than any float
        return False


def _wrong_type(wanted: str, raw: object, path: str) -> Invalid:
    return Invalid("input_wrong_type", f"{path} must be {wanted}, not {_kind(raw)}.", field=path)


def _kind(raw: object) -> str:
    names: dict[type, str] = {
        str: "a text",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        list: "a list",
        dict: "an object",
        type(None): "null",
    }
    return names.get(type(raw), "something else")
