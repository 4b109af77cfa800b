"""Somebody who leaves, and the administrator who stays."""

import pytest

from app.schemas.user import User
from app.schemas.user_bodies import ProfileEdit
from app.schemas.vocabulary import RoleId
from tests.world import World


@pytest.fixture
async def asha(world: World) -> User:
    person = await world.person("asha")
    return await world.services.users.edit(
        person, ProfileEdit(display_name="Asha Perera", contact_phone="0771234567", language="si")
    )


@pytest.fixture
async def admin(world: World) -> User:
    return await world.person("admin", RoleId.ADMIN)
