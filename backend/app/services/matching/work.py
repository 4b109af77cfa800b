"""The places to fill of one severity class, as arrays: what is handed from the rules to the solvers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.services.matching import travel
from app.services.matching.gates import Ask, Workforce
from app.services.matching.travel import Bools, Floats, Ints
from app.services.matching.types import Area, Part, TaskNeed, Worker


@dataclass(frozen=True, slots=True)
class Work:
    """Rows of places that ask the same: one for each part of a team, and one for the rest of it."""

    tasks: tuple[TaskNeed, ...]
    task: Ints
    """The task of each row."""
    parts: tuple[Part | None, ...]
    asks: tuple[Ask, ...]
    least: Ints
    """People wanted before the team is complete, as far as this row goes."""
    most: Ints
    """People wanted in all."""
    rank: Ints
    """0 for the earliest request, equal for equal times."""
    tier: Ints
    """0 for what is filled first, whatever comes after."""
    points: Floats
    placed: Bools
    barred: Ints
    """Keys of the pairs that are out of the question, sorted; a key is row × workers + worker."""
    again: Ints
    """Keys of the pairs proposed the last time, sorted."""

    @property
    def team(self) -> Ints:
        """The least team of each task."""
        return np.bincount(self.task, weights=self.least, minlength=len(self.tasks)).astype(np.int64)

    def per_task(self, rows: Ints | Bools) -> Ints:
        """Sums over the rows of each task."""
        return np.bincount(self.task, weights=rows, minlength=len(self.tasks)).astype(np.int64)


def work_of(
    tasks: Sequence[TaskNeed], force: Workforce, closed: Iterable[Area], previous: Mapping[str, tuple[str, ...]]
) -> Work:
    """The open places of these tasks."""
    rows = [(number, *row) for number, task in enumerate(tasks) for row in _rows(task, force)]
    time = {since: rank for rank, since in enumerate(sorted({t.since for t in tasks}))}
    tier = {one: place for place, one in enumerate(sorted({t.severity.rank for t in tasks}))}
    areas = tuple(closed)
    of = [tasks[number] for number, *_ in rows]
    count = len(force.workers)
    return Work(
        tasks=tuple(tasks),
        task=np.array([number for number, *_ in rows], dtype=np.int64),
        parts=tuple(part for _, part, *_ in rows),
        asks=_asks(((task, row[1]) for task, row in zip(of, rows, strict=True)), areas),
        least=np.array([least for *_, least, _ in rows], dtype=np.int64),
        most=np.array([most for *_, most in rows], dtype=np.int64),
        rank=np.array([time[task.since] for task in of], dtype=np.int64),
        tier=np.array([tier[task.severity.rank] for task in of], dtype=np.int64),
        points=travel.units([task.position for task in of]),
        placed=travel.known_places([task.position for task in of]),
        barred=_keys(((task.excluded | set(task.kept)) for task in of), force, count),
        again=_keys((previous.get(task.id, ()) for task in of), force, count),
    )


def _asks(places: Iterable[tuple[TaskNeed, Part | None]], closed: tuple[Area, ...]) -> tuple[Ask, ...]:
    """What each asks; without closed areas those who ask the same are looked at once."""
    if closed:
        return tuple(Ask.of(task, part, closed) for task, part in places)
    known: dict[object, Ask] = {}
    found: list[Ask] = []
    for task, part in places:
        key = (task.role, task.skills_all, task.skills_any, task.trusted_only, task.position is None, part)
        if key not in known:
            known[key] = Ask.of(task, part, ())
        found.append(known[key])
    return tuple(found)


def _rows(task: TaskNeed, force: Workforce) -> Iterator[tuple[Part | None, int, int]]:
    """Part, least and most of each row; a task that wants nobody has one row of nothing."""
    wanted = _open_parts(task, force) if task.parts else []
    named = sum(wanted)
    for part, count in zip(task.parts, wanted, strict=True):
        if count:
            yield part, count, count
    least = max(0, task.least - named)
    most = max(least, task.open_places - named)
    if most or not named:
        yield None, least, most


def _open_parts(task: TaskNeed, force: Workforce) -> list[int]:
    """How many of each part are wanted beside those kept, who fill the parts they can, the narrowest first."""
    wanted = [part.count for part in task.parts]
    for id in task.kept:
        if id in force.index:
            worker = force.workers[force.index[id]]
            fits = [n for n, part in enumerate(task.parts) if wanted[n] and _plays(worker, task, part)]
            if fits:
                wanted[max(fits, key=lambda n: (len(task.parts[n].skills_all) + len(task.parts[n].brings), -n))] -= 1
    return wanted


def _plays(worker: Worker, task: TaskNeed, part: Part) -> bool:
    """Whether somebody who was let in already can play a part."""
    skills = worker.skills_for(task)
    some = not part.skills_any or bool(part.skills_any & skills)
    return part.skills_all <= skills and part.brings <= worker.brings and some


def _keys(named: Iterable[Iterable[str]], force: Workforce, count: int) -> Ints:
    keys = {row * count + force.index[id] for row, ids in enumerate(named) for id in ids if id in force.index}
    return np.array(sorted(keys), dtype=np.int64)


def among(keys: Ints, known: Ints) -> Bools:
    """Which of the keys are known; `known` is sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.bool_)
    place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[place] == keys, dtype=np.bool_)
