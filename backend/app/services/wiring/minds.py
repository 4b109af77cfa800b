"""The minds that the settings name: with a model where there is one, by rules where there is none."""

from app.agent_v2.answering.knowledge import knowledge
from app.agent_v2.assess import ModelAssessor, RulesAssessor
from app.agent_v2.plan import ModelPlanner, RulesPlanner
from app.agent_v2.planning.settings import PlanningSettings
from app.core.model import Model
from app.services.assessment import Assessor
from app.services.planning import Planner


def rules_assessor(country: str) -> RulesAssessor:
    return RulesAssessor(household_size=knowledge().country(country).household_size)


def assessor_of(model: Model, *, country: str) -> Assessor:
    rules = rules_assessor(country)
    return ModelAssessor(model, rules) if model.on else rules


def rules_planner(country: str) -> RulesPlanner:
    return RulesPlanner(PlanningSettings(household_size=knowledge().country(country).household_size))


def planner_of(model: Model, *, country: str, seconds: float) -> Planner:
    """`seconds` are those of the whole step; the mind stays below them, so that it ends with a reason of its own."""
    rules = rules_planner(country)
    if not model.on:
        return rules
    return ModelPlanner(model=model, telephones=telephones_of(country), seconds=seconds * 0.9, settings=rules.settings)


def telephones_of(country: str) -> frozenset[str]:
    """The numbers of a country's emergency services, as digits."""
    numbers = knowledge().country(country).numbers
    return frozenset("".join(char for char in one.number if char.isdigit()) for one in numbers)
