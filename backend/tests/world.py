"""A small world for behaviour tests: services over a given store, people, requests with plans, stocks."""

from dataclasses import dataclass, field
from typing import Any

from app.core.blobs import BlobMissing, named
from app.core.clock import Clock, utc_now
from app.core.errors import Transient
from app.core.limits import Limiter
from app.core.model import Model
from app.core.security.directory import Directory
from app.core.security.tokens import Claims, TokenRefused, TokenVerifier
from app.core.settings import Settings
from app.core.tracing import Tracer
from app.crud.store.port import Store
from app.schemas.assessment import Evidence, Finding, FoundNeed, People, PeopleSource
from app.schemas.audit import Act
from app.schemas.base import Location
from app.schemas.disaster import Disaster, DisasterSeverity
from app.schemas.request import Request
from app.schemas.request_bodies import RequestCreate
from app.schemas.resource import Resource
from app.schemas.user import User
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity, Skill
from app.services import Services, build
from app.services.delivery import Push
from tests import stack
from tests.accounts import claims_of

HERE = Location(lat=6.68, lng=80.40, address="12 River Road")
NEAR = Location(lat=6.69, lng=80.41)
SEED = Act(event="test.seeded")


def finding(*needs: NeedCategory, severity: Severity = Severity.MEDIUM, is_request: bool = True) -> Finding:
    """What a reader might have found: these needs of four people."""
    evidence = (Evidence(rule="test", quote="we need it"),)
    return Finding(
        is_request=is_request,
        not_a_request_reason=None if is_request else "a test",
        needs=tuple(FoundNeed(category=need, evidence=evidence) for need in needs),
        severity=severity,
        people=People(count=4, source=PeopleSource.STATED),
        language="en",
    )


@dataclass
class FakeAssessor:
    """Gives one finding to everybody and counts; raises `error` where one is set."""

    finding: Finding = field(default_factory=lambda: finding(NeedCategory.WATER, NeedCategory.FOOD))
    error: Exception | None = None
    calls: int = 0

    async def read(self, text: str, *, title: str = "", type_of_need: str = "") -> Finding:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return self.finding


class UidVerifier:
    """Takes a user id for a token, so that tests of other things need no keys; `away` as if keys could not be had."""

    away = False

    def has_keys(self) -> bool:
        return not self.away

    async def verify(self, token: str) -> Claims:
        if self.away:
            raise Transient("The keys that tokens are signed with cannot be fetched right now.")
        if not token.isalnum():
            raise TokenRefused("This is not a token.")
        return claims_of(token)


@dataclass
class FakeBlobs:
    """Files in memory; raises `error` where one is set."""

    files: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None

    async def put(self, name: str, data: bytes, *, type: str) -> None:
        await self.check()
        self.files[named(name)] = data
        self.types[name] = type

    async def get(self, name: str) -> bytes:
        await self.check()
        if name not in self.files:
            raise BlobMissing(name)
        return self.files[name]

    async def delete(self, name: str) -> None:
        await self.check()
        self.files.pop(name, None)

    async def check(self) -> None:
        if self.error is not None:
            raise self.error


@dataclass
class World:
    services: Services
    assessor: FakeAssessor
    blobs: FakeBlobs = field(default_factory=FakeBlobs)

    @classmethod
    def over(
        cls,
        store: Store,
        settings: Settings | None = None,
        *,
        clock: Clock = utc_now,
        limiter: Limiter | None = None,
        tracer: Tracer | None = None,
        directory: Directory | None = None,
        verifier: TokenVerifier | None = None,
        model: Model | None = None,
        push: Push | None = None,
    ) -> "World":
        """With a model, its own minds read; else everybody's request is read as `FakeAssessor` says.

        On the stack with its queue, and with accounts in the Auth emulator unless a verifier is given.
        """
        accounts = stack.new_accounts() if verifier is None else None
        settings = (settings or Settings()).model_copy(
            update={"stuck_after_seconds": 0.01, "job_attempts": 3, "match_rest_ratio": 0, "retry_seconds": 0.05}
        )
        assessor, blobs = FakeAssessor(), FakeBlobs()
        services = build(
            settings,
            store=store,
            verifier=verifier or accounts or UidVerifier(),
            assessor=None if model else assessor,
            model=model,
            push=push,
            blobs=blobs,
            clock=clock,
            limiter=limiter,
            queue=stack.new_queue(),
            tracer=tracer,
            directory=directory or (accounts.directory if accounts else None),
        )
        services.health.kept.seconds = services.watch.looks.seconds = 0  # a test looks at what it has just changed
        return cls(services, assessor, blobs)

    async def person(
        self, uid: str, role: RoleId = RoleId.AFFECTED_INDIVIDUAL, *skills: Skill, joined: tuple[str, ...] = ()
    ) -> User:
        """Somebody who is verified, near, and available."""
        at = utc_now()
        user = User(
            id=uid,
            display_name=uid.capitalize(),
            email=f"{uid}@example.org",
            role_id=role,
            verified=True,
            skills=frozenset(skills),
            verified_skills=frozenset(skills),
            availability=True,
            location=NEAR,
            located_at=at,
            joined=joined,
            created_at=at,
            updated_at=at,
        )
        return await self.services.users.users.add(user, SEED)

    async def disaster(self, id: str = "flood") -> Disaster:
        at = utc_now()
        disaster = Disaster(
            id=id,
            name="Flood",
            severity=DisasterSeverity.HIGH,
            location=HERE,
            created_by="admin",
            created_at=at,
            updated_at=at,
        )
        return await self.services.disasters.disasters.add(disaster, SEED)

    async def stock(self, item: Item, quantity: int, *, id: str = "depot") -> Resource:
        at = utc_now()
        stock = Resource(
            id=id,
            name="Depot",
            resource_type=item,
            quantity=quantity,
            location=NEAR,
            created_by="admin",
            created_at=at,
            updated_at=at,
        )
        return await self.services.resources.resources.add(stock, SEED)

    async def asked(self, caller: User, words: str = "We need water and food", **more: Any) -> Request:
        """A request taken in, and brought as far as the machine brings it."""
        body = RequestCreate(description=words, location=more.pop("location", HERE), **more)
        request, _ = await self.services.requests.submit(caller, body)
        await self.worked()
        return await self.request(request.id)

    async def worked(self) -> None:
        """Let the workers do all that waits."""
        async with self.services.working():
            await self.services.queue.drained()

    async def request(self, id: str) -> Request:
        return await self.services.requests.cases.requests.get(id)
