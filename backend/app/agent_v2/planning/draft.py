"""The draft by rules: from an assessment to three to five tasks, people and supplies, each with its source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.agent_v2.planning.facts import Facts, facts_of
from app.agent_v2.planning.grouping import ACUTE, MAX_GROUPS, Group, grouped
from app.agent_v2.planning.items import LIFESAVING, SUBSTITUTES, Ask
from app.agent_v2.planning.quantities import asks_for
from app.agent_v2.planning.safety import safety_for
from app.agent_v2.planning.settings import PlanningSettings
from app.agent_v2.planning.teams import Team, team_for
from app.agent_v2.planning.wording import NEED_NAMES, count, people_note, quote, reason_for, step_for
from app.schemas.assessment import Finding, FoundNeed
from app.schemas.plan import (
    RESCUE_KINDS,
    Manpower,
    ManpowerShare,
    PlanDraft,
    PlannedSupply,
    PlannedTask,
    SupplyShare,
    TaskKind,
    TaskPriority,
)
from app.schemas.vocabulary import ITEM_UNITS, NeedCategory, RoleId, Severity

PLANNER_VERSION = "rules-2"

_PRIORITY = {
    Severity.CRITICAL: TaskPriority.HIGH,
    Severity.HIGH: TaskPriority.HIGH,
    Severity.MEDIUM: TaskPriority.MEDIUM,
    Severity.LOW: TaskPriority.LOW,
}
_FOLLOW_UP = Group(TaskKind.FOLLOW_UP, (TaskKind.FOLLOW_UP,), ())
_NO_NEED_READ = "No need could be read from the words, so somebody has to ask and look"
_NOTHING_ASKED = "The words seem to ask for nothing; an answer makes sure"
_AFTERWARDS = "Help that was sent is not yet help that arrived"


@dataclass(frozen=True)
class Work:
    """One task in the making."""

    ref: str
    group: Group
    team: Team
    asks: tuple[Ask, ...]


def draft_plan(finding: Finding, settings: PlanningSettings | None = None, words: str = "") -> PlanDraft:
    """The plan for a finding, and the request's own `words`. Pure, and byte for byte the same in every process.

    Every need of the finding is named in some task. A finding without needs gets people who ask and look, and no
    supplies.
    """
    settings = settings or PlanningSettings()
    facts = facts_of(finding, settings, words)
    return assembled(working(finding, facts, settings), finding, facts)


def working(finding: Finding, facts: Facts, settings: PlanningSettings) -> list[Work]:
    """The work that a finding calls for, in the order to start it."""
    return [
        _work(f"t{number}", group, finding, facts, settings)
        for number, group in enumerate(_in_order(finding, facts), start=1)
    ]


def assembled(work: Sequence[Work], finding: Finding, facts: Facts) -> PlanDraft:
    """Work as a plan, with every sum made from its parts."""
    return PlanDraft(
        tasks=tuple(_task(one, finding, facts) for one in work),
        supplies=_supplies(work, finding, facts),
        manpower=_manpower(work),
        people=facts.people,
        people_source=finding.people.source,
        households=facts.households,
        days=facts.days,
        planner_version=PLANNER_VERSION,
    )


def _in_order(finding: Finding, facts: Facts) -> list[Group]:
    """The groups of a plan as they should start; where the words are unclear, asking comes first."""
    groups, contact = grouped(finding.needs, facts)
    ordered = list(groups) or [_without_needs(finding)]
    if finding.needs_review or facts.categories <= {NeedCategory.OTHER}:
        ordered.insert(0, contact)
    else:
        ordered.insert(1 if facts.urgent else len(ordered), contact)
    return [*ordered, _FOLLOW_UP] if len(groups) < MAX_GROUPS else ordered


def _without_needs(finding: Finding) -> Group:
    kind = TaskKind.NEEDS_VISIT if finding.is_request or finding.needs else TaskKind.INFORMATION
    return Group(kind, (kind,), ())


def _work(ref: str, group: Group, finding: Finding, facts: Facts, settings: PlanningSettings) -> Work:
    team = team_for(group, facts, settings, language=finding.language)
    return Work(ref, group, team, asks_for(group, team, facts, settings))


def _task(work: Work, finding: Finding, facts: Facts) -> PlannedTask:
    group, team = work.group, work.team
    return PlannedTask(
        ref=work.ref,
        kind=group.kind,
        needs=group.categories,
        step=step_for(group, team, facts, [ask.item for ask in work.asks], language=finding.language),
        priority=priority_for(work, facts),
        role=team.role,
        skills_all=team.skills_all,
        skills_any=team.skills_any,
        people=team.people,
        min_people=team.min_people,
        verified_only=team.verified_only,
        gear=team.gear,
        safety=safety_for(group, facts),
        reason=_reason(group, finding, facts),
        source=team.source,
    )


def priority_for(work: Work, facts: Facts) -> TaskPriority:
    """The urgency of the request for what is acute; one step less for relief next to acute work."""
    kind = work.group.kind
    if kind in RESCUE_KINDS or (work.ref == "t1" and facts.urgent):
        return TaskPriority.HIGH
    if kind is TaskKind.FOLLOW_UP:
        return TaskPriority.MEDIUM if facts.urgent and facts.vulnerable else TaskPriority.LOW
    if kind is TaskKind.CONTACT or ACUTE.intersection(work.group.kinds):
        return _PRIORITY[facts.severity]
    if facts.urgent and facts.acute and not (facts.needs_current and TaskKind.POWER_COMMS in work.group.kinds):
        return TaskPriority.MEDIUM
    return _PRIORITY[facts.severity]


def _reason(group: Group, finding: Finding, facts: Facts) -> str:
    if group.kind is TaskKind.CONTACT:
        return _contact_reason(group.needs, finding, facts)
    if group.kind is TaskKind.FOLLOW_UP:
        return _AFTERWARDS
    reason = reason_for(group.needs, _NO_NEED_READ if finding.is_request else _NOTHING_ASKED)
    urgent = next((shown for found in finding.severity_evidence if (shown := quote(found.quote))), "")
    return (
        f"{reason}; {finding.severity} because of “{urgent}”" if urgent and ACUTE.intersection(group.kinds) else reason
    )


def _contact_reason(needs: Iterable[FoundNeed], finding: Finding, facts: Facts) -> str:
    reasons = [f"Position and facts are unconfirmed; the plan counts on {people_note(facts, finding.people.source)}"]
    reasons += [f"to clear up: {quote(reason)}" for reason in finding.review_reasons]
    if because := reason_for(needs, ""):
        reasons.append(f"also asked for: {because}")
    return "; ".join(reasons)


def _supplies(work: Iterable[Work], finding: Finding, facts: Facts) -> tuple[PlannedSupply, ...]:
    asked = [(one, ask) for one in work for ask in one.asks]
    return tuple(
        PlannedSupply(
            ref=f"s{number}",
            item=ask.item,
            quantity=ask.quantity,
            unit=ITEM_UNITS[ask.item],
            breakdown=(SupplyShare(task_ref=one.ref, quantity=ask.quantity),),
            formula=ask.formula,
            inputs=dict(ask.inputs),
            people=facts.people,
            days=facts.days,
            source=ask.source,
            lifesaving=ask.item in LIFESAVING,
            substitutes=SUBSTITUTES.get(ask.item, ()),
            reason=_supply_reason(one, ask, finding, facts),
        )
        for number, (one, ask) in enumerate(asked, start=1)
    )


def _supply_reason(work: Work, ask: Ask, finding: Finding, facts: Facts) -> str:
    if ask.need is None:
        return f"The team of {work.ref} does not go without it"
    served = people_note(facts, finding.people.source)
    if ask.proposed:
        return f"Proposed by the model: {served}, {count(facts.days, 'day', 'days')}; the number is the formula's"
    return f"For {NEED_NAMES[ask.need]}: {served}, {count(facts.days, 'day', 'days')}"


def _manpower(work: Iterable[Work]) -> Manpower:
    teams = [(one.ref, one.team) for one in work]
    total = sum(team.people for _, team in teams)
    responders = sum(team.people for _, team in teams if team.role is RoleId.FIRST_RESPONDER)
    notes = [f"{total} people, {responders} of them first responders, counted by task", "Shifts of 12 hours at most"]
    if capped := [ref for ref, team in teams if team.capped]:
        notes.append(
            f"Numbers call for more teams than one lead commands (ICS): set up a command for {', '.join(capped)}"
        )
    shares = tuple(ManpowerShare(task_ref=ref, volunteers=team.people) for ref, team in teams)
    return Manpower(total_volunteers=total, breakdown=shares, notes=". ".join(notes) + ".")
