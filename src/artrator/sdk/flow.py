"""An operation as a generator of requests, so that the blocking and the async client share every line but the waiting.

A flow yields `Ask` (an HTTP request) or `Pause` (seconds) and is sent what came back.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from artrator.kernel.errors import KINDS, ArtratorError, Fact, Unavailable

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One HTTP request; `path` may be an absolute URL of the same server."""

    method: str
    path: str
    json: object | None = None
    upload: Mapping[str, tuple[str, bytes, str]] | None = None
    """Multipart files: field -> (file name, content, media type)."""
    file: Path | None = None
    """A file that is the whole body, streamed from the disk."""
    into: Path | None = None
    """A file that takes the body of the answer, streamed to the disk."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout_s: float = 90.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before going on."""

    seconds: float


Flow = Generator[Ask | Pause, httpx.Response | None, Value]


def ask(request: Ask) -> Flow[httpx.Response]:
    """Send a request and return its answer. Raises: the ArtratorError that the server raised."""
    response = yield request
    assert response is not None
    raise_for_problem(response)
    return response


class _Problem(msgspec.Struct):
    detail: str = ""
    code: str = ""
    kind: str = ""
    field: str | None = None
    facts: dict[str, Fact] = {}


def raise_for_problem(response: httpx.Response) -> None:
    """Raise the error that a reply carries, as the class that the server raised."""
    if response.is_success:
        return
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    kind = KINDS.get(problem.kind, Unavailable if response.status_code >= 500 else ArtratorError)
    raise kind(
        problem.code or f"http_{response.status_code}",
        problem.detail or f"The server answered {response.status_code} without saying why.",
        field=problem.field,
        **problem.facts,
    )


def unreachable(url: str, error: httpx.TransportError) -> Unavailable:
    """Say that no server answers at an address."""
    return Unavailable(
        "server_unreachable",
        f"No answer from {url} ({type(error).__name__}); start a server with `artrator demo`, or set ARTRATOR_URL.",
    )
