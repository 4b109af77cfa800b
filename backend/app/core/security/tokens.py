"""What a valid token says, and the checks every token passes whoever issued it."""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.core.errors import Unauthorized

ALGORITHM = "RS256"
LEEWAY_SECONDS = 10
TOKEN_CHARS = 8_192
UID_CHARS = 128
KID_CHARS = 128
SIGN_IN_FIRST = "Sign in first: this needs a bearer token."


class TokenMissing(Unauthorized):
    """The request carries no bearer token."""

    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class TokenRefused(Unauthorized):
    """The token does not prove who is calling. `detail` says why and never repeats the token."""

    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class SignInEnded(TokenRefused):
    """The token is valid for its hour, but its sign-in was ended, or the account is gone."""


class TokenExpired(TokenRefused):
    """The token was valid once; a new one can be had with the refresh token."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who a token speaks for. Times are in UTC and whole seconds; `provider` is Firebase's sign-in provider.

    `role` is told to clients and other services; here the stored profile decides.
    """

    uid: str
    email: str | None
    email_verified: bool
    name: str | None
    picture: str | None
    phone: str | None
    provider: str
    auth_time: datetime
    issued_at: datetime
    expires_at: datetime
    role: str | None = None


class TokenVerifier(Protocol):
    async def verify(self, token: str) -> Claims:
        """The claims of a valid token; `TokenRefused` for any other, `Transient` when no keys can be had."""

    def has_keys(self) -> bool:
        """Whether tokens can be checked right now."""


class KeySource(Protocol):
    async def key(self, kid: str) -> RSAPublicKey:
        """The public key with this id; `TokenRefused` if there is none, `Transient` when no keys can be had."""

    def has_keys(self) -> bool:
        """Whether there are keys to be trusted right now."""


def parts_of(token: str) -> tuple[str, str, str]:
    """Header, payload and signature, still encoded; `TokenRefused` for what is no token at all."""
    if not 0 < len(token) <= TOKEN_CHARS or not token.isascii() or token.count(".") != 2:
        raise TokenRefused("This is not a token.")
    header, payload, signature = token.split(".")
    return header, payload, signature


def opened(part: str) -> dict[str, object]:
    """The JSON object in a part of a token, whoever wrote it; `TokenRefused` where there is none."""
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=="))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise TokenRefused("This is not a token.")
    return found


def issuer_of(project_id: str) -> str:
    return f"https://securetoken.google.com/{project_id}"


def claims_of(payload: Mapping[str, object], *, project_id: str, now: float) -> Claims:
    """The claims of a payload whose signature was checked; `now` is in seconds since 1970.

    The rules are Firebase's for ID tokens: audience and issuer are the project, `sub` is the uid, and all
    three times are there. Clocks may differ by `LEEWAY_SECONDS`.
    """
    if payload.get("aud") != project_id:
        raise TokenRefused("The token was issued for another project.")
    if payload.get("iss") != issuer_of(project_id):
        raise TokenRefused("The token comes from another issuer.")
    uid = payload.get("sub")
    if not isinstance(uid, str) or not 0 < len(uid) <= UID_CHARS:
        raise TokenRefused("The token names no user.")
    expires_at, issued_at, auth_time = (_seconds(payload, name) for name in ("exp", "iat", "auth_time"))
    if expires_at <= now - LEEWAY_SECONDS:
        raise TokenExpired("The token has expired: sign in again or refresh it.")
    if max(issued_at, auth_time) > now + LEEWAY_SECONDS:
        raise TokenRefused("The token is from the future: check the clocks.")
    return Claims(
        uid=uid,
        email=_text(payload, "email"),
        email_verified=payload.get("email_verified") is True,
        name=_text(payload, "name"),
        picture=_text(payload, "picture"),
        phone=_text(payload, "phone_number"),
        provider=_provider(payload),
        auth_time=_moment(auth_time),
        issued_at=_moment(issued_at),
        expires_at=_moment(expires_at),
        role=_text(payload, "role"),
    )


def payload_of(claims: Claims, *, project_id: str) -> dict[str, object]:
    """The payload of a token that says `claims`, in the shape of a Firebase ID token."""
    identities = {"email": [claims.email]} if claims.email else {}
    payload: dict[str, object] = {
        "iss": issuer_of(project_id),
        "aud": project_id,
        "sub": claims.uid,
        "user_id": claims.uid,
        "auth_time": int(claims.auth_time.timestamp()),
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
        "name": claims.name,
        "picture": claims.picture,
        "email": claims.email,
        "email_verified": claims.email_verified if claims.email else None,
        "phone_number": claims.phone,
        "role": claims.role,
        "provider_id": "anonymous" if claims.provider == "anonymous" else None,
        "firebase": {"identities": identities, "sign_in_provider": claims.provider},
    }
    return {name: value for name, value in payload.items() if value is not None}


def _seconds(payload: Mapping[str, object], name: str) -> int:
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < math.floor(_LAST_SECOND):
        raise TokenRefused(f"The token has no usable `{name}`.")
    return value


_LAST_SECOND = datetime.max.replace(tzinfo=UTC).timestamp()


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(payload: Mapping[str, object], name: str) -> str | None:
    value = payload.get(name)
    return value if isinstance(value, str) and value else None


def _provider(payload: Mapping[str, object]) -> str:
    firebase = payload.get("firebase")
    provider = firebase.get("sign_in_provider") if isinstance(firebase, dict) else None
    return provider if isinstance(provider, str) else "unknown"
