"""The bodies and answers of Firebase's sign-in calls."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from app.schemas.base import HOST_AND_PATH, Line, Model
from app.schemas.identity import TOKEN_SECONDS, Account, Session


class Wire(Model):
    """A body in Firebase's camel case."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)


Given = Annotated[str, StringConstraints(max_length=8_192)]
Photo = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2_048, pattern=rf"^(https?://{HOST_AND_PATH})?$")
]


class SignUpBody(Wire):
    email: Given | None = None
    password: Given | None = None
    display_name: Line | None = None
    id_token: Given | None = Field(default=None, description="Of an anonymous account that gets these credentials.")


class SignInBody(Wire):
    email: Given | None = None
    password: Given | None = None


class TokenBody(Wire):
    """A call on the account that the token speaks for."""

    id_token: Given = ""


class UpdateBody(TokenBody):
    """What is to change; a profile field that is null or empty is taken away, one that is not sent is left."""

    email: Given | None = None
    password: Given | None = None
    display_name: Line | None = None
    photo_url: Photo | None = None
    delete_attribute: tuple[str, ...] = Field(default=(), max_length=8)

    @property
    def profile(self) -> dict[str, str | None]:
        sent = {
            name: getattr(self, name) or None for name in ("display_name", "photo_url") if name in self.model_fields_set
        }
        taken = {"DISPLAY_NAME": "display_name", "PHOTO_URL": "photo_url"}
        return sent | {taken[name]: None for name in self.delete_attribute if name in taken}


class RefreshBody(Model):
    grant_type: Given = ""
    refresh_token: Given = ""


class ProviderInfo(Wire):
    provider_id: str = "password"
    federated_id: str
    raw_id: str
    email: str
    display_name: str | None
    photo_url: str | None

    @classmethod
    def of(cls, account: Account) -> "tuple[Self, ...]":
        if account.email is None:
            return ()
        email = account.email
        name, photo = account.display_name, account.photo_url
        return (cls(federated_id=email, raw_id=email, email=email, display_name=name, photo_url=photo),)


class AccountInfo(Wire):
    """An account as its owner sees it. Times are texts: `…At` in milliseconds since 1970, `validSince` in seconds."""

    local_id: str
    email: str | None = None
    email_verified: bool
    display_name: str | None = None
    photo_url: str | None = None
    provider_user_info: tuple[ProviderInfo, ...]
    valid_since: str
    last_login_at: str
    created_at: str

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(
            local_id=account.id,
            email=account.email,
            email_verified=account.email_verified,
            display_name=account.display_name,
            photo_url=account.photo_url,
            provider_user_info=ProviderInfo.of(account),
            valid_since=str(int(account.valid_since.timestamp())),
            last_login_at=_milliseconds(account.last_sign_in_at),
            created_at=_milliseconds(account.created_at),
        )


class LookupAnswer(Wire):
    users: tuple[AccountInfo, ...]


class SignedInAnswer(Wire):
    """Where nobody signed in anew (a changed name), the tokens are absent."""

    local_id: str
    email: str | None = None
    display_name: str | None = None
    photo_url: str | None = None
    email_verified: bool
    provider_user_info: tuple[ProviderInfo, ...]
    id_token: str | None = None
    refresh_token: str | None = None
    expires_in: str | None = None
    registered: bool = True

    @classmethod
    def of(cls, found: Session | Account) -> Self:
        session = found if isinstance(found, Session) else None
        account = found.account if isinstance(found, Session) else found
        return cls(
            local_id=account.id,
            email=account.email,
            display_name=account.display_name,
            photo_url=account.photo_url,
            email_verified=account.email_verified,
            provider_user_info=ProviderInfo.of(account),
            id_token=session.id_token if session else None,
            refresh_token=session.refresh_token if session else None,
            expires_in=str(TOKEN_SECONDS) if session else None,
        )


class RefreshAnswer(Model):
    """The same token under both names that clients read."""

    id_token: str
    access_token: str
    refresh_token: str
    expires_in: str = str(TOKEN_SECONDS)
    token_type: str = "Bearer"
    user_id: str
    project_id: str


class Nothing(Wire):
    """Done; there is nothing to tell."""


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1_000))
