"""`resq users`: roles, for whoever has a shell on the node."""

import asyncio
from typing import Annotated

import typer

from app.cli.console import checked, fail, out
from app.core.errors import NotFound
from app.core.settings import Settings
from app.schemas.role import ROLE_ALIASES
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from app.services import opened

users_app = typer.Typer(help="People and their roles.", no_args_is_help=True)


@users_app.callback()
def users() -> None:
    """People and their roles."""


@users_app.command("grant")
def grant(
    who: Annotated[str, typer.Argument(help="E-mail address or user id.")],
    role: Annotated[str, typer.Argument(help="affected_individual, volunteer, first_responder or admin.")],
) -> None:
    """Give somebody a role, and thereby vouch for them."""
    try:
        role_id = ROLE_ALIASES.get(role) or RoleId(role)
    except ValueError:
        fail(f"There is no role {role!r}; there are {', '.join(RoleId)}.", code=2)
    try:
        user = asyncio.run(_grant(checked(Settings()), who, role_id))
    except NotFound as error:
        fail(error.detail)
    out.print(f"{user.email or user.id} is {user.role_id} now.", highlight=False)


async def _grant(settings: Settings, who: str, role_id: RoleId) -> User:
    async with opened(settings) as services:
        user = await services.users.by_email_or_id(who)
        return await services.users.grant("resq-cli", user.id, role_id)
