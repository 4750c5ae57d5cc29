"""The OpenAPI document: stable operation ids, and the one shape of an error on every operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import APIRoute

from artrator.http.problems import MEDIA_TYPE, Problem

TAGS: Mapping[str, str] = {
    "account": "The caller's own account, and what is public of others'.",
    "sessions": "Browsers that are logged in.",
    "keys": "API keys for programs.",
    "models": "Models, their versions, prices and search.",
    "gallery": "Real outputs of models, and reports of models.",
    "verification": "What the checks found in a version.",
    "wallet": "Credits, holds and statements.",
    "predictions": "Runs of a version on an input.",
    "files": "Input files.",
    "operate": "For operators.",
    "health": "For supervisors and load balancers.",
}
_REF = "#/components/responses/Problem"


def operation_id(route: APIRoute) -> str:
    """Name an operation as its function is named: the generated clients' methods are called so."""
    return route.name


def install_openapi(app: FastAPI) -> None:
    """Complete the document that FastAPI makes, once."""
    plain = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(plain())
        return app.openapi_schema

    app.openapi = complete


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["responses"] = {
        "Problem": {
            "description": "The request was refused or failed (RFC 9457).",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    names: Counter[str] = Counter()
    for path in document["paths"].values():
        for operation in cast("dict[str, dict[str, Any]]", path).values():
            names[operation["operationId"]] += 1
            responses = operation["responses"]
            responses.pop("422", None)
            responses["4XX"] = {"$ref": _REF}
            responses["5XX"] = {"$ref": _REF}
    repeated = [name for name, count in names.items() if count > 1]
    if repeated:
        raise RuntimeError(f"two routes' functions are called {', '.join(repeated)}")
    return document
