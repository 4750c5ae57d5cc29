"""The one table from kinds of errors to HTTP, and the one shape of an error reply: RFC 9457 problem details."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypedDict

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from artrator.kernel.errors import ArtratorError, Fact

log = logging.getLogger(__name__)

STATUS_OF_KIND: Mapping[str, HTTPStatus] = {
    "invalid": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "payment_required": HTTPStatus.PAYMENT_REQUIRED,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}


class _Problem(TypedDict, total=False):
    title: str
    status: int
    detail: str
    code: str
    kind: str
    field: str
    facts: Mapping[str, Fact]


def problem(
    status: int,
    code: str,
    message: str,
    *,
    kind: str = "error",
    field: str | None = None,
    facts: Mapping[str, Fact] | None = None,
) -> JSONResponse:
    """Write an error as `application/problem+json`; `detail` is the sentence for people, `code` is for programs."""
    body = _Problem(title=HTTPStatus(status).phrase, status=status, detail=message, code=code, kind=kind)
    if field is not None:
        body["field"] = field
    if facts:
        body["facts"] = facts
    headers: dict[str, str] = {}
    retry_after = (facts or {}).get("retry_after_s")
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, round(float(retry_after))))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(dict(body), status, headers, media_type="application/problem+json")


def problem_of(error: ArtratorError) -> JSONResponse:
    """Write one of our own errors."""
    status = STATUS_OF_KIND.get(error.kind, HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem(status, error.code, error.message, kind=error.kind, field=error.field, facts=error.facts)


def install_problem_handlers(app: FastAPI) -> None:
    """See that every error leaves the app in the same shape."""
    app.add_exception_handler(ArtratorError, _on_artrator_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_bug)


async def _on_artrator_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ArtratorError)
    return problem_of(error)


async def _on_validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part not in {"body", "query", "path", "header"})
    return problem(
        422, "request_malformed", f"{field or 'The request'}: {first['msg']}.", kind="invalid", field=field or None
    )


async def _on_http_exception(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower()
    response = problem(error.status_code, code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    log.error("a bug in %s %s", request.method, request.url.path, exc_info=error)
    return problem(500, "internal_error", "Something went wrong here; it is logged, and not your fault.")
