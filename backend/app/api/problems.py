"""Errors as callers get them: RFC 9457 problem documents, made in one place."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.api.routing import ROUTES
from app.core.errors import AppError, Invalid, TooLarge

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """RFC 9457. `detail` is a sentence for people; `code` is for programs."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["A request that is completed cannot become approved."])
    code: str = Field(examples=["conflict"])


class FieldError(BaseModel):
    """One value that breaks a rule, and where it stands."""

    type: str
    loc: list[str | int]
    msg: str


class ValidationProblem(BaseModel):
    """422: `detail` is the list of what is wrong, `message` says it in one sentence."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str = "Unprocessable Content"
    status: int = 422
    detail: list[FieldError]
    message: str
    code: str = "invalid"


class Unreadable(HTTPException):
    """An error met while a body is read: FastAPI lets only its own kind of error pass from there."""

    def __init__(self, error: AppError) -> None:
        super().__init__(error.status, error.detail, dict(error.sent_headers()))
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


def problem(
    status: int, detail: str, code: str, *, headers: Mapping[str, str] | None = None, **extra: object
) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **extra,
    }
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def rendered(error: AppError | HTTPException) -> JSONResponse:
    """The answer to an error that no handler met, but something on the way to it."""
    return _of(error) if isinstance(error, AppError) else _of_http(error)


async def _app_error(_: Request, error: Exception) -> JSONResponse:
    return _of(cast("AppError", error))


def _of(error: AppError) -> JSONResponse:
    if isinstance(error, Invalid):
        place: list[str | int] = ["body", error.field] if error.field else ["body"]
        return _unprocessable([FieldError(type="value_error", loc=place, msg=error.detail)])
    return problem(error.status, error.detail, error.code, headers=error.sent_headers(), **error.extra)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    found = cast("RequestValidationError", error).errors()
    return _unprocessable([_field_error(one) for one in cast("Sequence[Mapping[str, Any]]", found)[:20]])


def _field_error(one: Mapping[str, Any]) -> FieldError:
    """What is wrong, without the value that is: it may be anybody's words."""
    place = [part if isinstance(part, int) else str(part)[:100] for part in one["loc"]]
    return FieldError(type=str(one["type"]), loc=place, msg=str(one["msg"])[:300])


def _unprocessable(errors: list[FieldError]) -> JSONResponse:
    said = "; ".join(
        f"{'.'.join(str(part) for part in error.loc[1:]) or error.loc[0]}: {error.msg}" for error in errors
    )
    body = ValidationProblem(detail=errors, message=said)
    return JSONResponse(body.model_dump(mode="json"), 422, media_type=MEDIA_TYPE)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    known = cast("HTTPException", error)
    if known.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := ROUTES.methods(request.scope["path"])):
        # Starlette names the methods of the first route that fits, not those of the address.
        known = HTTPException(known.status_code, headers={"Allow": methods})
    return _of_http(known)


def _of_http(error: HTTPException) -> JSONResponse:
    if isinstance(error, Unreadable):
        return _of(error.error)
    too_large = error.status_code == TooLarge.status
    code = TooLarge.code if too_large else HTTPStatus(error.status_code).name.lower()
    return problem(error.status_code, _sentence(error), code, headers=error.headers)


def _sentence(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return "This address does not take that method."
    return str(error.detail)


def defect() -> JSONResponse:
    """The answer to a fault of ours, which tells nothing about it."""
    return problem(500, "Something went wrong on our side.", "internal")
