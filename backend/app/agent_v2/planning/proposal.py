"""What a model answers when it is asked for a plan: an argument about the rules' draft, not yet a plan.

Every field is required and loose: what does not fit is mended or left out by `repair`, and does not cost the rest.
The closed vocabularies stand in the schema, so that a server that keeps to it gives no other words.
"""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field

from app.schemas.plan import TaskKind, TaskPriority
from app.schemas.vocabulary import Item, NeedCategory, RoleId


def _one_of(words: Iterable[str]) -> object:
    return Field(json_schema_extra={"enum": list(words)})


KINDS = tuple(kind for kind in TaskKind if kind is not TaskKind.OTHER)
"""All but the one that is left to humans."""
Kind = Annotated[str, _one_of(KINDS)]
Need = Annotated[str, _one_of(NeedCategory)]
Priority = Annotated[str, _one_of(TaskPriority)]
Role = Annotated[str, _one_of((RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER))]
ItemName = Annotated[str, _one_of(Item)]


class ProposedSupply(BaseModel):
    item: ItemName
    quantity: int


class ProposedTask(BaseModel):
    ref: str | None = Field(description="Which task of the draft this is about, for instance t1; null for a new one.")
    kind: Kind
    needs: list[Need]
    steps: list[str] = Field(description="Two to five short English sentences for the team, without any number.")
    priority: Priority
    role: Role
    people: int
    supplies: list[ProposedSupply]
    reason: str = Field(description="One English sentence: why, from the facts and the passages; without any number.")
    passages: list[str] = Field(description="Ids of the passages that the steps rest on.")


class ProposedPlan(BaseModel):
    tasks: list[ProposedTask] = Field(description="Three to five.")
