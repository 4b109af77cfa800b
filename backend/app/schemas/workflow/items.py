"""The tasks and supplies of a plan."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Conflict, Invalid
from app.schemas.base import Model
from app.schemas.item_words import item_called
from app.schemas.plan import PlannedSupply, PlannedTask
from app.schemas.vocabulary import ITEM_UNITS, Item
from app.schemas.workflow.bodies import ResourceDecision, TaskDecision
from app.schemas.workflow.parts import (
    APPROVAL_MOVES,
    Approval,
    Candidate,
    Gap,
    ItemShare,
    MadeBy,
    PriorityWord,
    StockShare,
    TeamNeed,
)

BY_HAND = "set by a coordinator"


class PlanItem(Model):
    """What tasks and supplies of a plan share."""

    id: str
    approval_status: Approval = Approval.PENDING
    decided_by: str | None = None
    decided_at: Instant | None = None
    made_by: MadeBy = MadeBy.MACHINE
    author: str | None = Field(default=None, description="The human who wrote or changed it last.")
    created_at: Instant
    updated_at: Instant

    @property
    def undecided(self) -> bool:
        return self.approval_status is Approval.PENDING

    @property
    def approved(self) -> bool:
        return self.approval_status is Approval.APPROVED

    def outlives(self, replaced_by: str | None) -> bool:
        """Whether a new plan keeps it: what was decided, and what humans wrote, unless the same human writes anew."""
        return not self.undecided or (self.made_by is MadeBy.HUMAN and self.author != replaced_by)

    def decided(self, approval: Approval | None, by: str, at: datetime) -> Self:
        """As a human decided; no decision, or the same again, changes nothing."""
        if approval is None or approval is self.approval_status:
            return self
        APPROVAL_MOVES.check(self.approval_status, approval)
        return self.model_copy(
            update={"approval_status": approval, "decided_by": by, "decided_at": at, "updated_at": at}
        )

    def _rewritten(self, changes: Mapping[str, object], by: str, at: datetime) -> Self:
        """With a human's changes; nobody changes what is decided."""
        if not changes:
            return self
        if not self.undecided:
            raise Conflict(f"This part of the plan is {self.approval_status} already; it stands as it is.", allowed=[])
        return self.model_copy(update={**changes, "made_by": MadeBy.HUMAN, "author": by, "updated_at": at})


class PlanTask(TeamNeed, PlanItem):
    priority: PriorityWord
    gear: tuple[Item, ...] = ()
    passages: tuple[str, ...] = Field(default=(), description="Ids of the cards and documents that it rests on.")
    safety: tuple[str, ...] = ()
    reason: str = ""
    source: str = ""
    candidates: tuple[Candidate, ...] = ()
    shortfall: Gap | None = None

    @classmethod
    def of(cls, planned: PlannedTask, id: str, at: datetime) -> Self:
        fields = planned.model_dump(exclude={"ref"})
        return cls(id=id, created_at=at, updated_at=at, **{k: v for k, v in fields.items() if k in cls.model_fields})

    def edited(self, edit: TaskDecision, by: str, at: datetime) -> Self:
        """With a human's words; `Conflict` where they are decided on already."""
        said = {"step": edit.step, "priority": edit.priority}
        changes: dict[str, object] = {k: v for k, v in said.items() if v not in (None, getattr(self, k))}
        if "step" in changes:
            changes["steps"] = ()
        return self._rewritten(changes, by, at)


class ResourceSuggestion(PlanItem):
    resource_id: str = Field(description="The same as `id`; older clients read this one.")
    type: str = Field(description="What is asked for, in the words of whoever asks.")
    item: Item = Field(description="What stocks are searched for; `other` where no stock is kept under such a name.")
    total_quantity: int = Field(ge=1)
    quantity: str | None = Field(default=None, description="The unit, as a text.")
    breakdown: tuple[ItemShare, ...] = ()
    substitution_for: str | None = None
    formula: str = ""
    inputs: dict[str, int | float] = Field(default_factory=dict)
    people: int = 0
    days: int = 0
    source: str = ""
    lifesaving: bool = False
    substitutes: tuple[Item, ...] = ()
    reason: str = ""
    allocations: tuple[StockShare, ...] = ()
    settled: bool = Field(default=False, description="Whether what was reserved for it is used up or given back.")
    shortfall: Gap | None = None

    @classmethod
    def of(cls, supply: PlannedSupply, id: str, task_ids: Mapping[str, str], at: datetime) -> Self:
        same = supply.model_dump(exclude={"ref", "item", "quantity", "unit", "breakdown"})
        return cls(
            id=id,
            resource_id=id,
            type=supply.item,
            item=supply.item,
            total_quantity=supply.quantity,
            quantity=supply.unit,
            breakdown=tuple(
                ItemShare(task_id=task_ids[share.task_ref], quantity=share.quantity) for share in supply.breakdown
            ),
            created_at=at,
            updated_at=at,
            **{k: v for k, v in same.items() if k in cls.model_fields},
        )

    @property
    def unsought(self) -> bool:
        """Whether nobody has looked yet for all that it asks for, in stocks that are kept under its name."""
        covered = sum(share.quantity for share in self.allocations) >= self.total_quantity
        return not covered and self.shortfall is None and self.item is not Item.OTHER

    def edited(self, edit: ResourceDecision, by: str, at: datetime) -> Self:
        """With a human's changes. What was proposed for it is cut to fit, or dropped where it became another item."""
        changes = {name: value for name, value in _said(edit).items() if value != getattr(self, name)}
        if "type" in changes:
            changes |= self._as_item(item_called(str(edit.type), unit=edit.quantity), clear=edit.model_fields_set)
        if edit.total_quantity is not None and "total_quantity" in changes:
            changes |= self._resized(edit.total_quantity, changes)
        edited = self._rewritten(changes, by, at)
        if sum(share.quantity for share in edited.breakdown) > edited.total_quantity:
            raise Invalid("The shares are more than `total_quantity`.", field="breakdown")
        return edited

    def without_task(self, task_id: str, at: datetime) -> Self | None:
        """Without the share of a task that is gone, asking for the sum of the rest; None where nothing is left.

        What is approved is reserved, so there the total stands.
        """
        rest = tuple(share for share in self.breakdown if share.task_id != task_id)
        if rest == self.breakdown:
            return self
        update: dict[str, object] = {"breakdown": rest, "updated_at": at}
        if not self.undecided:
            return self.model_copy(update=update)
        total = sum(share.quantity for share in rest)
        if not total:
            return None
        return self.model_copy(update=update | self._resized(total, update))

    def moved(self, task_ids: Mapping[str, str | None]) -> Self:
        """With the shares of replaced tasks handed to those that took their place (None: nobody did)."""
        shares: dict[str, int] = {}
        for share in self.breakdown:
            heir = task_ids.get(share.task_id, share.task_id)
            if heir is not None:
                shares[heir] = shares.get(heir, 0) + share.quantity
        moved = tuple(ItemShare(task_id=id, quantity=quantity) for id, quantity in shares.items())
        return self if moved == self.breakdown else self.model_copy(update={"breakdown": moved})

    def _as_item(self, item: Item, *, clear: set[str]) -> dict[str, object]:
        if item is self.item:
            return {}
        unit = {"quantity": ITEM_UNITS[item]} if self.quantity == ITEM_UNITS[self.item] else {}
        if "quantity" in clear:
            unit = {}
        return {**unit, "item": item, "allocations": (), "substitutes": (), "shortfall": None, **_HAND_MADE}

    def _resized(self, total: int, changes: Mapping[str, object]) -> dict[str, object]:
        resized: dict[str, object] = {"total_quantity": total, "shortfall": None, **_HAND_MADE}
        if "breakdown" not in changes:
            whole = sum(share.quantity for share in self.breakdown)
            resized["breakdown"] = tuple(_scaled(self.breakdown, whole * total // self.total_quantity))
        if "allocations" not in changes:
            resized["allocations"] = tuple(_first(self.allocations, total))
        return resized


_HAND_MADE: Mapping[str, object] = {"formula": BY_HAND, "inputs": {}, "source": ""}


def _said(edit: ResourceDecision) -> dict[str, object]:
    """The fields that an edit sets: null clears two of them and says nothing of the others."""
    clearing = edit.model_fields_set & {"quantity", "substitution_for"}
    plain = {"type": edit.type, "total_quantity": edit.total_quantity, "breakdown": edit.breakdown}
    return {k: v for k, v in plain.items() if v is not None} | {name: getattr(edit, name) for name in clearing}


def _scaled(shares: tuple[ItemShare, ...], total: int) -> Iterator[ItemShare]:
    """The shares in about the same proportions, adding up to `total`."""
    whole, given, seen = sum(share.quantity for share in shares), 0, 0
    for share in shares:
        seen += share.quantity
        upto = total * seen // whole if whole else 0
        yield share.model_copy(update={"quantity": upto - given})
        given = upto


def _first(shares: tuple[StockShare, ...], total: int) -> Iterator[StockShare]:
    """The first shares, as many as make `total` units."""
    for share in shares:
        taken = min(share.quantity, total)
        if taken:
            yield share.model_copy(update={"quantity": taken})
        total -= taken
