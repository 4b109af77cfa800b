import unicodedata
from collections.abc import Sequence
from functools import partial
from typing import cast

from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Data, Op, Order, Store, Where
from app.schemas.user import User
from app.schemas.user_bodies import UserSearch
from app.schemas.vocabulary import RoleId

DISPATCHED = (RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER)


class UserRepository(Repository[User]):
    """People, kept with the form of their name that they are searched by."""

    collection = "users"
    schema = 2
    audited = frozenset({"role_id", "role_asked", "verified", "skills", "availability", "joined", "commitments"}) | {
        "anonymous",
        "verified_skills",
        "disabled_at",
        "leaving_since",
    }
    unsaid = frozenset({"display_name", "name_key", "email", "phone", "contact_phone", "location", "located_at"}) | {
        "photo_url",
        "disabled_reason",
    }
    leaves_tombstones = True

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, User)

    def upgrade(self, data: Data) -> Data:
        if cast("int", data.get("schema", 1)) < 2:
            # Whoever was verified was so with the skills they had.
            return {"verified_skills": data.get("skills", []) if data.get("verified") else [], **data}
        return data

    def written(self, document: User) -> Data:
        return {**super().written(document), "name_key": name_key(document.display_name or "") or None}

    async def listed(self, wanted: UserSearch, *, limit: int, cursor: str | None) -> Page[User]:
        """People, newest first; with a text those whose name, e-mail address or number begins with it, in that order.

        The index with the fewest documents is read (the text, then the role asked for, then the skill, then the rest);
        what it cannot ask is sifted, so a page may be short and yet have a next one.
        """
        if text := name_key(wanted.q or ""):
            return await self._beginning(text, wanted, limit=limit, cursor=cursor)
        where = _narrowest(wanted)
        fits = partial(_takes, wanted)
        return await self.sift(where, _NEWEST, fits, tested=_TAKEN_BY, limit=limit, cursor=cursor)

    async def _beginning(self, text: str, wanted: UserSearch, *, limit: int, cursor: str | None) -> Page[User]:
        """One field after the other; the cursor begins with the number of the field that it is a place in."""
        items: list[User] = []
        number, _, after = (cursor or "0.").partition(".")
        for place in range(_PLACES.get(number, 0), len(_BEGINNINGS)):
            field = _BEGINNINGS[place]
            where = [Where(field, Op.GE, text), Where(field, Op.LT, text + _LAST)]
            fits = partial(_new_to, _BEGINNINGS[:place], text, wanted)
            page = await self.sift(
                where,
                [Order(field)],
                fits,
                tested=(*_TAKEN_BY, *_BEGINNINGS),
                limit=limit - len(items),
                cursor=after or None,
            )
            items.extend(page.items)
            if page.next is not None:
                return Page(tuple(items), f"{place}.{page.next}")
            after = ""
            if len(items) == limit and place + 1 < len(_BEGINNINGS):
                return Page(tuple(items), f"{place + 1}.")
        return Page(tuple(items), None)

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

    async def admins(self) -> list[User]:
        """Up to 50 of those who run the place and can act."""
        page = await self.page([Where("role_id", Op.EQ, RoleId.ADMIN)], (), limit=50)
        return [user for user in page.items if user.active]

    async def coordinators(self, disaster_id: str | None) -> list[User]:
        """Who may decide on plans of a disaster: its first responders, and (up to 50) admins."""
        admins = await self.admins()
        if disaster_id is None:
            return admins
        responders = await self.every(
            [Where("role_id", Op.EQ, RoleId.FIRST_RESPONDER), Where("joined", Op.CONTAINS, disaster_id)], most=200
        )
        return [*admins, *(user for user in responders if user.active)]


_NEWEST = (Order("created_at", descending=True),)
_LAST = "\U0010ffff"
"""Behind whatever a text goes on with."""
_BEGINNINGS = ("name_key", "email", "phone")
_TAKEN_BY = ("role_id", "role_asked", "verified", "availability", "skills")
"""The fields that `_takes` looks at."""
_PLACES = {str(place): place for place in range(len(_BEGINNINGS))}


def name_key(text: str) -> str:
    """A text as it is compared: letters folded, white space single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _takes(wanted: UserSearch, data: Data) -> bool:
    """Whether somebody, as they are stored, is looked for."""
    said = {"role_id": wanted.role_id, "role_asked": wanted.role_asked, "verified": wanted.verified}
    if any(value is not None and data.get(name) != value for name, value in said.items()):
        return False
    if wanted.availability is not None and bool(data.get("availability")) is not wanted.availability:
        return False
    return wanted.skill is None or wanted.skill in cast("list[str]", data.get("skills", []))


def _new_to(before: Sequence[str], text: str, wanted: UserSearch, data: Data) -> bool:
    """Whether somebody is looked for, and was not found by a field before this one."""
    return _takes(wanted, data) and not any(str(data.get(name) or "").startswith(text) for name in before)


def _narrowest(wanted: UserSearch) -> list[Where]:
    if wanted.role_asked is not None:
        return [Where("role_asked", Op.EQ, wanted.role_asked)]
    if wanted.skill is not None:
        return [Where("skills", Op.CONTAINS, wanted.skill)]
    if wanted.role_id is not None:
        return [Where("role_id", Op.EQ, wanted.role_id)]
    if wanted.availability:  # who is not may never have said so
        return [Where("availability", Op.EQ, True)]
    return [] if wanted.verified is None else [Where("verified", Op.EQ, wanted.verified)]
