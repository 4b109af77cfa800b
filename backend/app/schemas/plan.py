"""A plan before any human has seen it: tasks, people and supplies, each with where its number comes from."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from app.schemas.assessment import PeopleSource
from app.schemas.base import Model, body_hash
from app.schemas.model_use import ModelUse
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Skill


class TaskKind(StrEnum):
    """What sort of work a task is; the team and the safety rules hang on it."""

    WATER_RESCUE = "water_rescue"
    COLLAPSE_RESCUE = "collapse_rescue"
    FIRE_RESCUE = "fire_rescue"
    SEARCH_RESCUE = "search_rescue"
    MEDICAL_CARE = "medical_care"
    FIRST_AID = "first_aid"
    EVACUATION = "evacuation"
    TRANSPORT = "transport"
    DISTRIBUTION = "distribution"
    SHELTER_SETUP = "shelter_setup"
    INFANT_SUPPORT = "infant_support"
    POWER_COMMS = "power_comms"
    TRACING = "tracing"
    PROTECTION = "protection"
    INFORMATION = "information"
    NEEDS_VISIT = "needs_visit"
    CONTACT = "contact"
    FOLLOW_UP = "follow_up"
    OTHER = "other"
    """Of a task that a human wrote without saying what kind it is; no planner makes one."""


RESCUE_KINDS = frozenset(
    {TaskKind.WATER_RESCUE, TaskKind.COLLAPSE_RESCUE, TaskKind.FIRE_RESCUE, TaskKind.SEARCH_RESCUE}
)


class TaskPriority(StrEnum):
    """As the web client shows it."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


class PlannedTask(Model):
    """One piece of work for one team.

    Who fits, each member alone: `role` or a higher one, every skill of `skills_all`, at least one of `skills_any`
    (empty: no skill asked), verified where `verified_only`. What this leaves out: who in a team holds which skill, so
    a driver with an unskilled helper, or a boat operator with a searcher, cannot be asked for; vehicle classes;
    levels of training.
    """

    ref: str = Field(pattern=r"^t[1-5]$")
    kind: TaskKind
    needs: tuple[NeedCategory, ...] = Field(default=(), description="The found needs that this task serves.")
    step: str = Field(max_length=400, description="An instruction that the team can act on.")
    priority: TaskPriority
    role: RoleId = Field(description="The least role that may do it.")
    skills_all: tuple[Skill, ...] = Field(default=(), description="Each member holds all of these.")
    skills_any: tuple[Skill, ...] = Field(default=(), description="Each member holds at least one of these.")
    people: int = Field(ge=2, description="Asked for.")
    min_people: int = Field(ge=2, description="With fewer it is not a team and does not go.")
    verified_only: bool
    gear: tuple[Item, ...] = Field(default=(), description="Does not go without; how many is in the supplies.")
    safety: tuple[str, ...] = ()
    steps: tuple[str, ...] = Field(default=(), description="How to go about it, in a model's words; none by rules.")
    passages: tuple[str, ...] = Field(default=(), description="Ids of the cards and documents it rests on.")
    reason: str = Field(description="The needs it serves, each with the words it rests on.")
    source: str = Field(description="Where the team's size and skills come from.")

    @model_validator(mode="after")
    def _team_is_possible(self) -> Self:
        if self.min_people > self.people:
            raise ValueError(f"{self.ref} asks for {self.people} people, fewer than its least team.")
        return self


class SupplyShare(Model):
    task_ref: str
    quantity: int = Field(ge=1)


class PlannedSupply(Model):
    """What must be brought, how many, and how that number came about."""

    ref: str = Field(pattern=r"^s\d+$")
    item: Item
    quantity: int = Field(ge=1, description="In `unit`.")
    unit: str
    breakdown: tuple[SupplyShare, ...] = Field(min_length=1, description="Adds up to `quantity`.")
    formula: str = Field(description="For a reader; its words are the keys of `inputs`.")
    inputs: dict[str, int | float]
    people: int = Field(ge=1, description="The people the request speaks for.")
    days: int = Field(ge=1, description="How long it has to last.")
    source: str = Field(description="Where the number per person comes from.")
    lifesaving: bool
    substitutes: tuple[Item, ...] = Field(default=(), description="Acceptable instead, best first.")
    reason: str

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        if sum(share.quantity for share in self.breakdown) != self.quantity:
            raise ValueError(f"The shares of {self.ref} do not add up to {self.quantity}.")
        return self


class ManpowerShare(Model):
    task_ref: str
    volunteers: int = Field(ge=2)


class Manpower(Model):
    """People asked for, of every role, counted by task; `volunteers` is the word of the wire."""

    total_volunteers: int
    breakdown: tuple[ManpowerShare, ...]
    notes: str

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        if sum(share.volunteers for share in self.breakdown) != self.total_volunteers:
            raise ValueError("The shares of the manpower do not add up to its total.")
        return self


class PlanDraft(Model):
    """What a planner proposes for one request; a human decides on it."""

    tasks: tuple[PlannedTask, ...] = Field(min_length=3, max_length=5, description="In the order to start them.")
    supplies: tuple[PlannedSupply, ...]
    manpower: Manpower
    people: int = Field(ge=1)
    people_source: PeopleSource
    households: int = Field(ge=1)
    days: int = Field(ge=1)
    planner: str = Field(default="rules", description="Who planned: `rules`, or the model's name.")
    planner_version: str
    planner_reason: str = Field(default="", description="Why a model that there is had no part in it.")
    used: ModelUse | None = Field(default=None, description="What a model took, where one was asked.")

    @property
    def content_hash(self) -> str:
        """The same for drafts that say the same, whoever made them."""
        return body_hash(
            self.model_copy(update={"planner": "", "planner_version": "", "planner_reason": "", "used": None})
        )

    @model_validator(mode="after")
    def _refs_are_whole(self) -> Self:
        tasks = {task.ref: task.people for task in self.tasks}
        if len(tasks) != len(self.tasks) or not _distinct(supply.ref for supply in self.supplies):
            raise ValueError("A ref is used twice.")
        shared = {share.task_ref for supply in self.supplies for share in supply.breakdown}
        if unknown := sorted(shared - tasks.keys()):
            raise ValueError(f"Supplies are meant for tasks that are not in the plan: {', '.join(unknown)}.")
        if {share.task_ref: share.volunteers for share in self.manpower.breakdown} != tasks:
            raise ValueError("The manpower does not match the tasks.")
        return self


def _distinct(refs: Iterable[str]) -> bool:
    listed = list(refs)
    return len(set(listed)) == len(listed)
