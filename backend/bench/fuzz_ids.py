"""Ids of what is really there, so that a generator reaches more than 404."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import httpx2

from bench.node import Node

_MOST = 12
_SHARE = 0.7
"""How often an id in a path is one of these; else it is made up."""
_PLACE = {"lat": 6.68, "lng": 80.4}
_LISTS: Mapping[str, tuple[str, ...]] = {
    "disaster_id": ("/disasters", "/disasters/suggestions"),
    "request_id": ("/requests?limit=12", "/requests/me?limit=12"),
    "cluster_id": ("/clusters",),
    "message_id": ("/disasters/{disaster}/chat/messages?limit=12",),
    "observation_id": ("/observations?disaster_id={disaster}&limit=12",),
    "notification_id": ("/notifications?limit=12",),
    "resource_id": ("/resources?limit=12",),
    "device_id": ("/users/me/devices",),
    "entry_id": ("/audit?limit=12",),
    "uid": ("/users?limit=12",),
    "task_id": ("/tasks/me?limit=12",),
}
_OF_A_PLAN = {"task_id": "tasks", "resource_id": "resources"}


def furnish(here: Node, role: str) -> None:
    """Something of everything for this role to act on: it may be used up by the turn before."""
    requests = []
    with here.client(role) as own:
        own.post(f"/disasters/{here.disaster_id}/join", json={})
        for words in ("Four of us are on the roof, the water rises", "We need drinking water and rice for six"):
            body = {"description": words, "location": _PLACE, "disaster_id": here.disaster_id}
            requests.append(own.post("/requests", json=body).json().get("id"))
        own.post(f"/disasters/{here.disaster_id}/chat/messages", json={"text": "The bridge is closed"})
        seen = {"disaster_id": here.disaster_id, "kind": "road_blocked", "location": _PLACE, "description": "Mud"}
        own.post("/observations", json=seen)
        own.post("/disasters/suggestions", json={"name": f"Landslide seen by {role}", "location": _PLACE})
        own.post("/users/me/devices", json={"token": f"token-of-{role}", "platform": "android"})
    with here.client("admin") as admin:
        for id in requests[:1]:
            admin.patch(f"/workflow-outputs/{id}", json={"approval_status": "approved"})


def known_ids(here: Node, role: str) -> dict[str, list[str]]:
    """By the name of a path's parameter, the newest ids of such things, of the role's own and of all."""
    found: dict[str, list[str]] = {}
    with here.client(role) as own, here.client("admin") as admin:
        for name, paths in _LISTS.items():
            listed = [_ids(http, path.format(disaster=here.disaster_id)) for http in (own, admin) for path in paths]
            found[name] = list(dict.fromkeys(itertools.chain(*listed)))[:_MOST]
        for request_id in found["request_id"]:
            for name, items in _OF_A_PLAN.items():
                found[name] += _ids(admin, f"/workflow-outputs/{request_id}/{items}")
    return {name: ids for name, ids in found.items() if ids}


def with_ids(config: Path, ids: Mapping[str, list[str]], to: Path) -> Path:
    """The configuration of schemathesis with these ids in it."""
    lines = [config.read_text(encoding="utf-8"), "[dictionaries]"]
    lines += [f"{name} = {{ values = {json.dumps(values)} }}" for name, values in ids.items()]
    lines.append("[parameters]")
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = {_SHARE} }}' for name in ids]
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return to


def _ids(http: httpx2.Client, path: str) -> list[str]:
    answer = http.get(path)
    return list(_in(answer.json())) if answer.is_success else []


def _in(answer: object) -> Iterator[str]:
    things: Iterable[object] = answer if isinstance(answer, list) else [answer]
    for thing in things:
        if isinstance(thing, dict):
            lists = [value for value in thing.values() if isinstance(value, list)]
            if "id" in thing:
                yield str(thing["id"])
            elif lists:
                yield from itertools.chain(*(_in(one) for one in lists))
