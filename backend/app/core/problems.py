"""Errors as documents (RFC 9457): what they say, without anybody's data."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.core.errors import AppError, Invalid

MOST_FIELDS = 20


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


def document(status: int, detail: str, code: str, **extra: object) -> dict[str, Any]:
    """A problem document; `extra` are members of its own."""
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code).model_dump() | extra


def document_of(error: AppError) -> dict[str, Any]:
    """The document of an error that a caller may see."""
    if isinstance(error, Invalid):
        place = [int(part) if part.isdecimal() else part for part in error.field.split(".") if part]
        return _unprocessable([FieldError(type="value_error", loc=[error.place, *place], msg=error.detail)])
    return document(error.status, error.detail, error.code, **error.extra)


def document_of_fields(errors: Sequence[Mapping[str, Any]], *, place: str | None = None) -> dict[str, Any]:
    """The document of what Pydantic found wrong; `place` says where the value stood if the errors do not."""
    return _unprocessable([_field_error(one, place) for one in errors[:MOST_FIELDS]])


def _field_error(one: Mapping[str, Any], place: str | None) -> FieldError:
    """What is wrong, without the value that is: it may be anybody's words."""
    parts = [place, *one["loc"]] if place else list(one["loc"])
    loc = [part if isinstance(part, int) else str(part)[:100] for part in parts]
    return FieldError(type=str(one["type"]), loc=loc, msg=str(one["msg"])[:300])


def _unprocessable(errors: list[FieldError]) -> dict[str, Any]:
    said = "; ".join(
        f"{'.'.join(str(part) for part in error.loc[1:]) or error.loc[0]}: {error.msg}" for error in errors
    )
    return ValidationProblem(detail=errors, message=said).model_dump(mode="json")
