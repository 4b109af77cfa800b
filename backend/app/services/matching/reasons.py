"""The sentences a coordinator reads: why this one, and what would help."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.schemas.vocabulary import ITEM_UNITS, Item, RoleId, Skill
from app.services.matching.types import Limits, Part, ShortfallCode, SupplyNeed, TaskNeed, Worker

_ROLE_WORDS = {RoleId.VOLUNTEER: "volunteer", RoleId.FIRST_RESPONDER: "first responder"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What speaks about the choice of a worker: how many nearer ones were passed over, and was it proposed before."""

    busy: int
    """Nearer, but used up by this class."""
    doubtful: int
    """Nearer and still free, passed over for the age of their position or to keep the last proposal."""
    again: bool


def assignment(
    task: TaskNeed,
    part: Part | None,
    worker: Worker,
    km: float | None,
    minutes: float | None,
    choice: Choice,
    limits: Limits,
) -> str:
    """For instance "boat operator, 4.2 km away (about 14 min), position 10 min old, nearest free with the skill"."""
    asked = task.skills_all | task.skills_any
    brings: frozenset[Item] = frozenset()
    if part is not None:
        asked, brings = asked | part.skills_all | part.skills_any, part.brings
    skills = worker.skills_for(task) & asked
    parts = [_listed(skills, "and") or _ROLE_WORDS[worker.role]]
    parts += [f"with {words(item)}" for item in sorted(brings)]
    if km is None or minutes is None:
        parts.append("the place of the task is unknown, so distance did not count")
    else:
        parts += [_way(km, minutes), _position(worker.position_age_minutes, limits)]
        parts += _nearness(choice, skilled=bool(skills))
    if choice.again:
        parts.append("as proposed before")
    return ", ".join(parts)


def allocation(need: SupplyNeed, item: Item, km: float | None, minutes: float | None, *, split: bool) -> str:
    """For instance "6.0 km away (about 19 min), part of what is needed, instead of shelter kit"."""
    unknown = km is None or minutes is None
    parts = ["distance unknown" if unknown else _way(km or 0.0, minutes or 0.0)]
    if split:
        parts.append("part of what is needed")
    if item is not need.item:
        parts.append(f"{words(item)} instead of {words(need.item)}, which is short")
    return ", ".join(parts)


def people_cure(
    task: TaskNeed,
    missing: int,
    code: ShortfallCode,
    limits: Limits,
    *,
    stopped: int,
    nearest: tuple[float, float] | None,
) -> str:
    """For instance "2 more first responders with boat operator or swiftwater rescue within 3 h: nobody is on duty."."""
    within = "" if task.position is None else f" within {_hours(limits.max_travel_minutes)}"
    wanted = f"{missing} more {_who(task, missing)}{_with(task)}{within}"
    return f"{wanted}: {_because(task, code, stopped, nearest)}."


def supply_cure(need: SupplyNeed, missing: int, code: ShortfallCode, limits: Limits) -> str:
    """For instance "40 more of blanket (blanket) within 6 h: the stocks in reach are used up."."""
    because = {
        ShortfallCode.NO_STOCK_OF_ITEM: "no depot holds it",
        ShortfallCode.OUT_OF_STOCK: "the stocks in reach are used up",
        ShortfallCode.STOCK_TOO_FAR: "what there is lies further away; move it nearer or send it by air",
    }[code]
    within = _hours(limits.max_supply_minutes)
    return f"{missing} more of {words(need.item)} (unit: {ITEM_UNITS[need.item]}) within {within}: {because}."


def words(term: Item | Skill) -> str:
    """The word of the vocabulary as people write it."""
    return term.value.replace("_", " ")


def _because(task: TaskNeed, code: ShortfallCode, stopped: int, nearest: tuple[float, float] | None) -> str:
    if nearest is not None:
        return f"the nearest is {_way(*nearest)}"
    several = "1 person" if stopped == 1 else f"{stopped} people"
    have, are = ("has", "is") if stopped == 1 else ("have", "are")
    return {
        ShortfallCode.NO_PEOPLE: "nobody else is on duty",
        ShortfallCode.WRONG_ROLE: "only volunteers are on duty",
        ShortfallCode.NO_SKILL_IN_REACH: "nobody else on duty has the skills",
        ShortfallCode.UNVERIFIED_ONLY: f"{several} would do but {are} not verified; verify them first",
        ShortfallCode.AREA_CLOSED: f"{several} would do but may not enter a closed area",
        ShortfallCode.ALL_RESTING: f"{several} would do but {are} at rest or at the end of a shift",
        ShortfallCode.POSITION_UNKNOWN: f"{several} would do but {have} sent no position; ask for it",
        ShortfallCode.ALL_DECLINED: f"{several} would do but {have} declined or failed it",
        ShortfallCode.ALL_COMMITTED: f"{several} would do but {are} committed to other tasks",
        ShortfallCode.TEAM_INCOMPLETE: f"{several} could come, the least team is {task.least}",
    }[code]


def _who(task: TaskNeed, number: int) -> str:
    role = _ROLE_WORDS.get(task.role, "first responder")
    trusted = "verified " if task.trusted_only and task.role is RoleId.VOLUNTEER else ""
    return f"{trusted}{role}" if number == 1 else f"{trusted}{role}s"


def _with(task: TaskNeed) -> str:
    every, some = _listed(task.skills_all, "and"), _listed(task.skills_any, "or")
    brings = " and ".join(words(item) for part in task.parts for item in sorted(part.brings))
    both = " and ".join(part for part in (every, some, brings) if part)
    return f" with {both}" if both else ""


@lru_cache(maxsize=1024)
def _listed(skills: frozenset[Skill], last: str) -> str:
    names = [words(skill) for skill in Skill if skill in skills]
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _way(km: float, minutes: float) -> str:
    return f"{km:.1f} km away (about {minutes:.0f} min)"


def _position(age: float | None, limits: Limits) -> str:
    if age is None:
        return "position of unknown age, so the distance is uncertain"
    stale = ", so the distance is uncertain" if age > limits.stale_after_minutes else ""
    return f"position {age:.0f} min old{stale}"


def _nearness(choice: Choice, *, skilled: bool) -> Iterator[str]:
    if choice.busy:
        yield f"{choice.busy} nearer {'is' if choice.busy == 1 else 'are'} used elsewhere"
    if choice.doubtful and not choice.again:
        yield f"{choice.doubtful} nearer with an older position or newly proposed"
    if not choice.busy and not choice.doubtful:
        yield "nearest free with the skill" if skilled else "nearest free"


def _hours(minutes: float) -> str:
    hours = minutes / 60
    return f"{hours:.0f} h" if hours == int(hours) else f"{hours:.1f} h"
