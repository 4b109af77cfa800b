"""Helpers and stocks for a turn, straight into the store."""

import random

from app.core.clock import utc_now
from app.crud.resources import ResourceRepository
from app.crud.store.port import Store
from app.crud.users import UserRepository
from app.schemas.audit import Act
from app.schemas.base import Location
from app.schemas.resource import Resource
from app.schemas.user import User
from app.schemas.vocabulary import Item, RoleId

STOCKS = {Item.DRINKING_WATER: 4_000, Item.FOOD_PACK: 2_000, Item.TARPAULIN: 150, Item.BLANKET: 300}
"""Far less than is asked for, so that approvals compete for it."""
HELPERS = 60
SEED = Act(event="chaos.seeded")


async def seeded(store: Store, disaster_id: str) -> None:
    """Helpers and stocks, straight into the store."""
    at, draw = utc_now(), random.Random(1)
    users, resources = UserRepository(store, utc_now), ResourceRepository(store, utc_now)
    for number in range(HELPERS):
        place = Location(lat=draw.uniform(6, 8.5), lng=draw.uniform(80, 81.4))
        await users.add(
            User(
                id=f"helper{number}",
                display_name=f"Helper {number}",
                role_id=RoleId.VOLUNTEER,
                verified=True,
                availability=True,
                location=place,
                located_at=at,
                joined=(disaster_id,),
                created_at=at,
                updated_at=at,
            ),
            SEED,
        )
    for item, quantity in STOCKS.items():
        await resources.add(
            Resource(
                id=f"depot-{item.value.replace('_', '-')}",
                name="Depot",
                resource_type=item,
                quantity=quantity,
                location=Location(lat=6.7, lng=80.4),
                created_by="chaos",
                created_at=at,
                updated_at=at,
            ),
            SEED,
        )
