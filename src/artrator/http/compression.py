"""Compress long answers that everybody gets alike; nothing else: an answer's length tells of what stands in it.

Who can put words into an answer beside somebody's secret, and sees how long it is, reads the secret letter by letter
(Prado et al. 2013, "BREACH"). So only what is named here is compressed, none of which holds a secret, and lists that a caller may
see more of than others only for callers without credentials. Streams and the routes of runs never come here.
"""

from __future__ import annotations

import zlib

from starlette.types import Message, Scope

FOR_ALL = frozenset(
    {
        "/openapi.json",
        "/v1/explore",
        "/v1/tags",
        "/v1/collections",
        "/v1/collections/{slug}",
        "/v1/models/{owner}/{name}",
        "/v1/models/{owner}/{name}/examples",
        "/v1/models/{owner}/{name}/versions",
        "/v1/models/{owner}/{name}/versions/{digest}",
        "/v1/models/{owner}/{name}/versions/{digest}/verification",
    }
)
FOR_STRANGERS = frozenset({"/v1/models", "/v1/search"})
"""They repeat what was asked for, and with some filters show the caller's private models beside it."""
LEAST_BYTES, MOST_BYTES = 2048, 1 << 20
"""Shorter ones fit in two packets as they are; longer ones would hold up the others."""
LEVEL = 4
_CREDENTIALS = frozenset({b"authorization", b"cookie"})


def accepted_codings(header: str) -> frozenset[str]:
    """Read `Accept-Encoding`: the codings that a client takes, without those of quality 0 (RFC 9110, 12.5.3)."""
    found: set[str] = set()
    for each in header.lower().split(","):
        coding, _, quality = each.partition(";")
        if quality.replace(" ", "").rstrip("0").rstrip(".") not in {"q=", "q=0"}:
            found.add(coding.strip())
    return frozenset(found)


def may_compress(scope: Scope, start: Message) -> bool:
    """Tell whether an answer of which the head is there may be compressed; as a rule after one look."""
    path = getattr(scope.get("route"), "path", None) or scope["path"]  # FastAPI names no route for its own document
    if path not in FOR_ALL and path not in FOR_STRANGERS:
        return False
    asked = dict(scope["headers"])
    if path in FOR_STRANGERS and not _CREDENTIALS.isdisjoint(asked):
        return False
    if (
        scope["method"] != "GET"
        or start["status"] != 200
        or "gzip" not in accepted_codings(asked.get(b"accept-encoding", b"").decode("latin-1"))
    ):
        return False
    told = dict(start["headers"])
    length = told.get(b"content-length", b"")
    is_json = told.get(b"content-type", b"").startswith(b"application/json")
    return is_json and b"content-encoding" not in told and length.isdigit() and LEAST_BYTES <= int(length) <= MOST_BYTES


def compressed(start: Message, body: Message) -> tuple[Message, Message]:
    """Give the two messages of a whole answer with its body as gzip."""
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    small = deflate.compress(body["body"]) + deflate.flush()
    headers = [(name, value) for name, value in start["headers"] if name not in {b"content-length", b"vary"}]
    headers += [(b"content-length", b"%d" % len(small)), (b"content-encoding", b"gzip")]
    vary = [value for name, value in start["headers"] if name == b"vary"]
    headers.append((b"vary", b", ".join([*vary, b"Accept-Encoding"])))
    return {**start, "headers": headers}, {**body, "body": small}
