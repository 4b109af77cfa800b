"""Errors as callers get them: RFC 9457 problem documents, made in one place."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.api.routing import ROUTES
from app.core.errors import AppError, TooLarge
from app.core.problems import Problem, ValidationProblem, document, document_of, document_of_fields

MEDIA_TYPE = "application/problem+json"


class Unreadable(HTTPException):
    """An error met while a body is read: FastAPI lets only its own kind of error pass from there."""

    def __init__(self, error: AppError) -> None:
        super().__init__(error.status, error.detail)
        self.error = error


def problems(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """What a handler's `responses=` says about the errors it can give."""
    responses: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        model = ValidationProblem if error.status == HTTPStatus.UNPROCESSABLE_ENTITY else Problem
        responses[int(error.status)] = {
            "description": (error.__doc__ or "").split("\n")[0],
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
        }
    return responses


def install(app: FastAPI) -> None:
    """Render every error of the app as a problem document."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


def rendered(body: dict[str, Any], *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem document as the answer it is."""
    return JSONResponse(body, int(body["status"]), headers=dict(headers or {}), media_type=MEDIA_TYPE)


def problem(
    status: int, detail: str, code: str, *, headers: Mapping[str, str] | None = None, **extra: object
) -> JSONResponse:
    return rendered(document(status, detail, code, **extra), headers=headers)


def answer_to(error: AppError | HTTPException) -> JSONResponse:
    """The answer to an error that was met on the way to a handler."""
    if isinstance(error, Unreadable):
        error = error.error
    if isinstance(error, AppError):
        return rendered(document_of(error), headers=error.sent_headers())
    too_large = error.status_code == TooLarge.status
    code = TooLarge.code if too_large else HTTPStatus(error.status_code).name.lower()
    return problem(error.status_code, _sentence(error), code, headers=error.headers)


async def _app_error(_: Request, error: Exception) -> JSONResponse:
    return answer_to(cast("AppError", error))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    found = cast("RequestValidationError", error).errors()
    return rendered(document_of_fields(cast("Sequence[Mapping[str, Any]]", found)))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    known = cast("HTTPException", error)
    if known.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := ROUTES.methods(request.scope["path"])):
        # Starlette names the methods of the first route that fits, not those of the address.
        known = HTTPException(known.status_code, headers={"Allow": methods})
    return answer_to(known)


def _sentence(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return "This address does not take that method."
    return str(error.detail)


def defect() -> JSONResponse:
    """The answer to a fault of ours, which tells nothing about it."""
    return problem(500, "Something went wrong on our side.", "internal")
