"""One call for help through the whole stack: nginx, API, Firestore, Redis, Celery, and back as a plan with people.

What each part had to do with it is read from that part itself: the proxy's log, the documents in the emulator, the
commands that Redis counts, and the logs of the workers.
"""

import asyncio
import os
import secrets
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx2

from app.scenarios import Scenario, load
from app.scenarios.scenario import Depot, Person
from app.schemas.vocabulary import RoleId
from stack.layout import BACKEND, Layout
from stack.witnesses import Witnesses

SCENARIO = "flood_ratnapura"
HELPERS = 12
"""As many of the nearest as a rescue and what follows it need."""
PATIENCE_SECONDS = 90.0
_TOOLKIT = "/identitytoolkit.googleapis.com/v1/accounts:signUp?key=stack"


class JourneyFailed(Exception):
    """The message says which part did not do its work."""


@dataclass(frozen=True)
class Step:
    part: str
    what: str
    seconds: float


@dataclass
class Journey:
    layout: Layout
    http: httpx2.AsyncClient
    scenario: Scenario = field(default_factory=lambda: load(SCENARIO))
    steps: list[Step] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)

    async def made(self) -> list[Step]:
        """The steps, once all have been gone; `JourneyFailed` at the first that cannot be."""
        before = await self.witnesses.messages()
        disaster_id = await self._people_and_stocks()
        request = await self._asked(disaster_id)
        await self._matched(request["id"])
        await self._behind_the_scenes(request["id"], before)
        await self._carried_out(request["id"])
        self._at_the_door()
        return self.steps

    @property
    def witnesses(self) -> Witnesses:
        return Witnesses(self.layout, self.http)

    def as_json(self) -> list[dict[str, object]]:
        return [asdict(step) for step in self.steps]

    async def _people_and_stocks(self) -> str:
        admin, owner = self._admin, self._owner
        helpers = self._nearest_helpers()
        await asyncio.gather(*(self._account(person) for person in (admin, owner, *helpers)))
        self._did("auth", f"{len(self.tokens)} accounts")
        await _resq(self.layout, "users", "grant", self.uids[admin.email], "admin")
        self._did("resq users grant", "the first admin")
        told = self.scenario.disaster
        words = {"name": told.name, "description": told.description, "type": told.type, "severity": told.severity}
        disaster = await self._call(admin, "POST", "/disasters", words | {"location": told.location.model_dump()})
        for helper in helpers:
            await self._helper(admin, helper, disaster["id"])
        depots = [self._stock(admin, depot, disaster["id"]) for depot in self.scenario.depots]
        stocks = sum(await asyncio.gather(*depots))
        self._did("api", f"a disaster, {len(helpers)} helpers, {stocks} stocks")
        return str(disaster["id"])

    async def _asked(self, disaster_id: str) -> dict[str, Any]:
        """The call for help, sent twice with one key as a phone does that got no answer."""
        followed, owner = self.scenario.followed, self._owner
        place = {"lat": followed.lat, "lng": followed.lng, "address": followed.address}
        words = {"title": followed.title, "description": followed.description, "type_of_need": followed.type_of_need}
        body = words | {"disaster_id": disaster_id, "location": place}
        key = f"stack-{secrets.token_hex(8)}"
        first = await self._call(owner, "POST", "/requests", body, key=key)
        self._did("nginx → api", f"201, {followed.title!r}")
        again = await self._call(owner, "POST", "/requests", body, key=key)
        if again["id"] != first["id"]:
            raise JourneyFailed("The same call with the same key was taken in twice.")
        self._did("nginx → api", "the same call again: the same request")
        return dict(first)

    async def _matched(self, id: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            request = await self._call(self._owner, "GET", f"/requests/{id}")
            if request["stage"] == "matched":
                level, needs = request["severity"], ", ".join(request["auto_extract"]["needs"])
                self._did("api", f"matched; {level}, needs {needs}")
                return
            if request["stage"] in ("needs_human", "not_a_request"):
                raise JourneyFailed(f"The call ended as {request['stage']}: {request['stage_reason']}.")
            await asyncio.sleep(0.1)
        raise JourneyFailed(f"The call was not matched within {PATIENCE_SECONDS:.0f} s; see {self.layout.logs}.")

    async def _behind_the_scenes(self, id: str, messages_before: int) -> None:
        found = await self.witnesses.document(id)
        if found is None or found["stage"] != {"stringValue": "matched"}:
            raise JourneyFailed("Firestore has no document of a matched request.")
        self._did("firestore", f"document requests/{id[:8]}…, stage matched")
        messages = await self.witnesses.messages() - messages_before
        if messages <= 0:
            raise JourneyFailed("No message went through Redis.")
        self._did("redis", f"{messages} messages")
        worked = self.witnesses.worked_on(id)
        if not worked:
            raise JourneyFailed("No worker has had to do with the call.")
        for name, events in worked.items():
            self._did(name, ", ".join(events))

    async def _carried_out(self, id: str) -> None:
        """A human approves what has a team, and the teams do it."""
        admin = self._admin
        plan = await self._call(admin, "GET", f"/workflow-outputs/{id}")
        manned = [task for task in plan["tasks"] if len(task["candidates"]) >= task["min_people"]]
        if not manned:
            raise JourneyFailed("No team was found for any task of the plan.")
        for task in plan["tasks"]:
            decision = {"approval_status": "approved" if task in manned else "rejected"}
            await self._call(admin, "PATCH", f"/workflow-outputs/{id}/tasks/{task['id']}", decision)
        self._did("api", f"a human approved {len(manned)} of {len(plan['tasks'])} tasks")
        person = {uid: email for email, uid in self.uids.items()}
        by_email = {one.email: one for one in self.scenario.people}
        for task in manned:
            team = [by_email[person[one["uid"]]] for one in task["candidates"]]
            for helper in team:
                await self._call(helper, "POST", f"/tasks/{task['id']}/accept")
            for status in ("on_route", "on_site", "completed"):
                await self._call(team[0], "PATCH", f"/tasks/{task['id']}/status", {"status": status})
        status = await self._ended(id)
        self._did("api", f"{len(manned)} teams accepted, went and finished; the request is {status}")

    async def _ended(self, id: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        status = ""
        while status != "completed":
            if time.monotonic() > deadline:
                raise JourneyFailed(f"The request ended as {status}, not as completed.")
            status = str((await self._call(self._owner, "GET", f"/requests/{id}"))["status"])
            await asyncio.sleep(0.05)
        return status

    def _at_the_door(self) -> None:
        counts = self.witnesses.answered()
        if silent := [name for name, count in counts.items() if not count]:
            raise JourneyFailed(f"nginx asked {', '.join(silent)} nothing.")
        self._did("nginx", ", ".join(f"{name} answered {count}" for name, count in counts.items()))

    @property
    def _owner(self) -> Person:
        owner = self.scenario.owner_of(self.scenario.followed)
        if owner is None:
            raise JourneyFailed("The scenario's call has no account to come from.")
        return owner

    @property
    def _admin(self) -> Person:
        return next(one for one in self.scenario.people if one.role_id is RoleId.ADMIN)

    def _nearest_helpers(self) -> list[Person]:
        here = self.scenario.followed

        def apart(person: Person) -> float:
            return (person.lat - here.lat) ** 2 + (person.lng - here.lng) ** 2

        return sorted((one for one in self.scenario.helpers if one.available and one.verified), key=apart)[:HELPERS]

    async def _account(self, person: Person) -> None:
        body = {"email": person.email, "password": secrets.token_urlsafe(12), "returnSecureToken": True}
        answer = await self.http.post(self.layout.accounts_url + _TOOLKIT, json=body)
        if answer.is_error:
            raise JourneyFailed(f"No account for {person.email}: {answer.text[:300]}")
        self.tokens[person.email] = answer.json()["idToken"]
        user = await self._call(person, "POST", "/users/register", {"display_name": person.display_name})
        self.uids[person.email] = user["id"]

    async def _helper(self, admin: Person, helper: Person, disaster_id: str) -> None:
        uid = self.uids[helper.email]
        await self._call(admin, "PATCH", f"/users/{uid}/role", {"role_id": helper.role_id})
        await self._call(helper, "PATCH", "/users/me/skills", {"skills": helper.skills})
        await self._call(admin, "PATCH", f"/users/{uid}/verification", {"verified": True})
        await self._call(helper, "PATCH", "/users/me/location", {"lat": helper.lat, "lng": helper.lng})
        await self._call(helper, "PATCH", "/users/me/availability", {"availability": True})
        await self._call(helper, "POST", f"/disasters/{disaster_id}/join", {"role": helper.role_id})

    async def _stock(self, admin: Person, depot: Depot, disaster_id: str) -> int:
        place = {"lat": depot.lat, "lng": depot.lng, "address": depot.address}
        shared = {"name": depot.name, "location": place, "disaster_id": disaster_id}
        for item, quantity in depot.stocks.items():
            await self._call(admin, "POST", "/resources", {**shared, "resource_type": item, "quantity": quantity})
        return len(depot.stocks)

    async def _call(self, who: Person, method: str, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The JSON answer to somebody's call through nginx."""
        headers = {"Authorization": f"Bearer {self.tokens[who.email]}"} | ({"Idempotency-Key": key} if key else {})
        answer = await self.http.request(method, self.layout.url + path, json=body, headers=headers)
        if answer.is_error:
            raise JourneyFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    def _did(self, part: str, what: str) -> None:
        now = time.monotonic()
        self.steps.append(Step(part, what, now - self._since))
        self._since = now


async def _resq(layout: Layout, *words: str) -> None:
    command = (sys.executable, "-m", "app.cli", *words)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=BACKEND,
        env={**os.environ, **layout.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise JourneyFailed(f"resq {' '.join(words)} ended with {process.returncode}: {said.decode()[-300:]}")
