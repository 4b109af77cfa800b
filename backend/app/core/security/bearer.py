"""The caller's claims, from the bearer token of a request.

What reads them takes the request and nothing else: for FastAPI each dependency of a dependency costs about as much as
looking a token up.
"""

from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.types import Scope

from app.core.security.tokens import SIGN_IN_FIRST, Claims, TokenMissing, TokenVerifier

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A Firebase ID token, or one of this node.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
SCHEME = bearer.scheme_name
"""What the API's description calls this way of saying who one is."""
_VERIFIED = "resq.claims"


def token_in(scope: Scope) -> str | None:
    """The bearer token of a request, whoever wrote it."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, token = get_authorization_scheme_param(value.decode("latin-1"))
            return token if scheme.lower() == "bearer" and token else None
    return None


def verified(scope: Scope, claims: Claims) -> None:
    """Remember, for the rest of this request, whose token was found valid."""
    scope[_VERIFIED] = claims


async def claims_if_any(request: Request) -> Claims | None:
    """The caller's claims, or None without a bearer token; a token that is not valid is refused all the same."""
    known = request.scope.get(_VERIFIED)
    if known is not None:
        return cast("Claims", known)
    token = token_in(request.scope)
    if token is None:
        return None
    verifier = cast("TokenVerifier", request.app.state.services.verifier)
    return await verifier.verify(token)


async def claims(request: Request) -> Claims:
    """The caller's claims; `TokenMissing` without a bearer token."""
    found = await claims_if_any(request)
    if found is None:
        raise TokenMissing(SIGN_IN_FIRST)
    return found


SignedIn = Annotated[Claims, Depends(claims)]
SignedInOrNot = Annotated[Claims | None, Depends(claims_if_any)]
