"""Name what is wrong with a manifest: the line, the field as the manifest spells it, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from artrator.bundle.document import Mark
from artrator.kernel.errors import ArtratorError, Invalid

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a manifest; a line is None where the fault is of no line."""

    line: int | None
    field: str
    message: str


def faults_of(error: ValidationError, marks: Mark | None, *prefix: str) -> Sequence[Fault]:
    """Name every fault that a validation found, in the order of the lines."""
    found = [_fault_of(each, marks, prefix) for each in error.errors(include_url=False, include_context=False)]
    return sorted(found, key=lambda fault: fault.line or 0)


def located(error: ValidationError, marks: Mark | None, *prefix: str) -> Invalid:
    """Make the error that names the first fault, and how many more there are."""
    details = error.errors(include_url=False, include_context=False)
    first = _fault_of(details[0], marks, prefix)
    more = len(details) - 1
    also = f" (and {more} more {'fault' if more == 1 else 'faults'})" if more else ""
    return fault_at(first.field, first.line, f"{first.message}{also}")


def fault_at(path: str, line: int | None, message: str) -> Invalid:
    """Make the error for one fault."""
    where = "" if line is None else f"line {line}, "
    return Invalid(
        "manifest_invalid", f"artrator.yaml, {where}{path}: {message}.", field=path, line=line, reason=message
    )


def fault_in(error: ArtratorError) -> Fault:
    """Read a fault back out of the error that names it."""
    line, reason = error.facts.get("line"), error.facts.get("reason")
    return Fault(
        line=line if isinstance(line, int) else None,
        field=error.field or "manifest",
        message=reason if isinstance(reason, str) else error.message,
    )


def line_of(marks: Mark | None, *steps: str | int) -> int | None:
    """Find the line of the value at a path, or of the nearest thing around it."""
    for step in steps:
        if marks is None:
            return None
        marks = marks.children.get(step, marks)
    return None if marks is None else marks.line


def _fault_of(details: ErrorDetails, marks: Mark | None, prefix: Sequence[str]) -> Fault:
    path, line = _locate((*prefix, *details["loc"]), marks, details["type"] == "missing")
    message = _REPHRASED.get(details["type"]) or details["msg"].removeprefix("Value error, ").rstrip(".")
    return Fault(line=line, field=path, message=message)


_REPHRASED: Mapping[str, str] = {
    "extra_forbidden": "there is no such field; check its spelling",
    "missing": "this field is missing",
}


def _locate(location: tuple[int | str, ...], marks: Mark | None, missing: bool) -> tuple[str, int | None]:
    """Turn pydantic's place into the manifest's own: the tags of unions are in the former only."""
    if marks is None:
        return ".".join(map(str, location)), None
    names: list[str] = []
    mark = marks
    for index, step in enumerate(location):
        child = mark.children.get(step)
        if child is not None:
            mark = child
            names.append(str(step))
        elif missing and index == len(location) - 1:
            names.append(str(step))
    return ".".join(names) or "manifest", mark.line
