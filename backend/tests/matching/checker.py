"""Whether a matching keeps every promise, said from the rules of DOMAIN.md alone: nothing is shared with the solver.

Plain loops over plain values; it knows the shapes of a problem and a matching, nothing of how one becomes the other.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from math import asin, cos, radians, sin, sqrt

from app.schemas.vocabulary import RoleId, Severity
from app.services.matching import Area, Matching, Part, Point, Problem, TaskNeed, Worker

URGENCY = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def minutes(a: Point, b: Point, problem: Problem) -> float:
    """By haversine, over disrupted roads."""
    half = sin(radians(b.lat - a.lat) / 2) ** 2
    half += cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lng - a.lng) / 2) ** 2
    km = 2 * 6371.0088 * asin(sqrt(half))
    return km * problem.limits.detour / problem.limits.speed_kmh * 60


def inside(area: Area, place: Point, problem: Problem) -> bool:
    """Circles only; rings have a test of their own."""
    assert area.centre is not None
    away = minutes(area.centre, place, problem) / 60 * problem.limits.speed_kmh / problem.limits.detour
    return away <= area.radius_km


def objections(worker: Worker, task: TaskNeed, problem: Problem) -> Iterator[str]:
    """What speaks against sending this person to this task, whatever part they play."""
    responder = worker.role is RoleId.FIRST_RESPONDER
    if not responder and not (worker.role is RoleId.VOLUNTEER and task.role is RoleId.VOLUNTEER):
        yield "role"
    if (task.severity is Severity.CRITICAL or task.verified_only) and not (worker.verified or responder):
        yield "not verified"
    if worker.id in task.excluded or worker.id in task.kept:
        yield "not welcome"
    if worker.worked_minutes >= 720 or (
        worker.worked_minutes == 0 and worker.rested_minutes is not None and worker.rested_minutes < 480
    ):
        yield "no rest"
    if task.position is not None:
        yield from _on_the_way(worker, task.position, problem)
    if not plays(worker, task, Part()):
        yield "skills"


def _on_the_way(worker: Worker, place: Point, problem: Problem) -> Iterator[str]:
    if worker.position is None or (worker.position_age_minutes or 0) > 720:
        yield "no position"
        return
    way = minutes(worker.position, place, problem)
    if way > 180.0001 or worker.worked_minutes + way > 720.0001:
        yield "too far"
    for area in problem.closed:
        if inside(area, place, problem):
            if area.role is RoleId.FIRST_RESPONDER and worker.role is not RoleId.FIRST_RESPONDER:
                yield "closed area"
            if area.skills_any and not area.skills_any & worker.skills:
                yield "closed area"


def plays(worker: Worker, task: TaskNeed, part: Part) -> bool:
    """Whether they can do what the task asks of everybody and the part of some."""
    counted = worker.skills
    if (task.severity is Severity.CRITICAL or task.verified_only) and worker.proven is not None:
        counted = worker.skills & worker.proven
    every = task.skills_all | part.skills_all
    some = all(not asked or asked & counted for asked in (task.skills_any, part.skills_any))
    return every <= counted and some and part.brings <= worker.brings


def cast(team: list[Worker], task: TaskNeed) -> bool:
    """Whether the team has a different person for every place of every part."""
    bare = replace(task, skills_all=frozenset(), skills_any=frozenset())  # whom humans sent is asked no more
    places = [part for part in task.parts for _ in range(part.count)]

    def fill(left: list[Part], people: list[Worker]) -> bool:
        if not left:
            return True
        fit = [one for one in people if plays(one, bare if one.id in task.kept else task, left[0])]
        return any(fill(left[1:], [other for other in people if other is not one]) for one in fit)

    return fill(places, team)


def check(problem: Problem, matching: Matching) -> None:
    """Raises where a promise is broken."""
    workers = {one.id: one for one in problem.workers}
    teams: dict[str, list[str]] = {}
    for sent in matching.assignments:
        teams.setdefault(sent.task_id, []).append(sent.worker_id)
        assert sent.reason
    assert all(len(set(team)) == len(team) for team in teams.values()), "somebody twice in one team"
    busy = Counter(id for team in teams.values() for id in team)
    assert all(count <= workers[id].free for id, count in busy.items()), "somebody has too much to do"
    gaps = {gap.need_id: gap for gap in matching.shortfalls}
    for task in problem.tasks:
        team = teams.get(task.id, [])
        _check_team(problem, task, [workers[id] for id in team])
        if len(team) >= whole(task) - len(task.kept):
            continue
        assert task.id in gaps, "a gap that nobody tells of"
        assert gaps[task.id].missing > 0
        assert gaps[task.id].cure.endswith(".")
    _check_order(problem, teams, busy)
    _check_goods(problem, matching)


def _known(problem: Problem, task: TaskNeed) -> list[Worker]:
    """Those kept of whom anything is known. People who are never dispatched play no part, whatever they hold."""
    sent = (RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER)
    return [one for one in problem.workers if one.id in task.kept and one.role in sent]


def whole(task: TaskNeed) -> int:
    return max(task.people, sum(part.count for part in task.parts), 2 if task.in_pairs else 0)


def start(task: TaskNeed) -> int:
    """The least team."""
    floor = max(sum(part.count for part in task.parts), 2 if task.in_pairs else 0)
    return max(min(task.min_people, task.people), floor)


def _check_team(problem: Problem, task: TaskNeed, team: list[Worker]) -> None:
    for one in team:
        assert not list(objections(one, task, problem)), (task.id, one.id, list(objections(one, task, problem)))
    if not team:
        return
    both = len(team) + len(task.kept)
    assert start(task) <= both, "a team below its least"
    assert both <= whole(task) or not task.kept or task.parts, "a team beyond its places"
    known = _known(problem, task)
    assert cast([*team, *known], task), "a part that nobody plays"


def _check_order(problem: Problem, teams: dict[str, list[str]], busy: Counter[str]) -> None:
    """No place of a severe task stays empty while somebody who could fill it serves a less severe one, or nobody."""
    free = {one.id: one.free - busy[one.id] for one in problem.workers}
    for task in problem.tasks:
        team = teams.get(task.id, [])
        starts = len(team) + len(task.kept) >= start(task) and (team or not start(task) or not task.parts)
        if len(team) + len(task.kept) >= whole(task):
            continue
        lower = {id for t in problem.tasks if _less(t, task) for id in teams.get(t.id, ())}
        could = [
            one
            for one in problem.workers
            if one.id not in team and (free[one.id] > 0 or one.id in lower) and not list(objections(one, task, problem))
        ]
        known = _known(problem, task)
        if starts and not task.parts:
            assert not could, (task.id, "has a place for", could[0].id)
        elif not team:
            enough = len(could) + len(task.kept) >= start(task) and cast([*could, *known], task)
            assert not enough or not start(task) - len(task.kept) > 0, (task.id, "could have had a team")


def _less(other: TaskNeed, task: TaskNeed) -> bool:
    return URGENCY.index(other.severity) > URGENCY.index(task.severity)


def _check_goods(problem: Problem, matching: Matching) -> None:
    stocks, needs = {one.id: one for one in problem.stocks}, {one.id: one for one in problem.supplies}
    given: Counter[str] = Counter()
    got: Counter[str] = Counter()
    for sent in matching.allocations:
        stock, need = stocks[sent.stock_id], needs[sent.need_id]
        assert sent.quantity > 0
        assert stock.item is sent.item
        assert sent.item in (need.item, *need.substitutes)
        if stock.position is not None and need.position is not None:
            assert minutes(stock.position, need.position, problem) <= 360.0001
        given[stock.id] += sent.quantity
        got[need.id] += sent.quantity
    assert all(count <= stocks[id].available for id, count in given.items()), "more goods than there are"
    missing = {gap.need_id: gap.missing for gap in matching.shortfalls if gap.need_id in needs}
    assert all(got[id] + missing.get(id, 0) == need.quantity for id, need in needs.items())
