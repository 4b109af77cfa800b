"""Free words for supplies, and what they are understood as."""

import pytest

from app.schemas.item_words import item_called
from app.schemas.vocabulary import Item


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("water bottles", Item.DRINKING_WATER),
        ("Drinking Water", Item.DRINKING_WATER),
        ("drinking_water", Item.DRINKING_WATER),
        ("Bottled drinking water (1 L)", Item.DRINKING_WATER),
        ("වතුර", Item.DRINKING_WATER),
        ("குடிநீர்", Item.DRINKING_WATER),
        ("food packs", Item.FOOD_PACK),
        ("Boxes of dry rations", Item.FOOD_PACK),
        ("blankets", Item.BLANKET),
        ("medical kit", Item.MEDIKIT),
        ("First-aid kits", Item.MEDIKIT),
        ("20 Life-jackets", Item.LIFE_JACKET),
        ("Torches", Item.FLASHLIGHT),
        ("Batteries", Item.BATTERY_PACK),
        ("2 cooking sets", Item.COOKING_SET),
        ("buses", Item.VEHICLE),
        ("water pump", Item.OTHER),
        ("Chainsaws", Item.OTHER),
        ("boxes", Item.OTHER),
        ("soap", Item.OTHER),
        ("!?", Item.OTHER),
    ],
)
def test_what_people_call_an_item(words: str, item: Item) -> None:
    assert item_called(words) is item


def test_an_unknown_word_is_understood_by_its_unit() -> None:
    assert item_called("supplies", unit="Dry pack for 1 person, 3 days") is Item.FOOD_PACK
    assert item_called("supplies", unit="kit") is Item.OTHER
    assert {item_called(item) for item in Item} == set(Item)
