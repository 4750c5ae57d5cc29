"""Name every request, so that what a user saw and what was logged can be brought together."""

from __future__ import annotations

from starlette.types import Scope

from artrator.kernel.ids import new_id
from artrator.wire.bare import RawHeader

REQUEST_ID = "artrator.request_id"


def name_request(scope: Scope) -> RawHeader:
    """Give a request a fresh id and its reply's header; one that a client sends is ignored, since it could be another's."""
    request_id = scope[REQUEST_ID] = new_id()
    return b"x-request-id", request_id.encode()
