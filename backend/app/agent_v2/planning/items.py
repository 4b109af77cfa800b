"""An item that is asked for, and what is true of every item."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.schemas.vocabulary import Item, NeedCategory

ASSUMED = "operating assumption"


@dataclass(frozen=True)
class Ask:
    """`quantity` in the item's unit of `ITEM_UNITS`; without a `need` it is gear of the team."""

    item: Item
    quantity: int
    formula: str
    inputs: Mapping[str, int | float]
    source: str
    need: NeedCategory | None = None
    proposed: bool = False
    """By a model, where the rules saw no call for it; the number is the formula's all the same."""


LIFESAVING = frozenset(
    {
        Item.DRINKING_WATER,
        Item.INFANT_FORMULA,
        Item.MEDIKIT,
        Item.MEDICINES,
        Item.STRETCHER,
        Item.OXYGEN_CYLINDER,
        Item.BOAT,
        Item.LIFE_JACKET,
        Item.ROPE,
        Item.RESCUE_KIT,
        Item.VEHICLE,
    }
)
"""Never rounded down and never cut to make a stock last."""

SUBSTITUTES: Mapping[Item, tuple[Item, ...]] = {
    Item.DRINKING_WATER: (Item.WATER_CONTAINER,),
    Item.SHELTER_KIT: (Item.TARPAULIN,),
    Item.TARPAULIN: (Item.SHELTER_KIT,),
    Item.BLANKET: (Item.SLEEPING_MAT, Item.CLOTHING_SET),
    Item.SLEEPING_MAT: (Item.BLANKET,),
    Item.CLOTHING_SET: (Item.BLANKET,),
    Item.POWER_BANK: (Item.BATTERY_PACK,),
    Item.FLASHLIGHT: (Item.POWER_BANK,),
    Item.STRETCHER: (Item.BLANKET,),
}
"""A container counts once it is filled with safe water. Nothing replaces infant formula, medicines or life jackets."""
