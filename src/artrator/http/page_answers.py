"""What a page will ask the API for first, answered along with it: a slow phone comes to ask a second after it has the page."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import Message

from artrator.http.first_pictures import (
    Pictures,
    none_of,
    of_a_model,
    of_an_item,
    of_the_gallery,
    of_the_list,
    of_the_wall,
)
from artrator.http.request_id import REQUEST_ID

log = logging.getLogger(__name__)

WAIT_S = 1.0
"""A page that comes without answers asks for them itself, so it does not wait longer for them than this."""
HEAD_ENDS, BODY_ENDS = b"</head>", b"</body>"
_KEPT = ("type", "asgi", "http_version", "scheme", "server", "client", "root_path", "state", "app", REQUEST_ID)


@dataclass(frozen=True, slots=True)
class Question:
    """An address of the API, written as the app writes it, and which pictures of the reply are shown first."""

    address: str
    pictures: Pictures


WALL = Question("/v1/explore?limit=24", of_the_wall)
LIST = Question("/v1/models?limit=24", of_the_list)
GALLERY: Mapping[str, Question] = {
    query: Question(f"/v1/gallery/items?{query}{'&' if query else ''}limit=24", of_the_gallery)
    for query in ("", "kind=picture", "kind=walk", "sort=liked")
}
ITEM = re.compile("/gallery/([0-9a-z]{26})")


def asked_first(path: str, query: str, *, is_model: bool) -> Sequence[Question]:
    """Tell what the app asks for first at an address of its own."""
    if is_model:
        return (Question(f"/v1/models{path}", none_of), Question(f"/v1/models{path}/examples", of_a_model))
    if path == "/gallery":
        return (GALLERY[query],) if query in GALLERY else ()
    if (item := ITEM.fullmatch(path)) is not None:
        return (Question(f"/v1/gallery/items/{item[1]}", of_an_item),)
    if path != "/":
        return ()
    return {"": (WALL,), "show=models": (LIST,)}.get(query, ())


async def with_answers(page: bytes, request: Request, questions: Sequence[Question]) -> bytes:
    """Write into a page what its first questions are answered, as data that no browser runs."""
    try:
        async with asyncio.timeout(WAIT_S):
            answers = [(question, await _answer(request, question.address)) for question in questions]
    except TimeoutError:
        return page
    example = request.query_params.get("example")
    links, blocks = "", b""
    for question, body in answers:
        if body is not None:
            links += "".join(question.pictures(json.loads(body), example))
            blocks += _block(question.address, body)
    return page.replace(HEAD_ENDS, links.encode() + HEAD_ENDS, 1).replace(BODY_ENDS, blocks + BODY_ENDS, 1)


def _block(address: str, body: bytes) -> bytes:
    """Write JSON so that nothing in it ends the block: `<` as an escape that JSON reads back."""
    name = escape(address).encode()
    return b'<script type="application/json" data-answer="%s">%s</script>' % (name, body.replace(b"<", rb"\u003c"))


async def _answer(request: Request, address: str) -> bytes | None:
    """Answer as to somebody who is not logged in, whoever asks. None where that is refused."""
    parts = urlsplit(address)
    scope = {key: request.scope[key] for key in _KEPT if key in request.scope} | {
        "method": "GET",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(name, value) for name, value in request.scope["headers"] if name == b"host"],
    }
    statuses: list[int] = []
    pieces: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        else:
            pieces.append(message.get("body", b""))

    try:
        await request.app.inside(scope, receive, send)
    except Exception:
        log.exception("a bug in answering %s along with a page (request %s)", address, request.scope.get(REQUEST_ID))
        return None
    return b"".join(pieces) if statuses == [HTTPStatus.OK] else None
