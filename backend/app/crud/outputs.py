from app.core.clock import Clock
from app.crud.base import Page, Repository
from app.crud.store.port import Op, Order, Store, Where
from app.schemas.workflow import WorkflowOutput


class OutputRepository(Repository[WorkflowOutput]):
    collection = "workflow_outputs"
    audited = frozenset({"plan_version", "planner"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, WorkflowOutput)

    async def newest(
        self, *, disasters: tuple[str, ...] | None, limit: int, cursor: str | None
    ) -> Page[WorkflowOutput]:
        """Plans of these disasters (None: of all), newest first."""
        if disasters is not None and not disasters:
            return Page((), None)
        where = [] if disasters is None else [Where("disaster_id", Op.IN, list(disasters))]
        return await self.page(where, [Order("created_at", descending=True)], limit=limit, cursor=cursor)

    @property
    def _absent(self) -> str:
        return "There is no plan for this request."
