"""The demo's server seen from outside: accounts, helpers, depots and requests, all made through the API."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.scenarios import Scenario
from app.scenarios.scenario import Person, ScenarioRequest
from app.schemas.audit import Act
from app.schemas.vocabulary import RoleId
from app.services import Services

PATIENCE_SECONDS = 60.0
ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"


class DemoFailed(Exception):
    """The main job did not work; the message says where."""


@dataclass
class Stage:
    scenario: Scenario
    services: Services
    port: int
    console: Console
    http: httpx2.AsyncClient
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    tokens: dict[str, str] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)
    disaster_id: str = ""
    request_ids: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, scenario: Scenario, services: Services, port: int, console: Console
    ) -> AsyncIterator["Stage"]:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            stage = cls(scenario, services, port, console, http)
            await stage._answering()
            yield stage

    @property
    def coordinator(self) -> str:
        """E-mail address of the account that decides."""
        return next(person.email for person in self.scenario.people if person.role_id is RoleId.ADMIN)

    async def call(self, email: str, method: str, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The JSON answer to somebody's call; `DemoFailed` for anything but success."""
        headers = {"Authorization": f"Bearer {self.tokens[email]}"} | ({"Idempotency-Key": key} if key else {})
        answer = await self.http.request(method, path, json=body, headers=headers)
        if answer.is_error:
            raise DemoFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    async def set_up(self) -> None:
        """Accounts, the disaster, helpers who joined it, depots."""
        people = self.scenario.people
        with self._progress() as progress:
            bar = progress.add_task("accounts", total=len(people) + 1)
            for start in range(0, len(people), 8):
                await asyncio.gather(*(self._sign_up(person) for person in people[start : start + 8]))
                progress.update(bar, completed=start + 8)
            self.uids["caller"] = await self._account("caller@example.org", "Caller")
            # The first admin is made by whoever runs the node, as with `resq users grant`.
            await self.services.users.grant("resq-demo", self.uids[self.coordinator], RoleId.ADMIN)
            await self._disaster()
            helpers = [person for person in people if person.role_id in (RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER)]
            bar = progress.add_task("helpers", total=len(helpers))
            for start in range(0, len(helpers), 8):
                await asyncio.gather(*(self._helper(person) for person in helpers[start : start + 8]))
                progress.update(bar, completed=start + 8)
            await self._depots(progress)
        self.console.print(
            f"[bold]{self.scenario.disaster.name}[/bold]: {len(helpers)} volunteers and responders, "
            f"{len(self.scenario.depots)} depots, {len(self.scenario.requests)} calls for help.",
            highlight=False,
        )

    async def play_requests(self) -> None:
        """Send all requests, then wait until each is matched or set aside."""
        requests = self.scenario.requests
        began = time.monotonic()
        with self._progress() as progress:
            sent = progress.add_task("sent", total=len(requests))
            for request in requests:
                await self._ask(request)
                progress.advance(sent)
            planned = progress.add_task("understood, planned, matched", total=len(requests))
            while waiting := await self._waiting():
                progress.update(planned, completed=len(requests) - waiting)
                if time.monotonic() - began > PATIENCE_SECONDS:
                    raise DemoFailed(f"{waiting} requests were not planned within {PATIENCE_SECONDS:.0f} s.")
                await asyncio.sleep(0.1)
        await self.services.queue.drained()
        self.console.print(
            f"{len(requests)} requests stored, understood, planned and matched in {time.monotonic() - began:.1f} s.",
            highlight=False,
        )

    def farewell(self) -> None:
        address = f"http://127.0.0.1:{self.port}"
        self.console.print(f"\nThe main job worked, {time.monotonic() - self.began:.1f} s in all.", highlight=False)
        self.console.print(f"API docs: {address}/docs", highlight=False)
        for title, email in self.shown:
            self.console.print(f"  {title:16} {email}  password {self.password}", highlight=False, soft_wrap=True)
        self.console.print(
            f"  sign in: POST {address}{ACCOUNTS}:signInWithPassword "
            '{"email", "password", "returnSecureToken": true}; the answer\'s idToken is the bearer token',
            highlight=False,
            soft_wrap=True,
            markup=False,
        )

    async def _answering(self) -> None:
        for _ in range(200):
            try:
                if (await self.http.get("/healthz")).is_success:
                    return
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
        raise DemoFailed("The server did not start.")

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The accounts to try: what each is, and its e-mail address."""
        people = self.scenario.people
        of = {role: next(person.email for person in people if person.role_id is role) for role in RoleId}
        return [
            ("admin", of[RoleId.ADMIN]),
            ("first responder", of[RoleId.FIRST_RESPONDER]),
            ("volunteer", of[RoleId.VOLUNTEER]),
            ("person in need", of[RoleId.AFFECTED_INDIVIDUAL]),
        ]

    async def _account(self, email: str, name: str) -> str:
        """Signed up with the password if the account is shown; all others anonymously, which needs no slow hash."""
        body: dict[str, object] = {"returnSecureToken": True}
        if email in {address for _, address in self.shown}:
            body |= {"email": email, "password": self.password, "displayName": name}
        answer = await self.http.post(f"{ACCOUNTS}:signUp", json=body)
        if answer.is_error:
            raise DemoFailed(f"No account for {email}: {answer.text[:300]}")
        self.tokens[email] = answer.json()["idToken"]
        user = await self.call(email, "POST", "/users/register", {"display_name": name})
        return str(user["id"])

    async def _sign_up(self, person: Person) -> None:
        self.uids[person.email] = await self._account(person.email, person.display_name)

    async def _disaster(self) -> None:
        told = self.scenario.disaster
        body = {
            "name": told.name,
            "description": told.description,
            "type": told.type,
            "severity": told.severity,
            "location": told.location.model_dump(),
        }
        self.disaster_id = (await self.call(self.coordinator, "POST", "/disasters", body))["id"]

    async def _helper(self, person: Person) -> None:
        email, uid = person.email, self.uids[person.email]
        await self.call(self.coordinator, "PATCH", f"/users/{uid}/role", {"role_id": person.role_id})
        await self.call(email, "PATCH", "/users/me/skills", {"skills": person.skills})
        await self.call(self.coordinator, "PATCH", f"/users/{uid}/verification", {"verified": person.verified})
        await self.call(email, "PATCH", "/users/me/location", {"lat": person.lat, "lng": person.lng})
        # Positions of different ages cannot be made through the API, which takes the time itself.
        aged = timedelta(minutes=person.position_age_minutes)
        await self.services.users.users.change(
            uid,
            lambda user: user.model_copy(update={"located_at": user.located_at and user.located_at - aged}),
            Act(event="demo.position_aged"),
        )
        await self.call(email, "PATCH", "/users/me/availability", {"availability": person.available})
        await self.call(email, "POST", f"/disasters/{self.disaster_id}/join", {"role": person.role_id})

    async def _depots(self, progress: Progress) -> None:
        bar = progress.add_task("stocks", total=sum(len(depot.stocks) for depot in self.scenario.depots))
        for depot in self.scenario.depots:
            place = {"lat": depot.lat, "lng": depot.lng, "address": depot.address}
            shared = {"name": depot.name, "location": place, "disaster_id": self.disaster_id}
            bodies = [
                {**shared, "resource_type": item, "quantity": quantity} for item, quantity in depot.stocks.items()
            ]
            await asyncio.gather(*(self.call(self.coordinator, "POST", "/resources", body) for body in bodies))
            progress.advance(bar, len(bodies))

    async def _ask(self, request: ScenarioRequest) -> None:
        owner = self.scenario.owner_of(request)
        body = {
            "disaster_id": self.disaster_id,
            "title": request.title,
            "description": request.description,
            "type_of_need": request.type_of_need,
            "location": {"lat": request.lat, "lng": request.lng, "address": request.address},
        }
        email = owner.email if owner else "caller@example.org"
        answer = await self.call(email, "POST", "/requests", body, key=f"demo-{request.ref}")
        self.request_ids[request.ref] = answer["id"]

    async def _waiting(self) -> int:
        waiting = 0
        for stage in ("received", "assessed", "planned"):
            query = f"/requests?disaster_id={self.disaster_id}&stage={stage}"
            waiting += len(await self.call(self.coordinator, "GET", query))
        return waiting

    def _progress(self) -> Progress:
        return Progress(
            TextColumn("{task.description:>30}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=self.console,
            transient=True,
        )
