from collections.abc import Iterator
from typing import cast

from app.core.clock import Clock
from app.crud.base import Repository
from app.crud.pages import Page
from app.crud.store.port import Data, Json, Op, Order, Store, Where
from app.schemas.request import Priority
from app.schemas.workflow import WorkflowOutput

_ITEM_LISTS = ("tasks", "resource_suggestions")
_ITEM_FIELDS = ("approval_status", "made_by", "author", "priority", "people", "item", "total_quantity", "breakdown")


class OutputRepository(Repository[WorkflowOutput]):
    collection = "workflow_outputs"
    schema = 2
    audited = frozenset({"plan_version", "planner", "workflow_run_id"})

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock, WorkflowOutput)

    async def newest(
        self, *, disasters: tuple[str, ...] | None, pending: bool | None = None, limit: int, cursor: str | None
    ) -> Page[WorkflowOutput]:
        """Plans of these disasters (None: of all), newest first; only those with or without something to decide."""
        if disasters is not None and not disasters:
            return Page((), None)
        where = [] if disasters is None else [Where("disaster_id", Op.IN, list(disasters))]
        if pending is not None:
            where.append(Where("pending", Op.EQ, pending))
        return await self.page(where, [Order("created_at", descending=True)], limit=limit, cursor=cursor)

    def remembered(self, data: Data) -> Data:
        """Beside the plan's own, what was decided and asked for of each item; not its words, which may name people."""
        return super().remembered(data) | dict(_of_items(data))

    def upgrade(self, data: Data) -> Data:
        """Schema 1 knew no words for a supply but its item's, and took any word for a priority."""
        if data.get("schema") != 1:
            return data
        tasks = [{**one, "priority": _priority(one.get("priority"))} for one in _listed(data, "tasks")]
        supplies = [{**one, "item": one.get("type")} for one in _listed(data, "resource_suggestions")]
        return {**data, "tasks": cast("Json", tasks), "resource_suggestions": cast("Json", supplies)}

    @property
    def absent(self) -> str:
        return "There is no plan for this request."


def _of_items(data: Data) -> Iterator[tuple[str, Json]]:
    for name in _ITEM_LISTS:
        for one in _listed(data, name):
            yield from ((f"{name}.{one['id']}.{field}", one[field]) for field in _ITEM_FIELDS if field in one)


def _listed(data: Data, name: str) -> list[Data]:
    return cast("list[Data]", data.get(name) or [])


def _priority(word: Json) -> Json:
    return word.lower() if isinstance(word, str) and word.lower() in set(Priority) else Priority.HIGH
