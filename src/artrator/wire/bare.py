"""A route without the framework: for the few that are asked thousands of times a second, beside FastAPI's of the same address.

A bare route answers what is well-formed and raises NotBare on anything else; the request then goes on to FastAPI's route,
which documents the operation and words every refusal. So there is one book of rules, and a short cut through it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import Scope

from artrator.wire.provide import Services

RawHeader: TypeAlias = tuple[bytes, bytes]

JSON: RawHeader = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class BareRequest:
    """One request, whole. headers: by lower-case name, the first where several were sent. words: from the address."""

    scope: Scope
    services: Services
    headers: Mapping[bytes, bytes]
    words: Sequence[str]
    body: bytes

    def header(self, name: bytes, *, max_letters: int) -> str | None:
        """Give a header's text. Raises: NotBare where it is longer than the documented route takes."""
        value = self.headers.get(name)
        if value is None:
            return None
        if len(value) > max_letters:
            raise NotBare
        return value.decode("latin-1")

    @property
    def is_json(self) -> bool:
        """Tell whether the body says that it is JSON, in the usual words."""
        kind = self.headers.get(b"content-type", b"")
        return kind == b"application/json" or kind.startswith(b"application/json;")


@dataclass(frozen=True, slots=True)
class BareReply:
    """The whole reply. Its length is added where it is sent."""

    status: int
    body: bytes
    headers: Sequence[RawHeader] = (JSON,)


class NotBare(Exception):
    """The documented route is to answer this request."""


Answer: TypeAlias = Callable[[BareRequest], Awaitable[BareReply]]


@dataclass(frozen=True, slots=True)
class BareRoute:
    """template: FastAPI's address of the same route, under which it is counted. words: what the address is matched with."""

    method: str
    template: str
    words: re.Pattern[str]
    answer: Answer


def bare_route(method: str, template: str, answer: Answer, **shapes: str) -> BareRoute:
    """Make a bare route of an address such as `/v1/things/{id}`; shapes: what each word in braces looks like."""
    pieces = re.split(r"\{(\w+)\}", template)
    pattern = "".join(f"({shapes[piece]})" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
    return BareRoute(method, template, re.compile(pattern), answer)
