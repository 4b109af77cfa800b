"""What any operation may answer besides what its handler says, written into the OpenAPI document in one place."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from app.api.policy import Rate
from app.api.problems import problems
from app.api.routing import ROUTES
from app.core.errors import (
    AppError,
    BadRequest,
    Invalid,
    RateLimited,
    TooLarge,
    TooSlow,
    Transient,
    UnsupportedEncoding,
)
from app.core.problems import Problem, ValidationProblem

_METHODS = {"get", "put", "post", "delete", "patch"}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}


def install(app: FastAPI) -> None:
    """Complete the app's OpenAPI document."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(generated())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # the way FastAPI's documentation shows


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the answers of limits, bodies and time limits, and the schemas that problems point to."""
    for path, operations in document["paths"].items():
        for method in _METHODS & operations.keys():
            operation = operations[method]
            for status, response in problems(*_errors(method, path, has_body="requestBody" in operation)).items():
                operation["responses"].setdefault(str(status), response)
            for status in ("429", "503"):
                if status in operation["responses"]:
                    operation["responses"][status].setdefault("headers", _RETRY_AFTER)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, ValidationProblem):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    return document


def _errors(method: str, path: str, *, has_body: bool) -> Iterator[type[AppError]]:
    yield Transient
    if ROUTES.policy(method.upper(), path).rate is not Rate.NEVER_LIMITED:
        yield RateLimited
    if has_body:
        yield from (BadRequest, TooSlow, TooLarge, UnsupportedEncoding, Invalid)
