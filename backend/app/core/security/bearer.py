"""The caller's claims, as dependencies of a route."""

from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.core.security.tokens import SIGN_IN_FIRST, Claims, TokenMissing, TokenVerifier

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A Firebase ID token, or one of this node.")


async def token_verifier(request: Request) -> TokenVerifier:
    return cast("TokenVerifier", request.app.state.services.verifier)


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
Verifier = Annotated[TokenVerifier, Depends(token_verifier)]


async def claims_if_any(credentials: Credentials, verifier: Verifier) -> Claims | None:
    """The caller's claims, or None without a bearer token; a token that is not valid is refused all the same."""
    return await verifier.verify(credentials.credentials) if credentials else None


async def claims(found: Annotated[Claims | None, Depends(claims_if_any)]) -> Claims:
    """The caller's claims; `TokenMissing` without a bearer token."""
    if found is None:
        raise TokenMissing(SIGN_IN_FIRST)
    return found


SignedIn = Annotated[Claims, Depends(claims)]
SignedInOrNot = Annotated[Claims | None, Depends(claims_if_any)]
