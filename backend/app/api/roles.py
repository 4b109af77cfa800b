from fastapi import APIRouter

from app.api.deps import Caller, ServicesDep
from app.api.problems import problems
from app.core.errors import Forbidden, Unauthorized
from app.schemas.role import Role

router = APIRouter(prefix="/roles", tags=["users"], responses=problems(Unauthorized, Forbidden))


@router.get("")
async def list_roles(caller: Caller, services: ServicesDep) -> list[Role]:
    """The roles and what each may do, the least first. Nobody gives one to themselves, except `volunteer`."""
    return services.users.roles()
