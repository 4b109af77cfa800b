"""The minds that the settings name: with a model where there is one, by rules where there is none."""

from app.agent_v2.answer import Finder, ModelAnswerer, RulesAnswerer
from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.assess import ModelAssessor, RulesAssessor
from app.agent_v2.learned.reader import LearnedReader
from app.agent_v2.plan import ModelPlanner, RulesPlanner
from app.agent_v2.planning.citing import passage_of
from app.agent_v2.planning.settings import PlanningSettings
from app.core.clock import Clock
from app.core.model import Model
from app.core.settings import Settings
from app.crud.knowledge import EditionRepository, PartRepository, SourceRepository
from app.crud.store.port import Store
from app.schemas.chatbot import Passage
from app.services.assessment import Assessor
from app.services.chatbot import Answerer
from app.services.integrations.embedding.spaces import spaces_of
from app.services.knowledge_base import KnowledgeBase
from app.services.planning import Planner


def rules_assessor(country: str) -> RulesAssessor:
    return RulesAssessor(household_size=knowledge().country(country).household_size, learned=LearnedReader())


def assessor_of(model: Model, *, country: str) -> Assessor:
    rules = rules_assessor(country)
    return ModelAssessor(model, rules) if model.on else rules


def rules_planner(country: str) -> RulesPlanner:
    return RulesPlanner(PlanningSettings(household_size=knowledge().country(country).household_size))


def planner_of(model: Model, documents: KnowledgeBase, *, country: str, seconds: float) -> Planner:
    """`seconds` are those of the whole step; the mind stays below them, so that it ends with a reason of its own."""
    rules = rules_planner(country)
    if not model.on:
        return rules

    async def passages(question: str) -> tuple[Passage, ...]:
        return tuple(passage_of(card) for card in await documents.cards(question))

    return ModelPlanner(
        model=model,
        passages=passages,
        telephones=telephones_of(country),
        seconds=seconds * 0.9,
        settings=rules.settings,
    )


def answerer_of(model: Model, finder: Finder) -> Answerer:
    return ModelAnswerer(model, finder) if model.on else RulesAnswerer(finder)


def knowledge_of(settings: Settings, store: Store, clock: Clock) -> KnowledgeBase:
    return KnowledgeBase(
        sources=SourceRepository(store, clock),
        parts=PartRepository(store, clock),
        editions=EditionRepository(store, clock),
        spaces=spaces_of(settings),
        clock=clock,
    )


def telephones_of(country: str) -> frozenset[str]:
    """The numbers of a country's emergency services, as digits."""
    numbers = knowledge().country(country).numbers
    return frozenset("".join(char for char in one.number if char.isdigit()) for one in numbers)
