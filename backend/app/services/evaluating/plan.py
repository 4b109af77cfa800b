"""Measuring a planner: are its plans whole, do they serve what was asked, and are they safe for those who go."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from math import ceil
from pathlib import Path
from statistics import median

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.agent_v2.answering.guard import guarded
from app.agent_v2.assess import assess_text
from app.agent_v2.plan import ModelPlanner, RulesPlanner
from app.agent_v2.planning.citing import shelf
from app.agent_v2.planning.said import Speech
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.core.tracing import NoTracer
from app.schemas.assessment import Finding
from app.schemas.measured import Figure, Measured
from app.schemas.plan import RESCUE_KINDS, PlanDraft, PlannedTask, TaskKind, TaskPriority
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity, Skill
from app.services.edges import open_model
from app.services.labelled_files import BadFile
from app.services.planning import Planner
from app.services.wiring.minds import telephones_of

MOST_MS = 50.0
"""Planning by rules takes no longer at the median, in CPU time."""
_MOST_BYTES = 5_000_000
_DAYS, _LITRES, _HOUSEHOLD = 3, 3, 4


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)


class Must(_Row):
    """What a good plan has; of each group of kinds or skills at least one."""

    kinds: tuple[tuple[TaskKind, ...], ...] = ()
    needs: tuple[NeedCategory, ...] = ()
    items: tuple[Item, ...] = ()
    skills: tuple[tuple[Skill, ...], ...] = ()
    first_priority: TaskPriority | None = None
    people: int | None = None


class MustNot(_Row):
    kinds: tuple[TaskKind, ...] = ()
    items: tuple[Item, ...] = ()


class Case(_Row):
    """One request and what its plan is to be."""

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    must: Must = Must()
    must_not: MustNot = MustNot()


def read_cases(path: Path | None = None) -> list[Case]:
    """The cases of a file of JSON lines, else our own; `BadFile` with the line that is wrong."""
    name = str(path or "app/evaluation/plan.jsonl")
    try:
        if path is not None and path.stat().st_size > _MOST_BYTES:
            raise BadFile(f"{name}: larger than {_MOST_BYTES // 1_000_000} MB")
        source = path or files("app") / "evaluation" / "plan.jsonl"
        lines = source.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{name}: {error}") from None
    cases: list[Case] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                cases.append(Case.model_validate_json(line))
            except ValidationError as error:
                one = error.errors()[0]
                raise BadFile(f"{name}: line {number}: {'.'.join(map(str, one['loc']))}: {one['msg']}") from None
    if not cases:
        raise BadFile(f"{name}: there is no request in it")
    return cases


@dataclass
class _Tally:
    """How often each thing was right, and what was wrong where it was not."""

    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cases: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[str] = field(default_factory=list)

    def note(self, name: str, case: str, problems: Iterable[str], *, of: int = 1) -> None:
        """`of` things were looked at, of which these were wrong."""
        found = list(problems)
        self.cases[name] += of
        self.right[name] += max(0, of - len(found))
        self.wrong += [f"{case}: {name}: {problem}" for problem in found]

    def share(self, name: str) -> float | None:
        return self.right[name] / self.cases[name] if self.cases[name] else None


async def measure_plans(
    cases: Sequence[Case],
    assess: Callable[[str], Finding],
    planner: Planner,
    *,
    by: str = "rules",
    telephones: frozenset[str] = frozenset(),
) -> Measured:
    """What comes of planning each case from what was read in it. `by` names who plans."""
    tally, spent, together = _Tally(), [], 0
    for case in cases:
        finding = assess(case.text)
        began = time.process_time()
        plan = await planner.draft(finding, case.text)
        spent.append((time.process_time() - began) * 1_000)
        together += plan.planner != "rules"
        again = await planner.draft(finding, case.text) if by == "rules" else plan
        tally.note("same_plan_again", case.id, ["differs"] if again != plan else [])
        _measure(tally, case, finding, plan, telephones)
    figures = [
        _figure(tally, "numbers_right", safety=True, goal=1.0),
        _figure(tally, "found_needs_served", safety=True, goal=1.0),
        _figure(tally, "teams_right", safety=True, goal=1.0),
        _figure(tally, "sentences_safe", safety=True, goal=1.0),
        _figure(tally, "needs_served", goal=0.9),
        _figure(tally, "kinds_there", goal=0.9),
        _figure(tally, "items_there", goal=0.9),
        _figure(tally, "skills_there", goal=0.9),
        _figure(tally, "first_priority", goal=0.9),
        _figure(tally, "people_right", goal=0.9),
        _figure(tally, "nothing_out_of_place", goal=0.9),
        _figure(tally, "tasks_cited", goal=0.8),
    ]
    if by == "rules":
        figures.append(_figure(tally, "same_plan_again", safety=True, goal=1.0))
        figures.append(Figure(name="plan_cpu_ms", value=median(spent), cases=len(spent), goal=MOST_MS, at_most=True))
    else:
        share = together / len(cases)
        figures.append(Figure(name="model_had_a_part", value=share, cases=len(cases)))
    return Measured(evaluation="plan", by=by, figures=tuple(figures), wrong=tuple(tally.wrong))


async def measured_plans(cases: Sequence[Case], settings: Settings) -> list[Measured]:
    """By rules alone, and with a model where the settings name one."""
    telephones = telephones_of(settings.country)
    measured = [await measure_plans(cases, assess_text, RulesPlanner(), telephones=telephones)]
    model = open_model(settings, Metrics(), NoTracer())
    try:
        if model.on:
            planner = ModelPlanner(model, telephones=telephones, seconds=settings.plan_seconds)
            measured.append(await measure_plans(cases, assess_text, planner, by=model.name, telephones=telephones))
    finally:
        await model.aclose()
    return measured


def _figure(tally: _Tally, name: str, *, goal: float, safety: bool = False) -> Figure:
    return Figure(name=name, value=tally.share(name), cases=tally.cases[name], goal=goal, safety=safety)


def _measure(tally: _Tally, case: Case, finding: Finding, plan: PlanDraft, telephones: frozenset[str]) -> None:
    must, id = case.must, case.id
    kinds = {task.kind for task in plan.tasks}
    served = {need for task in plan.tasks for need in task.needs}
    items = {supply.item for supply in plan.supplies}
    skills = {skill for task in plan.tasks for skill in (*task.skills_all, *task.skills_any)}
    found = {need.category for need in finding.needs}
    tally.note("numbers_right", id, _wrong_numbers(plan))
    tally.note("found_needs_served", id, sorted(found - served), of=len(found))
    tally.note("teams_right", id, _wrong_teams(plan, finding), of=len(plan.tasks))
    tally.note("sentences_safe", id, _unsafe(plan, case.text, telephones), of=len(plan.tasks))
    tally.note("tasks_cited", id, [task.ref for task in plan.tasks if not task.passages], of=len(plan.tasks))
    tally.note("needs_served", id, sorted(set(must.needs) - served), of=len(must.needs))
    tally.note("kinds_there", id, _absent(must.kinds, kinds), of=len(must.kinds))
    tally.note("items_there", id, sorted(set(must.items) - items), of=len(must.items))
    tally.note("skills_there", id, _absent(must.skills, skills), of=len(must.skills))
    bad = [*(kinds & set(case.must_not.kinds)), *(items & set(case.must_not.items))]
    tally.note("nothing_out_of_place", id, sorted(bad), of=len(case.must_not.kinds) + len(case.must_not.items))
    if must.first_priority is not None:
        first = plan.tasks[0].priority
        tally.note("first_priority", id, [first] if first is not must.first_priority else [])
    if must.people is not None:
        tally.note("people_right", id, [str(plan.people)] if plan.people != must.people else [])


def _absent(groups: Iterable[Iterable[str]], there: Iterable[str]) -> list[str]:
    known = set(there)
    return [" or ".join(group) for group in groups if known.isdisjoint(group)]


def _wrong_numbers(plan: PlanDraft) -> Iterator[str]:
    """At most one: sums that do not add up, or a number that is not the formula's (DOMAIN.md §3)."""
    wrong = [
        f"{supply.item} {supply.quantity} of {sum(share.quantity for share in supply.breakdown)}"
        for supply in plan.supplies
        if sum(share.quantity for share in supply.breakdown) != supply.quantity
    ]
    if plan.manpower.total_volunteers != sum(task.people for task in plan.tasks):
        wrong.append("manpower")
    expected = _by_formula(plan)
    wrong += [
        f"{supply.item} {supply.quantity}"
        for supply in plan.supplies
        if supply.item in expected and supply.quantity != expected[supply.item]
    ]
    if not 3 <= len(plan.tasks) <= 5:
        wrong.append("tasks")
    yield from wrong[:1]


def _by_formula(plan: PlanDraft) -> Mapping[Item, int]:
    """Counted here once more, so that a formula that breaks is seen."""
    people, households = plan.people, plan.households
    return {
        Item.DRINKING_WATER: people * _DAYS * _LITRES,
        Item.WATER_CONTAINER: households * 2,
        Item.FOOD_PACK: people,
        Item.COOKING_SET: households,
        Item.SHELTER_KIT: ceil(people / _HOUSEHOLD),
        Item.TARPAULIN: ceil(people / _HOUSEHOLD),
        Item.BLANKET: people,
        Item.SLEEPING_MAT: people,
        Item.MOSQUITO_NET: ceil(people / 2),
        Item.CLOTHING_SET: people,
        Item.HYGIENE_KIT: households,
        Item.MENSTRUAL_KIT: ceil(people / 4),
        Item.LATRINE: ceil(people / 50),
        Item.POWER_BANK: households,
        Item.FLASHLIGHT: households,
        Item.BATTERY_PACK: households,
    }


_LEAST = {TaskKind.WATER_RESCUE: 3, TaskKind.COLLAPSE_RESCUE: 4, TaskKind.FIRE_RESCUE: 4, TaskKind.SEARCH_RESCUE: 4}
_GEAR = {
    TaskKind.WATER_RESCUE: {Item.BOAT, Item.LIFE_JACKET, Item.ROPE},
    TaskKind.COLLAPSE_RESCUE: {Item.RESCUE_KIT},
    TaskKind.FIRE_RESCUE: {Item.RESCUE_KIT},
    TaskKind.SEARCH_RESCUE: {Item.RESCUE_KIT},
    TaskKind.MEDICAL_CARE: {Item.MEDIKIT, Item.STRETCHER},
}
_RESCUE_SKILLS = {Skill.SAR, Skill.FIREFIGHTING}
_LICENCES = {Skill.DOCTOR, Skill.NURSE, Skill.PARAMEDIC, Skill.MIDWIFE}
_VETTED = {TaskKind.MEDICAL_CARE, TaskKind.FIRST_AID, TaskKind.INFANT_SUPPORT, TaskKind.TRACING, TaskKind.PROTECTION}


def _wrong_teams(plan: PlanDraft, finding: Finding) -> list[str]:
    return [f"{task.kind} {wrong[0]}" for task in plan.tasks if (wrong := list(_wrong_team(task, plan, finding)))]


def _wrong_team(task: PlannedTask, plan: PlanDraft, finding: Finding) -> Iterator[str]:
    """Against DOMAIN.md §4: pairs, the least teams, who goes where, and what they do not go without."""
    brought = {one.item for one in plan.supplies if task.ref in {share.task_ref for share in one.breakdown}}
    if task.min_people < max(2, _LEAST.get(task.kind, 2)):
        yield "too small a team"
    if task.kind in RESCUE_KINDS and task.role is not RoleId.FIRST_RESPONDER:
        yield "not by first responders"
    if task.kind in RESCUE_KINDS and _RESCUE_SKILLS.isdisjoint(task.skills_all):
        yield "without a rescue skill"
    if task.kind is TaskKind.MEDICAL_CARE and _LICENCES.isdisjoint(task.skills_any):
        yield "without a licence"
    urgent = finding.severity in (Severity.CRITICAL, Severity.HIGH)
    if not task.verified_only and (urgent or task.kind in RESCUE_KINDS | _VETTED):
        yield "open to the unverified"
    if missing := _GEAR.get(task.kind, set()) - set(task.gear) | set(task.gear) - brought:
        yield f"without {min(missing)}"
    if task.kind in RESCUE_KINDS and task.priority is not TaskPriority.HIGH:
        yield "not first"
    if not task.safety:
        yield "without a word on safety"


def _unsafe(plan: PlanDraft, request: str, telephones: frozenset[str]) -> list[str]:
    """The tasks with a sentence that must not be said: never the sentence itself."""
    speech = Speech.about(request, known=shelf().vocabulary, telephones=telephones)
    found = []
    for task in plan.tasks:
        _, faults = speech.kept(task.steps, task.kind)
        if faults:
            found.append(f"{task.ref} {faults[0]}")
        elif any(guarded(text, telephones) != text.strip() for text in (task.step, *task.safety)):
            found.append(f"{task.ref} promise, dose or number")
    return found
