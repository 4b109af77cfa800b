"""The audit as administrators read it, which is itself remembered."""

from dataclasses import dataclass

from app.crud.audit import AuditLog
from app.crud.pages import Page
from app.schemas.audit import AuditEntry, AuditSearch
from app.schemas.user import User
from app.services.access import AccessLog


@dataclass(frozen=True)
class Audit:
    log: AuditLog
    access: AccessLog

    async def listed(self, admin: User, wanted: AuditSearch, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """Entries, newest first."""
        page = await self.log.listed(wanted, limit=limit, cursor=cursor)
        ids = [entry.id for entry in page.items]
        await self.access.read(admin, "audit.listed", ids, subject="audit", strict=True)
        return page

    async def get(self, admin: User, id: str) -> AuditEntry:
        entry = await self.log.get(id)
        await self.access.read(admin, "audit.read", [id], subject="audit", strict=True)
        return entry
