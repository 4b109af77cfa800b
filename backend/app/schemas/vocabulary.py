"""The closed sets of the domain: what can be needed, by whom, from whom, and how urgently."""

from enum import StrEnum


class NeedCategory(StrEnum):
    """What a person can be in need of (DOMAIN.md §1)."""

    RESCUE = "rescue"
    MEDICAL = "medical"
    WATER = "water"
    FOOD = "food"
    SHELTER = "shelter"
    EVACUATION = "evacuation"
    SANITATION_HYGIENE = "sanitation_hygiene"
    CLOTHING_BEDDING = "clothing_bedding"
    INFANT_CARE = "infant_care"
    POWER_COMMS = "power_comms"
    TRANSPORT_ACCESS = "transport_access"
    MISSING_PERSON = "missing_person"
    PROTECTION = "protection"
    INFORMATION = "information"
    OTHER = "other"


class Severity(StrEnum):
    """How urgent a request is, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most urgent, 3 for the least: smaller is served first."""
        return _SEVERITY_RANK[self]

    def raised(self, to: "Severity") -> "Severity":
        """The more urgent of the two."""
        return self if self.rank <= to.rank else to


_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class VulnerableGroup(StrEnum):
    """People whom the same danger hits harder."""

    INFANT = "infant"
    CHILD = "child"
    OLDER_PERSON = "older_person"
    PREGNANT = "pregnant"
    DISABLED = "disabled"
    CHRONIC_ILLNESS = "chronic_illness"


class RoleId(StrEnum):
    AFFECTED_INDIVIDUAL = "affected_individual"
    VOLUNTEER = "volunteer"
    FIRST_RESPONDER = "first_responder"
    ADMIN = "admin"


class Skill(StrEnum):
    """What a volunteer or responder can do."""

    SAR = "sar"
    SWIFTWATER_RESCUE = "swiftwater_rescue"
    BOAT_OPERATOR = "boat_operator"
    FIREFIGHTING = "firefighting"
    STRUCTURAL_ENGINEER = "structural_engineer"
    FIRST_AID = "first_aid"
    PARAMEDIC = "paramedic"
    NURSE = "nurse"
    DOCTOR = "doctor"
    MIDWIFE = "midwife"
    DRIVER = "driver"
    LOGISTICS = "logistics"
    SHELTER = "shelter"
    WASH = "wash"
    CHILD_CARE = "child_care"
    PSYCHOSOCIAL = "psychosocial"
    ELECTRICIAN = "electrician"
    COMMUNICATIONS = "communications"
    LANGUAGE_SI = "language_si"
    LANGUAGE_TA = "language_ta"
    LANGUAGE_EN = "language_en"


class Item(StrEnum):
    """What a depot can hold and a plan can ask for; the unit of each is in `ITEM_UNITS`."""

    DRINKING_WATER = "drinking_water"
    WATER_CONTAINER = "water_container"
    FOOD_PACK = "food_pack"
    INFANT_FORMULA = "infant_formula"
    INFANT_KIT = "infant_kit"
    MEDIKIT = "medikit"
    MEDICINES = "medicines"
    STRETCHER = "stretcher"
    OXYGEN_CYLINDER = "oxygen_cylinder"
    SHELTER_KIT = "shelter_kit"
    TARPAULIN = "tarpaulin"
    BLANKET = "blanket"
    SLEEPING_MAT = "sleeping_mat"
    CLOTHING_SET = "clothing_set"
    HYGIENE_KIT = "hygiene_kit"
    MENSTRUAL_KIT = "menstrual_kit"
    LATRINE = "latrine"
    MOSQUITO_NET = "mosquito_net"
    COOKING_SET = "cooking_set"
    BOAT = "boat"
    LIFE_JACKET = "life_jacket"
    ROPE = "rope"
    RESCUE_KIT = "rescue_kit"
    VEHICLE = "vehicle"
    FLASHLIGHT = "flashlight"
    BATTERY_PACK = "battery_pack"
    GENERATOR = "generator"
    POWER_BANK = "power_bank"
    OTHER = "other"


ITEM_UNITS: dict[Item, str] = {
    Item.DRINKING_WATER: "bottle of 1 L",
    Item.WATER_CONTAINER: "container of 10-20 L",
    Item.FOOD_PACK: "dry pack for 1 person, 3 days",
    Item.INFANT_FORMULA: "tin for 1 infant, 3 days",
    Item.INFANT_KIT: "kit for 1 infant",
    Item.MEDIKIT: "kit",
    Item.MEDICINES: "course for 1 person, 3 days",
    Item.STRETCHER: "stretcher",
    Item.OXYGEN_CYLINDER: "cylinder",
    Item.SHELTER_KIT: "kit for 1 small family",
    Item.TARPAULIN: "sheet",
    Item.BLANKET: "blanket",
    Item.SLEEPING_MAT: "mat",
    Item.CLOTHING_SET: "set for 1 person",
    Item.HYGIENE_KIT: "kit for 1 household",
    Item.MENSTRUAL_KIT: "kit for 1 person",
    Item.LATRINE: "cubicle",
    Item.MOSQUITO_NET: "net for 2 people",
    Item.COOKING_SET: "set for 1 household",
    Item.BOAT: "boat",
    Item.LIFE_JACKET: "jacket",
    Item.ROPE: "rope of 30 m",
    Item.RESCUE_KIT: "kit for 1 team",
    Item.VEHICLE: "vehicle",
    Item.FLASHLIGHT: "flashlight",
    Item.BATTERY_PACK: "pack",
    Item.GENERATOR: "generator",
    Item.POWER_BANK: "power bank",
    Item.OTHER: "piece",
}

REUSABLE_ITEMS = frozenset(
    {
        Item.STRETCHER,
        Item.BOAT,
        Item.LIFE_JACKET,
        Item.ROPE,
        Item.RESCUE_KIT,
        Item.VEHICLE,
        Item.FLASHLIGHT,
        Item.GENERATOR,
    }
)
