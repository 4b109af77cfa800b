"""The permission matrix: what every route answers to every role in every relation, generated from the policy table."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.api.policy import POLICY, Relation, Who
from app.schemas.vocabulary import RoleId


class Outcome(StrEnum):
    ALLOWED = "allowed"
    """Whatever the thing's state and the body make of it, but never 401, 403, or 404 for what is there."""
    NOBODY = "401"
    FORBIDDEN = "403"
    HIDDEN = "404"


RANK = {
    RoleId.AFFECTED_INDIVIDUAL: Who.SIGNED_IN,
    RoleId.VOLUNTEER: Who.RESPONDER,
    RoleId.FIRST_RESPONDER: Who.COORDINATOR,
    RoleId.ADMIN: Who.ADMIN,
}

CAN_BE: dict[RoleId, tuple[Relation, ...]] = {
    RoleId.AFFECTED_INDIVIDUAL: (Relation.OWNER, Relation.CONCERNED, Relation.STRANGER),
    RoleId.VOLUNTEER: (Relation.OWNER, Relation.CONCERNED, Relation.TEAM, Relation.STRANGER),
    # A first responder who has joined the disaster is its coordinator.
    RoleId.FIRST_RESPONDER: (Relation.OWNER, Relation.TEAM, Relation.COORDINATOR, Relation.STRANGER),
    RoleId.ADMIN: (Relation.COORDINATOR,),
}
"""What somebody of a role can be to a document."""

NO_OWNER = (
    "/tasks/",
    "/workflow-outputs/{",
    "/requests/disaster/",
    "/participants",
    "/volunteers",
    "/resources/{",
    "/chat/messages",
    "/observations",
    "/clusters/",
)
"""Where a document belongs to nobody, or to a request: there its owner is whoever asked, and a stranger to it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One caller at one route; without a role nobody, without a relation at a thing that belongs to nobody."""

    route: str
    role: RoleId | None
    relation: Relation | None
    outcome: Outcome

    @property
    def id(self) -> str:
        return f"{self.role or 'nobody'} {self.relation or ''}".strip()


def cells(route: str) -> Iterator[Cell]:
    """Every caller there can be at a route, and what the policy promises them."""
    policy = POLICY[route]
    open_to_nobody = policy.who is Who.ANYBODY and not policy.signed
    nobody = Outcome.HIDDEN if policy.operator else Outcome.ALLOWED if open_to_nobody else Outcome.NOBODY
    yield Cell(route, None, None, nobody)
    for role in RoleId:
        for relation in _relations(route, role):
            yield Cell(route, role, relation, _outcome(route, role, relation))


def _relations(route: str, role: RoleId) -> Iterator[Relation | None]:
    policy = POLICY[route]
    if not policy.may:
        yield None
        return
    for relation in CAN_BE[role]:
        if relation is Relation.TEAM and "/media/" not in route:
            continue
        if relation is Relation.OWNER and _has_no_owner(route):
            continue
        if relation is Relation.CONCERNED and "/notifications/" in route:
            continue
        yield relation
    if "/tasks/" in route and "/workflow-outputs/" not in route and role is RoleId.FIRST_RESPONDER:
        yield Relation.CONCERNED  # asked to take it, without having joined


def _has_no_owner(route: str) -> bool:
    if "{observation_id}" in route or (route.startswith("DELETE") and "{message_id}" in route):
        return False
    return any(part in route for part in NO_OWNER)


def _outcome(route: str, role: RoleId, relation: Relation | None) -> Outcome:
    policy = POLICY[route]
    if policy.signed:
        return Outcome.NOBODY
    if policy.operator:
        return Outcome.HIDDEN
    if RANK[role] < policy.who:
        return Outcome.FORBIDDEN
    if relation is None or relation in policy.may:
        return Outcome.ALLOWED
    return Outcome.FORBIDDEN if relation in policy.sees else Outcome.HIDDEN


def all_cells() -> list[Cell]:
    return [cell for route in POLICY for cell in cells(route)]


def size() -> str:
    return f"permission matrix: {len(POLICY)} routes, {len(all_cells()):,} cells of route, role and relation"


def document() -> str:
    """The matrix as a page for people: one row a route, one column a role and relation."""
    columns = [(role, relation) for role in RoleId for relation in CAN_BE[role]]
    heads = " | ".join(f"{role.replace('_', ' ')}: {relation}" for role, relation in columns)
    lines = [
        "# Who may do what",
        "",
        "Made from `backend/app/api/policy.py` by `make matrix`; `tests/test_matrix.py` tries all of it over HTTP.",
        "yes: allowed; 401, 403, 404: refused so; a blank: there is no such caller. What is nobody's own is the same",
        "in all columns of a role.",
        "",
        f"{size().capitalize()}.",
        "",
        f"| route | nobody | {heads} |",
        "|---|---|" + "---|" * len(columns),
    ]
    for route in POLICY:
        found = {(cell.role, cell.relation): cell.outcome for cell in cells(route)}
        shown = [found.get((role, relation)) or found.get((role, None)) for role, relation in columns]
        words = ["yes" if one is Outcome.ALLOWED else str(one or "") for one in (found[(None, None)], *shown)]
        lines.append(f"| `{route}` | " + " | ".join(words) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(document())
