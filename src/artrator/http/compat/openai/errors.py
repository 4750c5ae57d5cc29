"""Errors as OpenAI's clients read them. Source: https://platform.openai.com/docs/guides/error-codes."""

from __future__ import annotations

from pydantic import BaseModel, Field

from artrator.kernel.errors import ArtratorError

PATH = "/openai/"
_TYPES = {
    "invalid": "invalid_request_error",
    "too_large": "invalid_request_error",
    "not_found": "invalid_request_error",
    "conflict": "invalid_request_error",
    "unauthenticated": "authentication_error",
    "forbidden": "permission_error",
    "payment_required": "insufficient_quota",
    "rate_limited": "rate_limit_error",
}


class OpenAIError(BaseModel):
    """What is wrong."""

    message: str = Field(description="What is wrong and what to do, for people.")
    type: str = Field(description="The kind of error, in OpenAI's words.")
    param: str | None = Field(description="The field at fault, as a dotted path.")
    code: str = Field(description="What is wrong, for programs; stable.")


class OpenAIProblem(BaseModel):
    """What every refused request below /openai is answered with."""

    error: OpenAIError


def error_fields(kind: str, code: str, message: str, field: str | None) -> dict[str, object]:
    """Write one error as the body of a reply."""
    error = OpenAIError(message=message, type=_TYPES.get(kind, "server_error"), param=field, code=code)
    return OpenAIProblem(error=error).model_dump()


def error_body(error: ArtratorError) -> dict[str, object]:
    """Write one of our own errors as the body of a reply."""
    return error_fields(error.kind, error.code, error.message, error.field)
