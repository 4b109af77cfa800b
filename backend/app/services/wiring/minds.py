"""The minds that the settings name: with a model where there is one, by rules where there is none."""

from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.plan import ModelPlanner, RulesPlanner
from app.core.model import Model
from app.services.planning import Planner


def planner_of(model: Model, *, country: str, seconds: float) -> Planner:
    """`seconds` are those of the whole step; the mind stays below them, so that it ends with a reason of its own."""
    if not model.on:
        return RulesPlanner()
    return ModelPlanner(model=model, telephones=telephones_of(country), seconds=seconds * 0.9)


def telephones_of(country: str) -> frozenset[str]:
    """The numbers of a country's emergency services, as digits."""
    numbers = knowledge().country(country).numbers
    return frozenset("".join(char for char in one.number if char.isdigit()) for one in numbers)
