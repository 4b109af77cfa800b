"""A model's argument and the rules' draft made into one plan that keeps everything the rules ask for.

Pure. Whatever the model says, teams, gear, safety lines and numbers are those of the rules; what the model can do is
argue: say how to go about a task, why, and on which passages; raise a priority; propose a further task or item, whose
team and number the rules then work out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.agent_v2.planning.draft import Work, assembled, priority_for, working
from app.agent_v2.planning.facts import Facts, facts_of
from app.agent_v2.planning.grouping import Group
from app.agent_v2.planning.items import SUBSTITUTES, Ask
from app.agent_v2.planning.proposal import KINDS, ProposedPlan, ProposedSupply, ProposedTask
from app.agent_v2.planning.quantities import ask_for, asks_for
from app.agent_v2.planning.said import Speech
from app.agent_v2.planning.settings import PlanningSettings
from app.agent_v2.planning.teams import team_for
from app.agent_v2.planning.wording import item_name
from app.schemas.assessment import Finding
from app.schemas.item_words import item_called
from app.schemas.plan import RESCUE_KINDS, PlanDraft, PlannedSupply, PlannedTask, TaskKind, TaskPriority
from app.schemas.vocabulary import Item, NeedCategory

MOST_TASKS = 5
MOST_READ = 8
"""Proposed tasks and items of a task beyond these are not looked at."""
MOST_STEPS = 6
MOST_PASSAGES = 6
MOST_FURTHER_ITEMS = 4

FURTHER_ITEMS = frozenset(
    {
        Item.DRINKING_WATER,
        Item.WATER_CONTAINER,
        Item.FOOD_PACK,
        Item.SHELTER_KIT,
        Item.TARPAULIN,
        Item.BLANKET,
        Item.SLEEPING_MAT,
        Item.CLOTHING_SET,
        Item.HYGIENE_KIT,
        Item.MENSTRUAL_KIT,
        Item.MOSQUITO_NET,
        Item.COOKING_SET,
        Item.FLASHLIGHT,
        Item.BATTERY_PACK,
        Item.POWER_BANK,
    }
)
"""What a model may propose beyond the rules. Gear goes with a team; medicines, oxygen and infant formula only where the
words call for them.
"""
_RANK = {TaskPriority.HIGH: 0, TaskPriority.MEDIUM: 1, TaskPriority.LOW: 2}


class Mend(StrEnum):
    """What was wrong with a proposal, and was put right or left out."""

    KIND = "kind"
    TASK_MISSING = "task_missing"
    TASK_TWICE = "task_twice"
    TOO_MANY = "too_many"
    NEED = "need"
    PRIORITY = "priority"
    ROLE = "role"
    PEOPLE = "people"
    QUANTITY = "quantity"
    ITEM = "item"
    ITEM_MISSING = "item_missing"
    WORDS = "words"
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class Repaired:
    """The plan; `used` says whether anything of the model is in it."""

    plan: PlanDraft
    used: bool
    mended: Mapping[Mend, int]


@dataclass(slots=True)
class _Argument:
    """What is left of what the model said about one task."""

    steps: tuple[str, ...]
    reason: str
    passages: tuple[str, ...]
    priority: TaskPriority
    instead: list[tuple[Item, Item]] = field(default_factory=list)
    """An item of the plan, and another that would do."""


def repaired(
    proposal: ProposedPlan,
    finding: Finding,
    *,
    settings: PlanningSettings,
    speech: Speech,
    passages: Iterable[str] = (),
    words: str = "",
) -> Repaired:
    """The rules' draft with what may be taken of a proposal. `passages` are the ids that were given to the model."""
    facts = facts_of(finding, settings, words)
    own = {one.ref: one for one in working(finding, facts, settings)}
    repair = _Repair(finding, facts, settings, speech, frozenset(passages), own, dict(own))
    for task in proposal.tasks[:MOST_READ]:
        repair.take(task)
    repair.mended[Mend.TOO_MANY] += max(0, len(proposal.tasks) - MOST_READ)
    return repair.result()


@dataclass(frozen=True)
class _Repair:
    finding: Finding
    facts: Facts
    settings: PlanningSettings
    speech: Speech
    given: frozenset[str]
    own: Mapping[str, Work]
    """The rules' work by ref; `work` has what is proposed beside it."""
    work: dict[str, Work]
    said: dict[str, _Argument] = field(default_factory=dict)
    named: set[tuple[str, Item]] = field(default_factory=set)
    mended: Counter[Mend] = field(default_factory=Counter)

    def take(self, task: ProposedTask) -> None:
        kind = next((one for one in KINDS if one == task.kind.strip().lower()), None)
        self.mended[Mend.KIND] += kind is None
        ref = self._meant(task, kind)
        if ref is None and kind is not None:
            ref = self._further_task(task, kind)
        if ref is None:
            return
        if ref in self.said:
            self.mended[Mend.TASK_TWICE] += 1
        else:
            self._argue(task, self.work[ref])

    def result(self) -> Repaired:
        asked = {(one.ref, ask.item) for one in self.own.values() for ask in one.asks}
        self.mended[Mend.TASK_MISSING] += len(self.own.keys() - self.said.keys())
        self.mended[Mend.ITEM_MISSING] += len(asked - self.named)
        plan = assembled(self._ordered(), self.finding, self.facts)
        tasks = tuple(self._argued(task) for task in plan.tasks)
        supplies = tuple(self._noted(supply) for supply in plan.supplies)
        used = tasks != plan.tasks or supplies != plan.supplies or self.work != self.own
        fields = {name: getattr(plan, name) for name in PlanDraft.model_fields}
        checked = PlanDraft.model_validate({**fields, "tasks": tasks, "supplies": supplies})
        return Repaired(checked, used, {mend: count for mend, count in self.mended.items() if count})

    def _meant(self, task: ProposedTask, kind: TaskKind | None) -> str | None:
        """Which task of the plan it is about: of the same kind, else the one it names, else one of the same needs.

        Work that another team takes along (shelter with the distribution) is that team's.
        """
        same = next((ref for ref, one in self.work.items() if kind in one.group.kinds), None)
        if same is not None:
            return same
        if kind is None and task.ref in self.own:
            return task.ref
        needs = self._needs(task)
        sharing = {ref: len(needs.intersection(one.group.categories)) for ref, one in self.own.items()}
        best = max(sharing, key=lambda ref: sharing[ref])
        return best if sharing[best] and kind not in RESCUE_KINDS else None

    def _needs(self, task: ProposedTask) -> set[NeedCategory]:
        named = {word.strip().lower() for word in task.needs}
        found = {need for need in self.facts.categories if need in named}
        self.mended[Mend.NEED] += len(named) - len(found)
        return found

    def _further_task(self, task: ProposedTask, kind: TaskKind) -> str | None:
        """Where there is room for one more task, and something is said for it."""
        free = next((ref for n in range(1, MOST_TASKS + 1) if (ref := f"t{n}") not in self.work), None)
        if free is None:
            self.mended[Mend.TOO_MANY] += 1
            return None
        if not self._words([task.reason], kind):
            return None
        group = Group(kind, (kind,), ())
        team = team_for(group, self.facts, self.settings, language=self.finding.language)
        self.work[free] = Work(free, group, team, asks_for(group, team, self.facts, self.settings))
        return free

    def _argue(self, task: ProposedTask, work: Work) -> None:
        kind, least = work.group.kind, priority_for(work, self.facts)
        given = tuple(dict.fromkeys(one for one in task.passages if one in self.given))
        wanted = next((one for one in TaskPriority if one.lower() == task.priority.strip().lower()), least)
        self.mended[Mend.PASSAGE] += len(set(task.passages)) - len(given)
        self.mended[Mend.PRIORITY] += _RANK[wanted] > _RANK[least]
        self.mended[Mend.ROLE] += task.role != work.team.role
        self.mended[Mend.PEOPLE] += task.people != work.team.people
        argument = self.said[work.ref] = _Argument(
            steps=self._words(task.steps, kind)[:MOST_STEPS],
            reason="".join(self._words([task.reason], kind)),
            passages=given[:MOST_PASSAGES],
            priority=min(wanted, least, key=lambda one: _RANK[one]),
        )
        for supply in task.supplies[: 2 * MOST_READ]:
            self._supply(supply, work.ref, argument)

    def _supply(self, supply: ProposedSupply, ref: str, argument: _Argument) -> None:
        item = item_called(supply.item[:100])
        asks = {ask.item: ask for ask in self.work[ref].asks}
        if item not in asks:
            ask = self._further_item(item, ref, argument)
            if ask is None:
                return
            self.work[ref] = replace(self.work[ref], asks=(*asks.values(), ask))
            asks[item] = ask
        self.named.add((ref, item))
        self.mended[Mend.QUANTITY] += supply.quantity != asks[item].quantity

    def _further_item(self, item: Item, ref: str, argument: _Argument) -> Ask | None:
        """The formula's word on an item that no rule called for; None for one that another task has, or none may."""
        everywhere = [ask for one in self.work.values() for ask in one.asks]
        if item in {ask.item for ask in everywhere}:
            return None
        for asked in self.work[ref].asks:
            if item in SUBSTITUTES.get(asked.item, ()):
                argument.instead.append((asked.item, item))
                return None
        ask = ask_for(item, self.facts, self.settings) if item in FURTHER_ITEMS else None
        if ask is None or sum(ask.proposed for ask in everywhere) >= MOST_FURTHER_ITEMS:
            self.mended[Mend.ITEM] += 1
            return None
        return replace(ask, proposed=True)

    def _words(self, texts: Iterable[str], kind: TaskKind) -> tuple[str, ...]:
        kept, faults = self.speech.kept(texts, kind)
        self.mended[Mend.WORDS] += len(faults)
        return kept

    def _ordered(self) -> list[Work]:
        """The rules' order; a further rescue goes first, other further work before the call afterwards."""
        further = [one for ref, one in self.work.items() if ref not in self.own]
        own = [self.work[ref] for ref in self.own]
        return sorted([*own, *further], key=self._turn)

    def _turn(self, work: Work) -> int:
        if work.group.kind is TaskKind.FOLLOW_UP:
            return 3
        if work.ref in self.own:
            return 1
        return 0 if work.group.kind in RESCUE_KINDS else 2

    def _argued(self, task: PlannedTask) -> PlannedTask:
        said = self.said.get(task.ref)
        if said is None:
            return task
        reason = task.reason if task.ref in self.own else "Proposed by the model"
        return task.model_copy(
            update={
                "steps": said.steps,
                "passages": said.passages,
                "priority": said.priority,
                "reason": f"{reason}; {said.reason}" if said.reason else reason,
            }
        )

    def _noted(self, supply: PlannedSupply) -> PlannedSupply:
        said = [self.said[share.task_ref] for share in supply.breakdown if share.task_ref in self.said]
        others = [item_name(other) for one in said for asked, other in one.instead if asked is supply.item]
        if not others:
            return supply
        note = f"{supply.reason}; {' or '.join(dict.fromkeys(others))} would do instead"
        return supply.model_copy(update={"reason": note})
