"""The API's own description: what every operation has in common is said here once, from the policy table."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.api.policy import POLICY, Policy, Rate, Who
from app.api.problems import problems
from app.core.errors import (
    AppError,
    BadRequest,
    Forbidden,
    RateLimited,
    TooLarge,
    TooSlow,
    Transient,
    Unauthorized,
    UnsupportedEncoding,
)
from app.core.problems import FieldError, Problem, ValidationProblem
from app.core.security.bearer import SCHEME
from app.schemas.inbound import GatewayMessage

_SECONDS = {"type": "integer", "minimum": 1}
_COMPONENT = "#/components/schemas/{model}"
RETRY_AFTER = {"Retry-After": {"description": "Whole seconds to wait.", "required": True, "schema": _SECONDS}}


class Api(FastAPI):
    """FastAPI whose description names every error of every operation."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = super().openapi()
            self._add_problems(schema)
            for name, operation in operations(schema):
                if name in POLICY:
                    if POLICY[name].who > Who.ANYBODY:
                        operation["security"] = [{SCHEME: []}]
                    operation["responses"] |= _missing(operation, _common(POLICY[name], operation))
                else:
                    # The calls of local accounts answer in Google's shape, and 400 where others say 422.
                    operation["responses"].pop("422", None)
                    operation["responses"] |= _missing(operation, iter((RateLimited, TooSlow, UnsupportedEncoding)))
                if "429" in operation["responses"]:
                    operation["responses"]["429"]["headers"] = RETRY_AFTER
            for fastapis in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(fastapis, None)
            self.openapi_schema = schema
        return self.openapi_schema

    @staticmethod
    def _add_problems(schema: dict[str, Any]) -> None:
        models: list[tuple[type[BaseModel], str]] = [
            *((model, "serialization") for model in (Problem, ValidationProblem, FieldError)),
            (GatewayMessage, "validation"),  # its route reads the body by itself, once the signature is right
        ]
        _, found = models_json_schema(models, ref_template=_COMPONENT)  # type: ignore[arg-type]
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        components |= {name: one for name, one in found["$defs"].items() if name not in components}


def operation_id(route: APIRoute) -> str:
    """The handler's name: what a generated client calls the method."""
    return route.name


def operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its name in the policy table."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def _common(policy: Policy, operation: Mapping[str, Any]) -> Iterator[type[AppError]]:
    if policy.who > Who.ANYBODY:
        yield from (Unauthorized, Forbidden)
    if "requestBody" in operation:
        yield from (BadRequest, TooSlow, TooLarge, UnsupportedEncoding)
    if policy.rate is not Rate.NEVER_LIMITED:
        yield from (RateLimited, Transient)


def _missing(operation: Mapping[str, Any], errors: Iterator[type[AppError]]) -> dict[str, Any]:
    return {
        str(status): answer for status, answer in problems(*errors).items() if str(status) not in operation["responses"]
    }
