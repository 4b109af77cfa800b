"""Who calls, and with what services: the types that handlers name in their signatures.

Each is one dependency that takes the request and goes on as a plain function: see `core/security/bearer.py`.
"""

from typing import Annotated, cast

from fastapi import Depends, Header, Request

from app.core.errors import Forbidden, NotFound, Unauthorized
from app.core.scraping import may_scrape
from app.core.security.bearer import Credentials, claims, claims_if_any
from app.schemas.role import Permission
from app.schemas.user import User
from app.services import Services
from app.services.disasters import Visitor as Whoever


async def services(request: Request) -> Services:
    return cast("Services", request.app.state.services)


async def person(request: Request) -> User:
    """Whoever is signed in, even if disabled or about to be deleted: for the little that is left to them."""
    return await (await services(request)).users.signed_in(await claims(request))


async def known(request: Request) -> User:
    """Whoever is signed in and not about to be deleted, even if disabled."""
    return _staying(await person(request))


async def caller(request: Request) -> User:
    """Whoever is signed in and may act."""
    return _able(await person(request))


async def responder(request: Request) -> User:
    """Somebody who may take tasks: a volunteer, a first responder, an admin."""
    return _responding(await caller(request))


async def coordinator(request: Request) -> User:
    """Somebody who may decide on plans: an admin, or a first responder where they joined."""
    return _coordinating(await caller(request))


async def admin(request: Request) -> User:
    return _administering(await caller(request))


async def confirmed_person(request: Request) -> User:
    """Whoever is signed in, where that sign-in was not ended, as they are stored now: before one's own deletion."""
    await person(request)
    found, signed_in = await services(request), await claims(request)
    await found.standings.confirm_own(signed_in)
    return await found.users.signed_in(signed_in, stored=True)


async def confirmed(request: Request) -> User:
    """Whoever may act and whose sign-in holds (the sign-in service was asked), as they are stored now.

    For what must not be done with a token that was stolen, or is older than a change of hands: see `fresh` in
    `api/policy.py`. Whoever may not do it anyway is turned away before anything is asked.
    """
    await caller(request)
    found, signed_in = await services(request), await claims(request)
    await found.standings.confirm(signed_in)
    return _able(await found.users.signed_in(signed_in, stored=True))


async def confirmed_coordinator(request: Request) -> User:
    await coordinator(request)
    return _coordinating(await confirmed(request))


async def confirmed_admin(request: Request) -> User:
    await admin(request)
    return _administering(await confirmed(request))


async def visitor(request: Request, _: Credentials) -> Whoever:
    """Whoever calls a public route. A token that has run out makes a caller nobody there, it does not turn them away:
    the web client keeps sending one."""

    async def who() -> User | None:
        try:
            found = await claims_if_any(request)
        except Unauthorized:
            return None
        return await (await services(request)).users.signed_in(found) if found else None

    return who


async def asking(request: Request, _: Credentials) -> Whoever:
    """Whoever asks a public route and is known; a token that is no good makes nobody, and nobody is written down."""

    async def who() -> User | None:
        try:
            found = await claims_if_any(request)
        except Unauthorized:
            return None
        return await (await services(request)).users.recalled(found) if found else None

    return who


ServicesDep = Annotated[Services, Depends(services)]
Person = Annotated[User, Depends(person)]
Known = Annotated[User, Depends(known)]
Caller = Annotated[User, Depends(caller)]
Responder = Annotated[User, Depends(responder)]
Coordinator = Annotated[User, Depends(coordinator)]
Admin = Annotated[User, Depends(admin)]
ConfirmedPerson = Annotated[User, Depends(confirmed_person)]
ConfirmedCaller = Annotated[User, Depends(confirmed)]
ConfirmedCoordinator = Annotated[User, Depends(confirmed_coordinator)]
ConfirmedAdmin = Annotated[User, Depends(confirmed_admin)]
Visitor = Annotated[Whoever, Depends(visitor)]
Asking = Annotated[Whoever, Depends(asking)]


async def scraper(request: Request, services: ServicesDep) -> None:
    """A machine of the operator that reads the metrics."""
    token = services.settings.metrics_token
    if not may_scrape(
        token.get_secret_value() if token else None,
        address=request.client.host if request.client else "",
        authorization=request.headers.get("authorization", ""),
        headers=request.headers.keys(),
    ):
        raise NotFound("There is nothing at this address.")


Scraper = Annotated[None, Depends(scraper)]


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


def _staying(user: User) -> User:
    if user.leaving_since is not None:
        raise Forbidden("This account is being deleted. Sign in again in a few minutes to start anew.")
    return user


def _able(user: User) -> User:
    if _staying(user).disabled:
        raise Forbidden("An administrator has disabled this account.")
    return user


def _responding(user: User) -> User:
    return _permitted(user, Permission.TAKE_TASKS, "Only volunteers and responders have tasks.")


def _coordinating(user: User) -> User:
    return _permitted(user, Permission.DECIDE_JOINED, "Only coordinators may do this.")


def _administering(user: User) -> User:
    return _permitted(user, Permission.DECIDE_ALL, "Only admins may do this.")


def _permitted(user: User, permission: Permission, sentence: str) -> User:
    if not user.may(permission):
        raise Forbidden(sentence)
    return user
