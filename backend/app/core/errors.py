"""What can go wrong, as callers see it: one class a kind, rendered once as RFC 9457 problem documents."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import ClassVar


class AppError(Exception):
    """An error that a caller may see. `detail` is a sentence for a person, never another person's data."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[str] = "internal"
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    def sent_headers(self) -> Mapping[str, str]:
        """The headers of the answer: those of the kind of error, and those that only this one has."""
        return self.headers


class BadRequest(AppError):
    """The request cannot be understood."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"


class Unauthorized(AppError):
    """Nobody is signed in, or the token is not valid any more."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthorized"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(AppError):
    """The caller is known and may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class NotFound(AppError):
    """There is no such thing, or none that the caller may know of."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class Conflict(AppError):
    """The thing is in a state that does not allow this; `allowed` names what it does allow."""

    status = HTTPStatus.CONFLICT
    code = "conflict"

    def __init__(self, detail: str, *, allowed: Iterable[str] = (), **extra: object) -> None:
        super().__init__(detail, allowed=sorted(str(word) for word in allowed), **extra)


class Gone(AppError):
    """What is asked for was there once and is not kept so long."""

    status = HTTPStatus.GONE
    code = "gone"


class Invalid(AppError):
    """A value breaks a rule; `field` names it, `place` says where it stands: body, query, path or header."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"

    def __init__(self, detail: str, *, field: str, place: str = "body") -> None:
        super().__init__(detail, field=field)
        self.field = field
        self.place = place


class TooLarge(AppError):
    """The body is larger than what is taken."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


class TooSlow(AppError):
    """The body did not arrive in time."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "too_slow"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class UnsupportedEncoding(AppError):
    """The body is packed in a way that is not understood; `Accept-Encoding` names the one that is."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_encoding"
    headers: ClassVar[Mapping[str, str]] = {"Accept-Encoding": "gzip"}


class RateLimited(AppError):
    """Too many calls of this kind; `Retry-After` says in how many seconds the next one is taken."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"

    def __init__(self, detail: str, *, retry_after: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self._more = headers or {}

    def sent_headers(self) -> Mapping[str, str]:
        return {**self.headers, "Retry-After": str(self.retry_after), **self._more}


class Transient(AppError):
    """A fault that may heal by itself: the caller may come back, and a job is tried again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    retry_after: ClassVar[int] = 2
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": str(retry_after)}


class Overdue(Transient):
    """The answer took too long and was given up; what was asked for may have been done all the same."""

    code = "overdue"
