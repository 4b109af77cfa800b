"""What people call the items that depots hold: free words in, one of the closed vocabulary out."""

import re
import unicodedata
from collections.abc import Iterator

from app.schemas.vocabulary import ITEM_UNITS, Item

NAMES: dict[Item, tuple[str, ...]] = {
    Item.DRINKING_WATER: (
        "water",
        "water bottle",
        "bottle water",
        "bottled water",
        "bottled drinking water",
        "drinking water bottle",
        "mineral water",
        "potable water",
        "purified water",
        "water pack",
        "water supply",
        "වතුර",
        "ජලය",
        "தண்ணீர்",
        "குடிநீர்",
    ),
    Item.WATER_CONTAINER: ("jerrycan", "jerry can", "water can", "water carrier", "water bucket", "canister"),
    Item.FOOD_PACK: (
        "food",
        "food parcel",
        "food packet",
        "food package",
        "food ration",
        "food supply",
        "dry food",
        "dry food pack",
        "dry ration",
        "dry ration pack",
        "ration",
        "ration pack",
        "ආහාර",
        "කෑම",
        "உணவு",
    ),
    Item.INFANT_FORMULA: ("baby formula", "formula", "formula milk", "baby milk", "infant milk"),
    Item.INFANT_KIT: ("baby kit", "newborn kit", "infant supply", "baby supply"),
    Item.MEDIKIT: (
        "medical kit",
        "medi kit",
        "med kit",
        "first aid kit",
        "first aid box",
        "medical supply",
        "trauma kit",
    ),
    Item.MEDICINES: ("medicine", "medication", "essential medicine", "බෙහෙත්", "ඖෂධ", "மருந்து", "மருந்துகள்"),
    Item.STRETCHER: ("folding stretcher",),
    Item.OXYGEN_CYLINDER: ("oxygen", "oxygen tank", "oxygen bottle"),
    Item.SHELTER_KIT: ("tent", "family tent", "shelter", "temporary shelter", "shelter material", "කූඩාරම්", "கூடாரம்"),
    Item.TARPAULIN: ("tarp", "plastic sheet", "plastic sheeting", "tarpaulin sheet"),
    Item.BLANKET: ("wool blanket", "thermal blanket", "warm blanket", "බ්ලැන්කට්", "போர்வை"),
    Item.SLEEPING_MAT: ("mat", "mattress", "bed mat", "sleeping pad", "floor mat"),
    Item.CLOTHING_SET: ("clothes", "clothing", "cloth", "dry clothes", "ඇඳුම්", "உடைகள்"),
    Item.HYGIENE_KIT: ("hygiene pack", "hygiene item", "hygiene supply", "sanitation kit", "toiletry", "dignity kit"),
    Item.MENSTRUAL_KIT: ("menstrual hygiene kit", "menstrual supply"),
    Item.LATRINE: ("toilet", "portable toilet", "latrine cubicle"),
    Item.MOSQUITO_NET: ("bed net", "treated net"),
    Item.COOKING_SET: ("cooking kit", "kitchen set", "kitchen kit"),
    Item.BOAT: ("rescue boat", "inflatable boat", "motor boat", "motorboat", "dinghy", "බෝට්ටුව", "படகு"),
    Item.LIFE_JACKET: ("life vest", "lifejacket", "lifevest", "buoyancy aid"),
    Item.ROPE: ("rescue rope", "climbing rope", "throw rope"),
    Item.RESCUE_KIT: ("rescue equipment", "rescue tool", "search and rescue kit", "sar kit", "extrication kit"),
    Item.VEHICLE: ("car", "van", "truck", "lorry", "bus", "jeep", "4x4", "transport vehicle"),
    Item.FLASHLIGHT: ("torch", "torch light", "torchlight", "flash light", "headlamp", "head lamp"),
    Item.BATTERY_PACK: ("battery", "aa battery", "spare battery"),
    Item.GENERATOR: ("power generator", "diesel generator", "petrol generator", "genset"),
    Item.POWER_BANK: ("powerbank", "portable charger"),
}
"""Beside its own word, which every item is called by. Only what may be sent one for one stands here: not soap for a
hygiene kit, nor a meal for a pack that lasts three days."""

_GAPS = re.compile(r"[\s\-_/,.;:()\[\]&+*'\"’]+")
_NUMBER = re.compile(r"^[\d.,x×]*\d[\d.,x×]*(l|ml|kg|g|ltr|pcs)?$")
_SIZE_WORDS = """
    a an the of for and some more extra emergency relief clean safe fresh new large small medium big standard portable
    family adult per person household x litre liter ltr l ml kg g
"""
_PACKING_WORDS = "bag box carton case piece pc unit no set pack packet package parcel bottle"
_SIZE, _PACKING = frozenset(_SIZE_WORDS.split()), frozenset(_PACKING_WORDS.split())


def item_called(words: str, *, unit: str | None = None) -> Item:
    """The item that these words name, by its unit where they say nothing; `Item.OTHER` rather than a wrong one.

    All of the words have to fit: a water pump is not drinking water.
    """
    for said in _readings(words):
        if said in _ITEMS:
            return _ITEMS[said]
    return _UNITS.get(unit.strip().casefold(), Item.OTHER) if unit else Item.OTHER


def _readings(words: str) -> Iterator[str]:
    """As written, in the singular, without what tells number or size, and last without the packing."""
    tokens = [word for word in _GAPS.split(unicodedata.normalize("NFKC", words).casefold()) if word]
    yield " ".join(tokens)
    tokens = [_singular(word) for word in tokens]
    yield " ".join(tokens)
    tokens = [word for word in tokens if word not in _SIZE and not _NUMBER.match(word)]
    yield " ".join(tokens)
    yield " ".join(word for word in tokens if word not in _PACKING)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses", "uses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word


def _named() -> Iterator[tuple[str, Item]]:
    for item in Item:
        for name in (item.replace("_", " "), *NAMES.get(item, ())):
            yield name, item
            yield " ".join(_singular(word) for word in name.split()), item


_ITEMS = dict(_named())
_UNITS = {unit.casefold(): item for item, unit in ITEM_UNITS.items() if " " in unit}
"""Units of more than one word, each of which one item alone is counted in."""
