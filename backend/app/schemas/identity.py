"""Accounts of a node that serves its own, and why a sign-in is refused."""

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar, Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import AppError
from app.schemas.base import Document, Model

PASSWORD_CHARS = range(6, 1_025)
EMAIL_CHARS = 254
GRANTS = 10
TOKEN_SECONDS = 3_600

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"./]+(\.[^\s@<>()\[\],;:\\\"./]+)+")
_UNSEEN = ("C", "Z")


class Reason(StrEnum):
    """Why a sign-in call was refused, in the words that Firebase's clients know."""

    EMAIL_EXISTS = "EMAIL_EXISTS"
    INVALID_EMAIL = "INVALID_EMAIL"
    MISSING_EMAIL = "MISSING_EMAIL"
    MISSING_PASSWORD = "MISSING_PASSWORD"
    WEAK_PASSWORD = "WEAK_PASSWORD : Password should be at least 6 characters"
    PASSWORD_TOO_LONG = "PASSWORD_DOES_NOT_MEET_REQUIREMENTS : Password should be at most 1024 characters"
    INVALID_LOGIN_CREDENTIALS = "INVALID_LOGIN_CREDENTIALS"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS_TRY_LATER"
    USER_DISABLED = "USER_DISABLED"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    INVALID_ID_TOKEN = "INVALID_ID_TOKEN"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    CREDENTIAL_TOO_OLD = "CREDENTIAL_TOO_OLD_LOGIN_AGAIN"
    INVALID_REFRESH_TOKEN = "INVALID_REFRESH_TOKEN"
    INVALID_GRANT_TYPE = "INVALID_GRANT_TYPE"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_ALLOWED = "OPERATION_NOT_ALLOWED"


class IdentityRefused(AppError):
    """A sign-in call that is not granted; `reason` is what Firebase's client reads."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    code: ClassVar[str] = "identity_refused"

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The sign-in service refused this: {reason.value}.", reason=reason.value)
        self.reason = reason


class Grant(Model):
    """The right to have new tokens, by the SHA-256 of the refresh token that carries it."""

    digest: str
    signed_in_at: Instant


class Account(Document):
    """Somebody who can sign in; `id` is the uid. Without an email it is an anonymous one."""

    email: str | None = None
    password_hash: str | None = None
    display_name: str | None = None
    photo_url: str | None = None
    email_verified: bool = False
    disabled: bool = False
    role: str | None = Field(default=None, description="What its tokens say; the profile is what decides.")
    last_sign_in_at: Instant
    password_set_at: Instant | None = None
    valid_since: Instant = Field(description="Tokens of an earlier sign-in are not taken by the sign-in service.")
    grants: tuple[Grant, ...] = ()

    @property
    def provider(self) -> str:
        return "password" if self.email else "anonymous"

    def signed_in(self, at: datetime, digest: str) -> Self:
        """With one more grant; beyond `GRANTS` the oldest ends."""
        grants = (*self.grants, Grant(digest=digest, signed_in_at=at))[-GRANTS:]
        return self._next(at, last_sign_in_at=at, grants=grants)

    def with_profile(self, at: datetime, changes: dict[str, str | None]) -> Self:
        return self._next(at, **changes)

    def with_credentials(self, at: datetime, *, email: str | None, password_hash: str | None) -> Self:
        """With another email, password or both; all sign-ins before this one end."""
        changes: dict[str, object] = {"valid_since": at.replace(microsecond=0), "grants": ()}
        if email is not None and email != self.email:
            changes |= {"email": email, "email_verified": False}
        if password_hash is not None:
            changes |= {"password_hash": password_hash, "password_set_at": at}
        return self._next(at, **changes)

    def with_access(self, at: datetime, *, disabled: bool) -> Self:
        """Disabled, which ends all its sign-ins, or enabled again."""
        return self._next(at, disabled=disabled, grants=() if disabled else self.grants)

    def with_role(self, at: datetime, role: str) -> Self:
        return self if role == self.role else self._next(at, role=role)

    def without_sign_ins(self, at: datetime) -> Self:
        """Signed out everywhere."""
        return self._next(at, valid_since=at.replace(microsecond=0), grants=())

    def grant(self, digest: str) -> Grant | None:
        return next((grant for grant in self.grants if grant.digest == digest), None)

    def _next(self, at: datetime, **changes: object) -> Self:
        return self.model_copy(update={**changes, "updated_at": at, "version": self.version + 1})


def normalised_email(text: str | None) -> str:
    """The one form in which an address is stored and compared: NFKC, folded case, no spaces around."""
    if not text:
        raise IdentityRefused(Reason.MISSING_EMAIL)
    email = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())
    unseen = any(unicodedata.category(letter)[0] in _UNSEEN for letter in email)
    if len(email) > EMAIL_CHARS or unseen or not _EMAIL.fullmatch(email):
        raise IdentityRefused(Reason.INVALID_EMAIL)
    return email


def checked_password(text: str | None) -> str:
    """A password that may be set. Its length is counted in characters, as Firebase does."""
    if not text:
        raise IdentityRefused(Reason.MISSING_PASSWORD)
    if len(text) < PASSWORD_CHARS.start:
        raise IdentityRefused(Reason.WEAK_PASSWORD)
    if len(text) >= PASSWORD_CHARS.stop:
        raise IdentityRefused(Reason.PASSWORD_TOO_LONG)
    return text


class Session(Model):
    """What a sign-in gives: the account, a token for `TOKEN_SECONDS`, and the right to the next ones."""

    account: Account
    id_token: str
    refresh_token: str
