"""Firebase's sign-in calls, served by this node: where its SDKs go after `connectAuthEmulator(auth, "http://host:port")`.

Included only where `RESQ_IDENTITY=local`. Errors have Google's shape here, since it is Google's clients that read them.
"""

import json
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Annotated, Any, cast
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from app.core.errors import Transient
from app.schemas.identity import IdentityRefused, Reason
from app.schemas.identity_wire import (
    AccountInfo,
    LookupAnswer,
    Nothing,
    RefreshAnswer,
    RefreshBody,
    SignedInAnswer,
    SignInBody,
    SignUpBody,
    TokenBody,
    UpdateBody,
)
from app.services.identity import LocalIdentity

BODY_BYTES = 65_536
ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"
TOKEN = "/securetoken.googleapis.com/v1/token"


class GoogleRoute(APIRoute):
    """A route that says what went wrong as Google's APIs do."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except IdentityRefused as refused:
                return google_error(HTTPStatus.BAD_REQUEST, refused.reason)
            except RequestValidationError:
                return google_error(HTTPStatus.BAD_REQUEST, Reason.INVALID_ARGUMENT)
            except HTTPException as broken:
                if broken.status_code != HTTPStatus.BAD_REQUEST:
                    raise
                return google_error(HTTPStatus.BAD_REQUEST, Reason.INVALID_ARGUMENT)
            except Transient as fault:
                return google_error(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", headers=fault.headers)

        return handled


def google_error(status: HTTPStatus, message: str, *, headers: Mapping[str, str] | None = None) -> Response:
    errors = [{"message": message, "domain": "global", "reason": "invalid"}]
    body = {"error": {"code": status.value, "message": message, "errors": errors}}
    return JSONResponse(body, status, headers=headers)


async def identity_service(request: Request) -> LocalIdentity:
    return cast("LocalIdentity", request.app.state.services.identity)


async def caller_address(request: Request) -> str:
    return request.client.host if request.client else ""


async def refresh_body(request: Request) -> RefreshBody:
    """The body as a form (the web SDK) or as JSON (others); whatever is neither asks for nothing."""
    raw = await request.body()
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            return RefreshBody.model_validate(json.loads(raw))
        form = parse_qs(raw.decode(), max_num_fields=16)
        return RefreshBody.model_validate({name: values[0] for name, values in form.items()})
    except (ValidationError, ValueError, RecursionError):
        raise IdentityRefused(Reason.INVALID_ARGUMENT) from None


Identity = Annotated[LocalIdentity, Depends(identity_service)]
Address = Annotated[str, Depends(caller_address)]
Refresh = Annotated[RefreshBody, Depends(refresh_body)]


class GoogleFault(BaseModel):
    """What went wrong, as Google's clients read it; `message` is a word of its own, such as `EMAIL_EXISTS`."""

    code: int = Field(examples=[400])
    message: str = Field(examples=["EMAIL_EXISTS"])
    errors: list[dict[str, str]]


class GoogleError(BaseModel):
    error: GoogleFault


router = APIRouter(
    route_class=GoogleRoute,
    tags=["identity"],
    max_body_size=BODY_BYTES,
    responses={
        400: {"model": GoogleError, "description": "Refused, with the word that says why."},
        413: {"description": "The body is larger than what is taken."},
        503: {"model": GoogleError, "description": "A fault that may heal by itself."},
    },
)


@router.post(f"{ACCOUNTS}:signUp", response_model_exclude_none=True)
async def sign_up(body: SignUpBody, identity: Identity) -> SignedInAnswer:
    """Make an account with email and password, or an anonymous one with neither."""
    return SignedInAnswer.of(await identity.sign_up_by(body))


@router.post(f"{ACCOUNTS}:signInWithPassword", response_model_exclude_none=True)
async def sign_in(body: SignInBody, identity: Identity, address: Address) -> SignedInAnswer:
    """Sign in with email and password. Whether the email or the password was wrong is not told."""
    return SignedInAnswer.of(await identity.sign_in(body.email, body.password, address=address))


@router.post(f"{ACCOUNTS}:lookup", response_model_exclude_none=True)
async def lookup(body: TokenBody, identity: Identity) -> LookupAnswer:
    """The account that an ID token speaks for."""
    return LookupAnswer(users=(AccountInfo.of(await identity.lookup(body.id_token)),))


@router.post(f"{ACCOUNTS}:update", response_model_exclude_none=True)
async def update(body: UpdateBody, identity: Identity) -> SignedInAnswer:
    """Change name, photo, email or password. The last two need a recent sign-in and end all earlier ones."""
    return SignedInAnswer.of(await identity.update(body))


@router.post(f"{ACCOUNTS}:delete")
async def delete(body: TokenBody, identity: Identity) -> Nothing:
    """Remove the account that an ID token speaks for. What it wrote in the product stays."""
    await identity.delete(body.id_token)
    return Nothing()


@router.post(
    TOKEN,
    openapi_extra={
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {"schema": RefreshBody.model_json_schema()},
                "application/json": {"schema": RefreshBody.model_json_schema()},
            }
        }
    },
)
async def refresh(body: Refresh, identity: Identity) -> RefreshAnswer:
    """A new ID token for a refresh token."""
    return await identity.refresh(body)


@router.post(ACCOUNTS + ":{call}", include_in_schema=False)
async def not_served(call: str) -> Nothing:
    """Every other call of that service: this node sends no mail and knows no other identity provider."""
    raise IdentityRefused(Reason.NOT_ALLOWED)
