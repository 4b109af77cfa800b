"""The cards that a plan by rules rests on: those its signs call for, and one for the kind of work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.planning.grouping import ACUTE
from app.agent_v2.planning.said import words_known
from app.agent_v2.retrieve import Library
from app.schemas.assessment import Evidence, Finding
from app.schemas.chatbot import Passage
from app.schemas.knowledge import Audience, Card
from app.schemas.plan import PlanDraft, PlannedTask, TaskKind

MOST = 3
"""Cards a task by rules."""
_BY_SIGN = 2
_VAGUE = frozenset({"danger.emergency", "plea", "unstated", "ticked"})
"""Signs that do not say what to do."""
_TEAM = frozenset({Audience.VOLUNTEER, Audience.RESPONDER, Audience.COORDINATOR})

_BY_KIND: Mapping[TaskKind, tuple[str, ...]] = {
    TaskKind.WATER_RESCUE: ("boat-rescue", "near-water"),
    TaskKind.COLLAPSE_RESCUE: ("collapse-site", "size-up"),
    TaskKind.FIRE_RESCUE: ("fire-home", "size-up"),
    TaskKind.SEARCH_RESCUE: ("size-up",),
    TaskKind.MEDICAL_CARE: ("triage",),
    TaskKind.FIRST_AID: ("fa-wound",),
    TaskKind.EVACUATION: ("evacuation-lead",),
    TaskKind.TRANSPORT: ("driver-safety",),
    TaskKind.DISTRIBUTION: ("distribution-layout",),
    TaskKind.SHELTER_SETUP: ("shelter-site",),
    TaskKind.INFANT_SUPPORT: ("infant-feeding",),
    TaskKind.POWER_COMMS: ("power-outage",),
    TaskKind.TRACING: ("family-tracing",),
    TaskKind.PROTECTION: ("safeguarding",),
    TaskKind.INFORMATION: ("warnings-rumours",),
    TaskKind.NEEDS_VISIT: ("needs-assessment",),
    TaskKind.FOLLOW_UP: ("psychological-first-aid",),
}
"""The cards for each kind of work; talking to the requester rests on what their words tell alone."""


@dataclass(frozen=True)
class Shelf:
    """The cards, ready to be cited."""

    cards: Mapping[str, Card]
    by_sign: Mapping[str, tuple[str, ...]]
    by_kind: Mapping[TaskKind, tuple[str, ...]]
    vocabulary: frozenset[str]
    """Stems of all their words."""

    @classmethod
    def of(cls, cards: Iterable[Card]) -> Self:
        kept = {card.id: card for card in cards}
        signs = sorted({sign for card in kept.values() for sign in card.signs} - _VAGUE)
        for_teams = sorted(kept.values(), key=lambda card: _TEAM.isdisjoint(card.audience))
        return cls(
            cards=kept,
            by_sign={sign: tuple(card.id for card in for_teams if sign in card.signs) for sign in signs},
            vocabulary=words_known(text for card in kept.values() for text in (card.title, card.text, *card.keywords)),
            by_kind={kind: tuple(id for id in ids if id in kept) for kind, ids in _BY_KIND.items()},
        )

    def cited(self, plan: PlanDraft, finding: Finding) -> PlanDraft:
        """The plan with the cards that each task rests on, behind those that it names already."""
        tasks = tuple(
            task.model_copy(update={"passages": tuple(dict.fromkeys((*task.passages, *self._for(task, finding))))})
            for task in plan.tasks
        )
        return plan.model_copy(update={"tasks": tasks})

    def passages(self, ids: Iterable[str]) -> tuple[Passage, ...]:
        return tuple(passage_of(self.cards[id]) for id in dict.fromkeys(ids) if id in self.cards)

    def _for(self, task: PlannedTask, finding: Finding) -> list[str]:
        own = [one for need in finding.needs if need.category in task.needs for one in need.evidence]
        urgent = finding.severity_evidence if task.kind in ACUTE or task.kind is TaskKind.CONTACT else ()
        called = self._called([*own, *urgent], acute=task.kind in ACUTE)
        kind = self.by_kind.get(task.kind, ())
        return list(dict.fromkeys([*called[:_BY_SIGN], *kind[:1], *called[_BY_SIGN:]]))[:MOST]

    def _called(self, evidence: Sequence[Evidence], *, acute: bool) -> list[str]:
        """In acute work by what endangers first, then by what is lacking; in relief the other way round."""
        signs = dict.fromkeys(one.rule for one in evidence)
        ordered = sorted(signs, key=lambda sign: sign.startswith("need.") is acute)
        return [self.by_sign[sign][0] for sign in ordered if sign in self.by_sign]


def passage_of(card: Card) -> Passage:
    return Passage(id=card.id, title=card.title, text=card.text, kind=card.kind, source=card.source, date=card.date)


@cache
def library() -> Library:
    return Library(knowledge().cards, knowledge().synonyms)


@cache
def shelf() -> Shelf:
    """Over the cards that the package carries."""
    return Shelf.of(knowledge().cards)


async def card_passages(question: str) -> tuple[Passage, ...]:
    """The package's cards for a question; in place of a search over all that an organisation keeps."""
    return tuple(passage_of(hit.card) for hit in library().find(question, limit=4))
