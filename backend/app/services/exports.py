"""Everything that is held of a person, for them to see and to take along."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from app.core.clock import Clock, rfc3339
from app.crud.audit import entry_id
from app.crud.store.port import Json
from app.schemas.audit import Actor, AuditEntry
from app.schemas.user import User
from app.services.access import AccessLog
from app.services.belongings import Belongings
from app.services.belongings.kind import shown


@dataclass(frozen=True)
class Exports:
    belongings: Sequence[Belongings]
    access: AccessLog
    clock: Clock

    async def of(self, person: User) -> AsyncIterator[str]:
        """One JSON object in pieces: read and sent a page at a time, however much it is.

        That it was made is remembered, since it is all of somebody in one place.
        """
        subject = f"users/{person.id}"
        entry = AuditEntry(
            id=entry_id(subject),
            at=self.clock(),
            event="user.exported",
            by=person.id,
            actor=Actor.OWNER,
            subject=subject,
        )
        await self.access.note(entry)
        return self._pieces(person)

    async def _pieces(self, person: User) -> AsyncIterator[str]:
        yield f'{{"made_at": {_text(rfc3339(self.clock()))}, "profile": {_text(shown(person))}'
        for kind in self.belongings:
            yield f", {_text(kind.name)}: ["
            begun = False
            async for one in kind.held(person):
                yield f"{', ' if begun else ''}{_text(one)}"
                begun = True
            yield "]"
        yield "}"


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
