from app.crud.base import AUDIT
from app.crud.store.port import Op, Order, Query, Store, Where
from app.schemas.audit import AuditEntry


class AuditLog:
    """What was done to each document; written by `Unit` with the change itself, only read here."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def of(self, subject: str, *, limit: int = 500) -> list[AuditEntry]:
        """What happened to one document (`requests/r1`), oldest first."""
        found = await self.store.query(
            Query(AUDIT, where=(Where("subject", Op.EQ, subject),), order=(Order("at"),), limit=limit)
        )
        return [AuditEntry.model_validate(snapshot.data) for snapshot in found]
