"""Roles, and what each may do."""

from enum import StrEnum

from app.schemas.base import Model
from app.schemas.vocabulary import RoleId

ROLE_ALIASES = {"individual": RoleId.AFFECTED_INDIVIDUAL, "responder": RoleId.FIRST_RESPONDER}
SELF_GRANTED = frozenset({RoleId.AFFECTED_INDIVIDUAL, RoleId.VOLUNTEER})


class Permission(StrEnum):
    """What a role may do at all; whose rows it reaches is decided with the row."""

    ASK_FOR_HELP = "requests:create"
    TAKE_TASKS = "tasks:take"
    DECIDE_JOINED = "plans:decide_joined"
    DECIDE_ALL = "plans:decide"
    MANAGE_STOCK = "resources:manage"
    MANAGE_DISASTERS = "disasters:manage"
    MANAGE_USERS = "users:manage"


_ANYBODY = frozenset({Permission.ASK_FOR_HELP})
_VOLUNTEER = _ANYBODY | {Permission.TAKE_TASKS}
_RESPONDER = _VOLUNTEER | {Permission.DECIDE_JOINED, Permission.MANAGE_STOCK}

PERMISSIONS: dict[RoleId, frozenset[Permission]] = {
    RoleId.AFFECTED_INDIVIDUAL: _ANYBODY,
    RoleId.VOLUNTEER: _VOLUNTEER,
    RoleId.FIRST_RESPONDER: _RESPONDER,
    RoleId.ADMIN: frozenset(Permission),
}
ROLE_NAMES = {
    RoleId.AFFECTED_INDIVIDUAL: "Affected individual",
    RoleId.VOLUNTEER: "Volunteer",
    RoleId.FIRST_RESPONDER: "First responder",
    RoleId.ADMIN: "Administrator",
}


class Role(Model):
    id: RoleId
    name: str
    permissions: tuple[Permission, ...]

    @staticmethod
    def of(role_id: RoleId) -> "Role":
        return ROLES[role_id]


ROLES = {
    role: Role(id=role, name=ROLE_NAMES[role], permissions=tuple(sorted(permissions)))
    for role, permissions in PERMISSIONS.items()
}
