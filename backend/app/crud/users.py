from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.store.port import Op, Store, Where
from app.schemas.user import User
from app.schemas.vocabulary import RoleId

DISPATCHED = (RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER)


class UserRepository(Repository[User]):
    collection = "users"
    audited = frozenset({"role_id", "role_asked", "verified", "skills", "availability", "joined", "commitments"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, User)

    async def on_call(self, disaster_id: str | None) -> list[User]:
        """Volunteers and responders who are available, and take part in the disaster where one is named."""
        where = [
            Where("availability", Op.EQ, True),
            Where("role_id", Op.IN, [str(role) for role in DISPATCHED]),
        ]
        if disaster_id is not None:
            where.append(Where("joined", Op.CONTAINS, disaster_id))
        return await self.every(where)

    async def by_phone(self, phone: str) -> User | None:
        """Who signed in with this number (E.164), and so has it."""
        page = await self.page([Where("phone", Op.EQ, phone)], (), limit=1)
        return page.items[0] if page.items else None

    async def by_email(self, email: str) -> User | None:
        page = await self.page([Where("email", Op.EQ, email)], (), limit=1)
        return page.items[0] if page.items else None

    async def coordinators(self, disaster_id: str | None) -> list[User]:
        """Who may decide on plans of a disaster: its first responders, and (up to 50) admins."""
        admins = await self.page([Where("role_id", Op.EQ, RoleId.ADMIN)], (), limit=50)
        if disaster_id is None:
            return list(admins.items)
        responders = await self.every(
            [Where("role_id", Op.EQ, RoleId.FIRST_RESPONDER), Where("joined", Op.CONTAINS, disaster_id)], most=200
        )
        return [*admins.items, *responders]
