"""Straight to the route of an address, where FastAPI would try the pattern of one route after the other, and twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.policy import POLICY
from app.api.prepared import Prepared
from app.api.routing import RouteTable, path_of


@dataclass(frozen=True, slots=True)
class Direct:
    """Looks the route up in a table. Whatever it does not find there is for `app`, the router's own search."""

    app: ASGIApp
    table: RouteTable[Prepared]

    @classmethod
    def over(cls, app: ASGIApp, routers: Iterable[APIRouter], *, planned: bool = True) -> Self:
        """For the routes of these routers that the policy knows; not `planned`, FastAPI makes each call."""
        found = {
            f"{method} {route.path}": Prepared(route, planned=planned)
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }
        return cls(app, RouteTable.of({name: row for name, row in found.items() if name in POLICY}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = path_of(scope)
        row = self.table.at(path).get(scope["method"])
        match = row.route.path_regex.match(path) if row else None
        if row is None or match is None:
            await self.app(scope, receive, send)
            return
        route = row.route
        convertors = route.param_convertors
        scope["path_params"] = {name: convertors[name].convert(text) for name, text in match.groupdict().items()}
        scope["endpoint"], scope["route"] = route.endpoint, route
        await row(scope, receive, send)
