"""Who calls, and with what services: the types that handlers name in their signatures."""

from typing import Annotated, cast

from fastapi import Depends, Header, Request

from app.core.errors import Forbidden, Unauthorized
from app.core.security.bearer import Credentials, SignedIn, Verifier
from app.schemas.role import Permission
from app.schemas.user import User
from app.services import Services
from app.services.disasters import Visitor as Whoever


async def services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


ServicesDep = Annotated[Services, Depends(services)]


async def person(claims: SignedIn, services: ServicesDep) -> User:
    """Whoever is signed in, even if disabled or about to be deleted: for the little that is left to them."""
    return await services.users.signed_in(claims)


Person = Annotated[User, Depends(person)]


async def known(user: Person) -> User:
    """Whoever is signed in and not about to be deleted, even if disabled."""
    if user.leaving_since is not None:
        raise Forbidden("This account is being deleted. Sign in again in a few minutes to start anew.")
    return user


Known = Annotated[User, Depends(known)]


async def caller(user: Known) -> User:
    """Whoever is signed in and may act."""
    if user.disabled:
        raise Forbidden("An administrator has disabled this account.")
    return user


Caller = Annotated[User, Depends(caller)]


async def visitor(credentials: Credentials, verifier: Verifier, services: ServicesDep) -> Whoever:
    """Whoever calls a public route. A token that has run out makes a caller nobody there, it does not turn them away:
    the web client keeps sending one."""

    async def who() -> User | None:
        if credentials is None:
            return None
        try:
            claims = await verifier.verify(credentials.credentials)
        except Unauthorized:
            return None
        return await services.users.signed_in(claims)

    return who


Visitor = Annotated[Whoever, Depends(visitor)]


async def responder(user: Caller) -> User:
    """Somebody who may take tasks: a volunteer, a first responder, an admin."""
    return _permitted(user, Permission.TAKE_TASKS, "Only volunteers and responders have tasks.")


async def coordinator(user: Caller) -> User:
    """Somebody who may decide on plans: an admin, or a first responder where they joined."""
    return _permitted(user, Permission.DECIDE_JOINED, "Only coordinators may do this.")


async def admin(user: Caller) -> User:
    return _permitted(user, Permission.DECIDE_ALL, "Only admins may do this.")


Responder = Annotated[User, Depends(responder)]
Coordinator = Annotated[User, Depends(coordinator)]
Admin = Annotated[User, Depends(admin)]


async def base(request: Request) -> str:
    """The address that the call came to, without a path."""
    return str(request.base_url)


Base = Annotated[str, Depends(base)]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same body finds the first request instead of making another.",
    ),
]


def _permitted(user: User, permission: Permission, sentence: str) -> User:
    if not user.may(permission):
        raise Forbidden(sentence)
    return user
