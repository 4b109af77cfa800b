"""A stock: how many of one item lie at one place, and how many of them are promised already."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from app.core.clock import Instant
from app.core.errors import Conflict
from app.schemas.base import Document, Id, Line, Location, Model, View, Whole, example
from app.schemas.vocabulary import ITEM_UNITS, REUSABLE_ITEMS, Item

MOST = 10_000_000


class ResourceStatus(StrEnum):
    AVAILABLE = "available"
    NOT_AVAILABLE = "not_available"


class ResourceCreate(Model):
    model_config = example(
        name="Town hall depot",
        resource_type="drinking_water",
        quantity=1200,
        location={"lat": 6.6828, "lng": 80.3992, "address": "Main Street"},
    )

    name: Annotated[Line, Field(min_length=1)]
    resource_type: Item
    quantity: Whole = Field(ge=0, le=MOST, description="On hand, in the unit of the item.")
    location: Location
    disaster_id: Id | None = Field(default=None, description="The only disaster it serves; null for all.")
    status: ResourceStatus = ResourceStatus.AVAILABLE


class ResourceEdit(Model):
    """A field left out stays as it is."""

    model_config = example(quantity=900)

    name: Annotated[Line, Field(min_length=1)] | None = None
    quantity: Whole | None = Field(default=None, ge=0, le=MOST)
    location: Location | None = None
    status: ResourceStatus | None = None


class Resource(Document):
    name: str
    resource_type: Item
    quantity: int = Field(ge=0)
    reserved: int = Field(default=0, ge=0)
    location: Location
    disaster_id: str | None = None
    status: ResourceStatus = ResourceStatus.AVAILABLE
    created_by: str

    @property
    def unit(self) -> str:
        return ITEM_UNITS[self.resource_type]

    @property
    def available(self) -> int:
        """How many can still be promised."""
        return max(0, self.quantity - self.reserved) if self.status is ResourceStatus.AVAILABLE else 0

    def edited(self, edit: ResourceEdit, at: datetime) -> Self:
        changes = {name: getattr(edit, name) for name in edit.model_fields_set if getattr(edit, name) is not None}
        if changes.get("quantity", self.quantity) < self.reserved:
            raise Conflict(f"{self.reserved} of {self.name} are reserved; there cannot be fewer on hand.")
        return self.model_copy(update={**changes, "updated_at": at})

    def reserving(self, quantity: int, at: datetime) -> Self:
        if quantity > self.available:
            raise Conflict(
                f"{self.name} has {self.available} {self.resource_type} left, not {quantity}.",
                available=self.available,
                resource_id=self.id,
            )
        return self.model_copy(update={"reserved": self.reserved + quantity, "updated_at": at})

    def releasing(self, quantity: int, at: datetime) -> Self:
        return self.model_copy(update={"reserved": max(0, self.reserved - quantity), "updated_at": at})

    def using(self, quantity: int, at: datetime) -> Self:
        """After the work is done: what can be used again is back, all else is gone."""
        back = self.releasing(quantity, at)
        if self.resource_type in REUSABLE_ITEMS:
            return back
        return back.model_copy(update={"quantity": max(0, self.quantity - quantity)})


class LedgerKind(StrEnum):
    RESERVED = "reserved"
    RELEASED = "released"
    CONSUMED = "consumed"
    RETURNED = "returned"


class LedgerEntry(Document):
    """One change of a stock, never rewritten. The id is derived from its cause, so that it happens once."""

    kind: LedgerKind
    quantity: int = Field(ge=1)
    request_id: str
    by: str


class ResourceView(View):
    id: str
    name: str
    resource_type: Item
    unit: str
    quantity: int
    reserved: int
    available: int
    location: Location
    disaster_id: str | None
    status: ResourceStatus
    created_at: Instant
    updated_at: Instant
