"""The labels that people put on messages, and the needs of ours that they mean."""

from collections.abc import Iterable, Mapping

from app.schemas.assessment import Finding, FoundNeed
from app.schemas.vocabulary import NeedCategory

REQUEST = "request"
MEDICAL_UNION = "medical"
"""`medical_help` or `medical_products`."""
MEDICAL_LABELS = ("medical_help", "medical_products")
_HYGIENE_ITEMS = frozenset({"hygiene_items"})
"""The annotators count soap, wipes and cleaning supplies among medical products."""

LABEL_NEEDS: Mapping[str, tuple[NeedCategory, frozenset[str]]] = {
    "water": (NeedCategory.WATER, frozenset()),
    "food": (NeedCategory.FOOD, frozenset()),
    "shelter": (NeedCategory.SHELTER, frozenset()),
    "clothing": (NeedCategory.CLOTHING_BEDDING, frozenset({"clothing"})),
    "medical_products": (NeedCategory.MEDICAL, frozenset({"medicine"})),
    "search_and_rescue": (NeedCategory.RESCUE, frozenset()),
    "missing_people": (NeedCategory.MISSING_PERSON, frozenset()),
    "security": (NeedCategory.PROTECTION, frozenset()),
    "electricity": (NeedCategory.POWER_COMMS, frozenset({"electricity"})),
    "transport": (NeedCategory.TRANSPORT_ACCESS, frozenset()),
    "money": (NeedCategory.OTHER, frozenset({"money"})),
    "tools": (NeedCategory.OTHER, frozenset({"tools"})),
}
"""Which need, with which details (any, if none are given), answers to a label."""


def found_label(finding: Finding, label: str) -> bool:
    """Whether the needs of a finding, or that it is a request, say what a label means."""
    if label == REQUEST:
        return finding.is_request
    if label == MEDICAL_UNION:
        return any(found_label(finding, one) for one in MEDICAL_LABELS)
    if label == "medical_help":
        details = {d for need in finding.needs if need.category is NeedCategory.MEDICAL for d in need.details}
        return bool(details - {"medicine"})
    if label == "medical_products" and _has(finding.needs, NeedCategory.SANITATION_HYGIENE, _HYGIENE_ITEMS):
        return True
    category, details_wanted = LABEL_NEEDS[label]
    return _has(finding.needs, category, details_wanted)


def _has(needs: Iterable[FoundNeed], category: NeedCategory, details: frozenset[str]) -> bool:
    return any(need.category is category and (not details or details & set(need.details)) for need in needs)
