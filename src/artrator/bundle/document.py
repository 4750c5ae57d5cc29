"""Read the plain part of YAML (mappings, lists, scalars) with the line of every value, and nothing that can blow up.

Anchors, aliases and tags are refused, so no document grows while it is read. Only what YAML 1.1 and 1.2 agree on
is a number, a boolean or null; `no` and `2026-01-01` stay the texts that their authors meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml import CSafeLoader

from artrator.kernel.errors import Invalid

MAX_DOCUMENT_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_EVENTS = 20_000
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})\Z")
_FLOAT = re.compile(r"[-+]?[0-9]{1,40}\.[0-9]{0,40}([eE][-+][0-9]{1,3})?\Z")
_NOTHING = ("", "~", "null", "Null", "NULL")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(slots=True)
class Mark:
    """Where a value begins (counted from 1), and its children."""

    line: int
    children: dict[str | int, Mark] = field(default_factory=dict[str | int, "Mark"])


@dataclass(slots=True)
class _Open:
    value: dict[str, Plain] | list[Plain]
    mark: Mark
    key: str | None = None
    key_line: int = 0


def malformed(message: str, line: int | None = None) -> Invalid:
    """Make the error for a text that is not a manifest, with its line."""
    where = "" if line is None else f"line {line}: "
    reason = message.rstrip(".")
    return Invalid("manifest_malformed", f"artrator.yaml, {where}{message}", field="manifest", line=line, reason=reason)


def read_document(text: str) -> tuple[Plain, Mark]:
    """Read one YAML document. Raises: Invalid with the line."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_DOCUMENT_BYTES:
        raise malformed(f"the manifest is larger than {MAX_DOCUMENT_BYTES // 1024} KB.")
    try:
        return _Builder().build(_events(text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise malformed(f"this is not YAML: {error.problem or 'syntax error'}.", line) from None
    except (yaml.YAMLError, UnicodeError, ValueError):
        raise malformed("this is not YAML: it holds characters that are not allowed.") from None


def _events(text: str) -> Iterator[yaml.Event]:
    parser = CSafeLoader(text)
    try:
        for _ in range(MAX_EVENTS):
            event = parser.get_event()
            if event is None:
                return
            yield event
    finally:
        parser.dispose()
    raise malformed("there are too many values.")


class _Builder:
    def __init__(self) -> None:
        self._stack: list[_Open] = []
        self._root: tuple[Plain, Mark] | None = None

    def build(self, events: Iterator[yaml.Event]) -> tuple[Plain, Mark]:
        for event in events:
            self._take(event)
        if self._root is None:
            raise malformed("the manifest is empty.", 1)
        return self._root

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise malformed("anchors and aliases (& and *) are not allowed; write the value out.", line)
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise malformed("tags (!) are not allowed.", line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], line)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._stack.pop()
            self._place(closed.value, closed.mark)

    def _open(self, value: dict[str, Plain] | list[Plain], line: int) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise malformed(f"values are nested deeper than {MAX_DEPTH}.", line)
        if self._stack and self._expects_key():
            raise malformed("a key must be a plain word.", line)
        self._stack.append(_Open(value, Mark(line)))

    def _expects_key(self) -> bool:
        top = self._stack[-1]
        return isinstance(top.value, dict) and top.key is None

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._stack and self._expects_key():
            top = self._stack[-1]
            if isinstance(top.value, dict) and event.value in top.value:
                raise malformed(f"the key {event.value[:40]!r} is there twice.", line)
            top.key, top.key_line = event.value, line
            return
        plain = not event.style and event.implicit[0]
        self._place(_resolve(event.value) if plain else event.value, Mark(line))

    def _place(self, value: Plain, mark: Mark) -> None:
        if not self._stack:
            if self._root is not None:
                raise malformed("there must be one document only.", mark.line)
            self._root = (value, mark)
            return
        top = self._stack[-1]
        if isinstance(top.value, list):
            top.mark.children[len(top.value)] = mark
            top.value.append(value)
        elif top.key is not None:
            mark.line = top.key_line
            top.mark.children[top.key] = mark
            top.value[top.key] = value
            top.key = None


def _resolve(text: str) -> Scalar:
    if text in _NOTHING:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
