"""Handlers called by a plan that is made once, where FastAPI looks at their signatures anew at each call.

That looking was half of the processor time of `GET /users/me`, and of a list with its fifteen parameters a fifth. A
plan is for calls that are as they should be: whatever is not (a parameter that is missing or wrong, a body that is no
JSON) is left to FastAPI before anything has been called, so what callers are told of it stays FastAPI's.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi import Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_validation_alias
from fastapi.exceptions import ResponseValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from app.api.json_check import PARSED
from app.schemas.base import View

_NOTHING: Mapping[str, str] = {}
_JSON = (b"content-type", b"application/json")


class Unplanned(Exception):
    """What FastAPI has to see to itself."""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter, with FastAPI's own check of it."""

    name: str
    alias: str
    check: Callable[..., tuple[Any, Any]]
    required: bool
    default: object

    @classmethod
    def of(cls, field: Any) -> Self:
        info = field.field_info
        words = get_args(info.annotation) or (info.annotation,)
        default = None if info.is_required() else field.default
        shared = default is None or isinstance(default, str | int | float)  # else FastAPI makes a copy for each call
        if not shared or info.validate_default or any(one in _SEVERAL or get_origin(one) in _SEVERAL for one in words):
            raise Unplanned
        if any(isinstance(one, type) and issubclass(one, BaseModel) for one in words):
            raise Unplanned
        return cls(field.name, get_validation_alias(field), field.validate, info.is_required(), default)


_SEVERAL = (list, tuple, set, frozenset, dict, Sequence)


@dataclass(frozen=True, slots=True)
class Step:
    """A dependency, or the handler: what is called, and where each of its arguments comes from."""

    call: Callable[..., Any]
    path: tuple[Param, ...]
    query: tuple[Param, ...]
    headers: tuple[Param, ...]
    body: tuple[str, Callable[..., tuple[Any, Any]]] | None
    made: tuple[tuple[str, int], ...]
    """Arguments that earlier steps make, with the number of the step."""
    request: str | None
    response: str | None
    defaults: Mapping[str, object]

    def arguments(self, scope: Scope, asked: Mapping[str, str]) -> dict[str, Any] | None:
        """What it takes from the call itself; None where something is missing or wrong."""
        values = dict(self.defaults)
        if self.path and not _checked(self.path, scope["path_params"], values):
            return None
        if self.query and not _checked(self.query, asked, values):
            return None
        if self.headers and not _checked(self.headers, _first(scope), values):
            return None
        if self.body is not None:
            name, check = self.body
            values[name], wrong = check(scope.get(PARSED), {}, loc=("body",))
            if wrong:
                return None
        return values


def _checked(params: tuple[Param, ...], given: Mapping[str, str], values: dict[str, Any]) -> bool:
    for one in params:
        if one.alias in given:
            values[one.name], wrong = one.check(given[one.alias], {}, loc=())
            if wrong:
                return False
        elif one.required:
            return False
    return True


def _first(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a handler gives back: one model or a list, of these kinds."""

    kinds: frozenset[Any]
    many: bool

    @classmethod
    def of(cls, annotation: Any) -> Self:
        many = get_origin(annotation) is list
        inner = get_args(annotation)[0] if many else annotation
        kinds = get_args(inner) or (inner,)
        if not all(isinstance(one, type) and issubclass(one, BaseModel) for one in kinds):
            raise Unplanned
        return cls(frozenset(kinds), many)

    def written(self, value: Any) -> bytes | None:
        """As JSON; None for what is of none of these kinds, if only by being a more special one."""
        if not self.many:
            return _written(value) if type(value) in self.kinds else None
        if type(value) is not list or any(type(one) not in self.kinds for one in value):
            return None
        return b"[" + b",".join([_written(one) for one in value]) + b"]"


def _written(one: Any) -> bytes:
    if isinstance(one, View):
        return one.written()
    text: str = one.model_dump_json(by_alias=True)
    return text.encode()


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]
    status: int
    shape: Shape
    field: Any
    """What FastAPI checks and writes the answer with."""
    takes_body: bool
    asks: bool
    """Whether anything is taken from the query."""
    responds: bool
    """Whether anything sets headers of the answer."""

    @classmethod
    def of(cls, route: APIRoute) -> Self:
        """`Unplanned` where a signature or an answer is not of the plain kind that most are."""
        less = (
            route.response_model_include,
            route.response_model_exclude,
            route.response_model_exclude_unset,
            route.response_model_exclude_defaults,
            route.response_model_exclude_none,
        )
        plain = isinstance(route.response_class, DefaultPlaceholder) and route.response_model_by_alias
        if route.response_field is None or not plain or any(less):
            raise Unplanned
        steps: list[Step] = []
        _lay_out(route.dependant, steps, {}, body=True)
        return cls(
            steps=tuple(steps),
            status=route.status_code or 200,
            shape=Shape.of(route.response_field.field_info.annotation),
            field=route.response_field,
            takes_body=steps[-1].body is not None,
            asks=any(step.query for step in steps),
            responds=any(step.response for step in steps),
        )

    def arguments(self, scope: Scope) -> list[dict[str, Any]] | None:
        """What each step takes from the call; None where something is missing or wrong."""
        if self.takes_body and scope.get(PARSED) is None:
            return None
        query = scope["query_string"] if self.asks else b""
        asked = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else _NOTHING
        found: list[dict[str, Any]] = []
        for step in self.steps:
            if (values := step.arguments(scope, asked)) is None:
                return None
            found.append(values)
        return found

    async def made(self, arguments: list[dict[str, Any]], request: Request, response: Response | None) -> Any:
        """What the handler gives back, after all that it depends on."""
        made: list[Any] = []
        for step, values in zip(self.steps, arguments, strict=True):
            for name, number in step.made:
                values[name] = made[number]
            if step.request:
                values[step.request] = request
            if step.response:
                values[step.response] = response
            made.append(await step.call(**values))
        return made[-1]

    def written(self, value: Any) -> bytes:
        """The answer's body, as FastAPI would have it."""
        if (body := self.shape.written(value)) is not None:
            return body
        checked, wrong = self.field.validate(value, {}, loc=("response",))
        if wrong:
            raise ResponseValidationError(errors=wrong, body=value)
        written: bytes = self.field.serialize_json(checked, by_alias=True)
        return written


def _lay_out(dependant: Dependant, steps: list[Step], known: dict[Any, int], *, body: bool) -> int:
    """Add the step that makes this, after those that it needs, and return its number."""
    call = dependant.call
    strange = (
        dependant.cookie_params,
        dependant.websocket_param_name,
        dependant.http_connection_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
        dependant.own_oauth_scopes,
        dependant.parent_oauth_scopes,
        dependant.concurrency,
    )
    if any(strange) or len(dependant.body_params) > body or not inspect.iscoroutinefunction(call):
        raise Unplanned
    if dependant.use_cache and call in known:
        return known[call]
    made = tuple((str(one.name), _lay_out(one, steps, known, body=False)) for one in dependant.dependencies)
    groups = (dependant.path_params, dependant.query_params, dependant.header_params)
    path, query, headers = (tuple(Param.of(one) for one in group) for group in groups)
    headers = tuple(replace(one, alias=one.alias.lower()) for one in headers)  # as servers hand them on
    steps.append(
        Step(
            call=call,
            path=path,
            query=query,
            headers=headers,
            body=_body(dependant.body_params),
            made=made,
            request=dependant.request_param_name,
            response=dependant.response_param_name,
            defaults={one.name: one.default for one in (*path, *query, *headers) if not one.required},
        )
    )
    return known.setdefault(call, len(steps) - 1)


def _body(params: Sequence[Any]) -> tuple[str, Callable[..., tuple[Any, Any]]] | None:
    for one in params:
        if isinstance(one.field_info, Form) or getattr(one.field_info, "embed", None):
            raise Unplanned
        return one.name, one.validate
    return None


class Prepared:
    """A route as an app: by its plan, or by FastAPI where it has none or the call does not fit it."""

    def __init__(self, route: APIRoute, *, planned: bool = True) -> None:
        self.route = route
        self._planned = planned

    @cached_property
    def plan(self) -> Plan | None:
        """None where FastAPI makes the call. FastAPI reads a signature when it is first asked, and so is it here."""
        try:
            return Plan.of(self.route) if self._planned else None
        except Unplanned:
            return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        plan = self.plan
        arguments = plan.arguments(scope) if plan else None
        if plan is None or arguments is None:
            await self.route.app(scope, receive, send)
            return
        response = None
        if plan.responds:
            response = Response(status_code=plan.status)
            del response.headers["content-length"]
        value = await plan.made(arguments, Request(scope, receive, send), response)
        if isinstance(value, Response):
            await value(scope, receive, send)
            return
        body = plan.written(value)
        headers = [(b"content-length", b"%d" % len(body)), _JSON, *(response.raw_headers if response else ())]
        status = response.status_code if response else plan.status
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
