from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from fastapi.responses import StreamingResponse

from app.api.deps import Admin, Caller, ConfirmedAdmin, ConfirmedCaller, ConfirmedPerson, Known, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound, Transient, Unauthorized
from app.schemas.base import Id, Location
from app.schemas.forgetting import ForgettingView
from app.schemas.push import PushSettings
from app.schemas.user import DisplayName, UserView
from app.schemas.user_bodies import (
    AccessChange,
    AvailabilityChange,
    ProfileEdit,
    Register,
    RoleChange,
    SkillsChange,
    UserSearch,
    VerificationChange,
)
from app.schemas.vocabulary import RoleId, Skill

router = APIRouter(prefix="/users", tags=["users"], responses=problems(Unauthorized, Forbidden, Invalid))


@router.post("/register")
async def register(body: Register, caller: Caller, services: ServicesDep) -> UserView:
    """Tell name and role after signing up.

    A volunteer is unverified until an admin vouches for them; `first_responder` and `admin` are noted as asked for.
    Registering again, as the login page does, changes nothing that is known: see `PATCH /users/me`. An anonymous
    account can only be `affected_individual`: 403 until it is linked to an e-mail address or a telephone number.
    """
    return UserView.of(await services.users.register(caller, body))


async def search(
    role_id: RoleId | None = None,
    role_asked: Annotated[RoleId | None, Query(description="Who waits for this role.")] = None,
    verified: bool | None = None,
    availability: bool | None = None,
    skill: Annotated[Skill | None, Query(description="Whether verified or not.")] = None,
    q: Annotated[
        str | None,
        Query(max_length=100, description="How the name, the e-mail address or the verified number begins."),
    ] = None,
) -> UserSearch:
    return UserSearch(
        role_id=role_id, role_asked=role_asked, verified=verified, availability=availability, skill=skill, q=q
    )


@router.get("", responses=problems(BadRequest, Transient))
async def list_users(
    admin: Admin, services: ServicesDep, paging: Paging, wanted: Annotated[UserSearch, Depends(search)]
) -> list[UserView]:
    """People, newest first, or with `q` in the order of what they were found by.

    A page may be shorter than `limit`, even empty, and still have a next one: follow its `Link`. Who was shown is
    recorded in the audit.
    """
    return await paging.views(UserView, services.users.listed(admin, wanted, limit=paging.limit, cursor=paging.cursor))


@router.get("/me")
async def get_me(user: Known) -> UserView:
    """The caller, as they see themselves. Somebody disabled is told so here, and why."""
    return UserView.of(user)


@router.patch("/me")
async def edit_me(body: ProfileEdit, caller: Caller, services: ServicesDep) -> UserView:
    """Change name, picture, language or the number to be reached at."""
    return UserView.of(await services.users.edit(caller, body))


@router.get("/me/notification-settings")
async def get_notification_settings(caller: Caller) -> PushSettings:
    """What the caller wants no push of, and when."""
    return caller.push or PushSettings()


@router.put("/me/notification-settings")
async def put_notification_settings(body: PushSettings, caller: Caller, services: ServicesDep) -> PushSettings:
    """Say what is not to be pushed, and when; all of it stands in the inbox all the same.

    In quiet hours what is not critical waits, and comes as one push when they are over. Muted kinds are pushed only
    where they are critical. Whoever is off duty (`PATCH /users/me/availability`) hears of no work, except by a
    critical broadcast.
    """
    return await services.users.set_push(caller, body)


@router.delete("/me", status_code=status.HTTP_202_ACCEPTED, responses=problems(Conflict, Transient))
async def delete_me(person: ConfirmedPerson, services: ServicesDep) -> ForgettingView:
    """Delete one's account, and all that leads to one; this cannot be undone.

    It is accepted at once and done within minutes; `what_happens` says what becomes of everything. Until it is done,
    every other call with the same account is 403; signing in after that begins a new, empty one. The last
    administrator gets 409.
    """
    return await services.forgettings.ask(person)


@router.get(
    "/me/export",
    response_class=StreamingResponse,
    responses={
        200: {"description": "One JSON object.", "content": {"application/json": {"schema": {"type": "object"}}}},
        **problems(Transient),
    },
)
async def export_me(caller: ConfirmedCaller, services: ServicesDep) -> StreamingResponse:
    """Everything that is held of the caller, as one JSON object, sent as it is read."""
    pieces = await services.exports.of(caller)
    named = {"Content-Disposition": 'attachment; filename="resqconnect-export.json"'}
    return StreamingResponse(pieces, media_type="application/json", headers=named)


@router.patch("/me/availability")
async def set_my_availability(body: AvailabilityChange, caller: Caller, services: ServicesDep) -> UserView:
    """Say whether one can be asked to help now."""
    return UserView.of(await services.users.set_availability(caller, body))


@router.patch("/me/location")
async def set_my_location(body: Location, caller: Caller, services: ServicesDep) -> UserView:
    """Say where one is; the time of the position is now."""
    return UserView.of(await services.users.set_location(caller, body))


@router.patch("/me/skills")
async def set_my_skills(body: SkillsChange, caller: Caller, services: ServicesDep) -> UserView:
    """Say what one can do. New ones are not verified, and do not count where verified people are asked for."""
    return UserView.of(await services.users.set_skills(caller, body))


@router.get("/{uid}", responses=problems(NotFound, Transient))
async def get_user(uid: Id, admin: Admin, services: ServicesDep) -> UserView:
    """One person. That they were shown is recorded in the audit."""
    return UserView.of(await services.users.get(admin, uid))


@router.get("/{uid}/display_name", responses=problems(NotFound))
async def get_display_name(uid: Id, caller: Caller, services: ServicesDep) -> DisplayName:
    """The name somebody goes by, for instance beside a message; `Deleted user` for what a deleted person has left."""
    return await services.users.display_name(uid)


@router.patch("/{uid}/role", responses=problems(Forbidden, NotFound, Conflict, Transient))
async def grant_role(uid: Id, body: RoleChange, admin: ConfirmedAdmin, services: ServicesDep) -> UserView:
    """Give a role, and thereby vouch for the person and the skills they have now."""
    return UserView.of(await services.users.grant(admin.id, uid, body.role_id))


@router.patch("/{uid}/verification", responses=problems(Forbidden, NotFound, Transient))
async def set_verification(uid: Id, body: VerificationChange, admin: ConfirmedAdmin, services: ServicesDep) -> UserView:
    """Vouch, or no longer vouch, for a person and for their skills.

    `verified` goes for all skills they have now; `skills` for single ones, after that.
    """
    return UserView.of(await services.users.verify(admin.id, uid, body))


@router.patch("/{uid}/access", responses=problems(NotFound, Conflict, Transient))
async def set_access(uid: Id, body: AccessChange, admin: ConfirmedAdmin, services: ServicesDep) -> UserView:
    """Shut somebody out, or let them in again.

    It holds from the next call on, whatever token they have; what is left to them is to see themselves and to delete
    their account. Their tasks are offered to others.
    """
    return UserView.of(await services.users.set_access(admin, uid, body))
