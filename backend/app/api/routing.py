"""Which row of the policy a call falls under, known before any handler is chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from starlette.types import Scope

from app.api.policy import POLICY, Policy, Rate, Who

T = TypeVar("T")

ELSEWHERE = Policy(Who.ANYBODY, rate=Rate.READ)
"""For addresses that no row knows: the docs, and all that is not there."""
SIGN_IN = Policy(Who.ANYBODY, rate=Rate.COSTLY)
"""For the calls of local accounts, which hash passwords and make accounts for anybody."""
SIGN_IN_WORD, ELSEWHERE_WORD = "sign-in", "elsewhere"
SIGN_IN_PATHS = ("/identitytoolkit.googleapis.com/", "/securetoken.googleapis.com/")


@dataclass(slots=True)
class _Node(Generic[T]):
    """The rest of all paths that begin alike: by their next part, None for a parameter."""

    rows: dict[str, T] = field(default_factory=dict)
    parts: "dict[str | None, _Node[T]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RouteTable(Generic[T]):
    """What is known of each route (`GET /users/{uid}`), found by path. Where two templates fit, the one with the word
    wins over the parameter."""

    _root: _Node[T]
    _plain: dict[str, Mapping[str, T]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Mapping[str, T]) -> Self:
        root: _Node[T] = _Node()
        paths = set()
        for route, row in rows.items():
            method, path = route.split(" ")
            node = root
            for part in path[1:].split("/"):
                node = node.parts.setdefault(None if part.startswith("{") else part, _Node())
            node.rows[method] = row
            paths.add(path)
        table = cls(root)
        return cls(root, {path: table.at(path) for path in paths if "{" not in path})

    def at(self, path: str) -> Mapping[str, T]:
        """The rows of this path by method; none where nothing is."""
        if (plain := self._plain.get(path)) is not None:
            return plain
        found: dict[str, T] = {}
        for node in _fitting(self._root, path[1:].split("/"), 0):
            found = {**node.rows, **found}
        return found

    def best(self, path: str) -> Mapping[str, T]:
        """The rows of the one template that fits best; none where nothing is."""
        return next((node.rows for node in _fitting(self._root, path[1:].split("/"), 0) if node.rows), {})

    def methods(self, path: str) -> str:
        """What `Allow` says of this path: the methods of the template that fits best; empty where nothing is."""
        rows = self.best(path)
        if not rows:
            return ""
        return ", ".join(sorted({*rows, "OPTIONS", *(("HEAD",) if "GET" in rows else ())}))


def _fitting(node: _Node[T], parts: list[str], at: int) -> Iterator[_Node[T]]:
    if at == len(parts):
        yield node
        return
    part = parts[at]
    if (word := node.parts.get(part)) is not None:
        yield from _fitting(word, parts, at + 1)
    if part and (parameter := node.parts.get(None)) is not None:
        yield from _fitting(parameter, parts, at + 1)


ROUTES = RouteTable.of(POLICY)
_PLAIN = frozenset(path for route in POLICY if "{" not in (path := route.partition(" ")[2]))
_TEMPLATES = RouteTable.of({route: route.partition(" ")[2] for route in POLICY})


def policy_of(method: str, path: str) -> Policy:
    """The row that a call falls under."""
    row = ROUTES.at(path).get(method)
    if row is not None:
        return row
    return SIGN_IN if path.startswith(SIGN_IN_PATHS) else ELSEWHERE


def template_of(path: str) -> str:
    """The address as the policy writes it, or what it belongs to besides: one of a known number of words."""
    path = path.rstrip("/") or "/"
    if path in _PLAIN:
        return path
    for template in _TEMPLATES.best(path).values():
        return template
    return SIGN_IN_WORD if path.startswith(SIGN_IN_PATHS) else ELSEWHERE_WORD


def path_of(scope: Scope) -> str:
    """The path as routes know it, without the prefix that a proxy cut off or put before it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
