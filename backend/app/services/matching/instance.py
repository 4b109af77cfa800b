"""A problem and its result as JSON, so that anybody can check a run (docs/matching.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from app.services.matching.types import Matching, Problem

FORMAT: Literal["resqconnect-matching-1"] = "resqconnect-matching-1"


class BadInstance(ValueError):
    """The text is no instance; the message names the field."""


@dataclass(frozen=True, slots=True)
class Instance:
    """What was asked and, where it was solved, what was answered."""

    problem: Problem
    result: Matching | None = None
    format: Literal["resqconnect-matching-1"] = FORMAT

    def as_json(self) -> str:
        return _ADAPTER.dump_json(self, indent=1).decode()


_ADAPTER = TypeAdapter(Instance)


def read_instance(text: str | bytes) -> Instance:
    """The instance in a file; raises `BadInstance`."""
    try:
        instance = _ADAPTER.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the file"
        raise BadInstance(f"{where}: {first['msg']}") from None
    for kind, ids in (
        ("workers", [one.id for one in instance.problem.workers]),
        ("tasks", [one.id for one in instance.problem.tasks]),
        ("stocks", [one.id for one in instance.problem.stocks]),
        ("supplies", [one.id for one in instance.problem.supplies]),
    ):
        if len(set(ids)) < len(ids):
            raise BadInstance(f"problem.{kind}: two have the same id")
    return instance


@dataclass(frozen=True, slots=True)
class Changes:
    """Against the last proposal: pairs of task and person that stay, are new, and are gone."""

    same: int
    new: int
    gone: int
    moved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The people of each task that had a proposal and has another one now."""

    @classmethod
    def of(cls, problem: Problem, matching: Matching) -> "Changes":
        before = {(task, worker) for task, workers in problem.previous.items() for worker in workers}
        now = {(one.task_id, one.worker_id) for one in matching.assignments}
        touched = sorted({task for task, _ in before ^ now} & problem.previous.keys())
        moved = {task: tuple(sorted(w for t, w in now if t == task)) for task in touched}
        return cls(len(before & now), len(now - before), len(before - now), moved)
