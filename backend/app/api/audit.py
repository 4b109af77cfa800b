from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from app.api.deps import ConfirmedAdmin, ServicesDep
from app.api.paging import Paging
from app.api.problems import problems
from app.core.clock import Moment
from app.core.errors import BadRequest, Forbidden, Invalid, NotFound, Transient, Unauthorized
from app.schemas.audit import AuditEntry, AuditSearch

router = APIRouter(prefix="/audit", tags=["audit"], responses=problems(Unauthorized, Forbidden, Invalid, Transient))

Subject = Annotated[str | None, Query(max_length=400, description="A document.", examples=["requests/r1"])]
By = Annotated[str | None, Query(max_length=128, description="Who did it: a user id, or `system`.")]
Event = Annotated[str | None, Query(max_length=100, examples=["user.role_granted"])]
From = Annotated[Moment | None, Query(alias="from", examples=["2026-11-24T08:00:00Z"])]
To = Annotated[Moment | None, Query(alias="to", description="Up to but not at this moment.")]
EntryId = Annotated[str, Path(max_length=400)]


async def search(
    subject: Subject = None, by: By = None, event: Event = None, since: From = None, until: To = None
) -> AuditSearch:
    return AuditSearch(subject=subject, by=by, event=event, since=since, until=until)


@router.get("", responses=problems(BadRequest))
async def list_audit(
    admin: ConfirmedAdmin, services: ServicesDep, paging: Paging, wanted: Annotated[AuditSearch, Depends(search)]
) -> list[AuditEntry]:
    """Who did what to which document, and who read other people's data; newest first.

    Looking at it is remembered too.
    """
    page = services.audit.listed(admin, wanted, limit=paging.limit, cursor=paging.cursor)
    return list(await paging.linked(page))


@router.get("/{entry_id}", responses=problems(NotFound))
async def get_audit_entry(entry_id: EntryId, admin: ConfirmedAdmin, services: ServicesDep) -> AuditEntry:
    """One entry of the audit."""
    return await services.audit.get(admin, entry_id)
