from fastapi import APIRouter

from app.api.deps import Admin, Caller, ServicesDep
from app.api.problems import problems
from app.core.errors import Forbidden, Invalid, NotFound, Unauthorized
from app.schemas.base import Id, Location
from app.schemas.user import (
    AvailabilityChange,
    DisplayName,
    ProfileEdit,
    Register,
    RoleChange,
    SkillsChange,
    UserView,
    VerificationChange,
)

router = APIRouter(prefix="/users", tags=["users"], responses=problems(Unauthorized, Forbidden, Invalid))


@router.post("/register")
async def register(body: Register, caller: Caller, services: ServicesDep) -> UserView:
    """Tell name and role after signing up.

    A volunteer is unverified until an admin vouches for them; `first_responder` and `admin` are noted as asked for.
    Registering again changes the name, never a role that was given.
    """
    return UserView.of(await services.users.register(caller, body))


@router.get("/me")
async def get_me(caller: Caller) -> UserView:
    """The caller, as they see themselves."""
    return UserView.of(caller)


@router.patch("/me")
async def edit_me(body: ProfileEdit, caller: Caller, services: ServicesDep) -> UserView:
    """Change name or picture."""
    return UserView.of(await services.users.edit(caller, body))


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
    """Say what one can do. New skills of a verified volunteer have to be verified again."""
    return UserView.of(await services.users.set_skills(caller, body))


@router.get("/{uid}/display_name", responses=problems(NotFound))
async def get_display_name(uid: Id, caller: Caller, services: ServicesDep) -> DisplayName:
    """The name somebody goes by, for instance beside a message."""
    return await services.users.display_name(uid)


@router.patch("/{uid}/role", responses=problems(Forbidden, NotFound))
async def grant_role(uid: Id, body: RoleChange, admin: Admin, services: ServicesDep) -> UserView:
    """Give a role, and thereby vouch for the person."""
    return UserView.of(await services.users.grant(admin.id, uid, body.role_id))


@router.patch("/{uid}/verification", responses=problems(Forbidden, NotFound))
async def set_verification(uid: Id, body: VerificationChange, admin: Admin, services: ServicesDep) -> UserView:
    """Vouch, or no longer vouch, for a person's identity and skills."""
    return UserView.of(await services.users.verify(admin.id, uid, body))
