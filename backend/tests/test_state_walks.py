"""Random walks over disasters and observations: whatever is tried, a legal move takes place and no other does."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.clock import utc_now
from app.core.errors import AppError, Conflict, Invalid
from app.crud.store.port import Store
from app.schemas.base import Location
from app.schemas.disaster import (
    PHASE_MOVES,
    STATUS_MOVES,
    Disaster,
    DisasterDetails,
    DisasterEdit,
    DisasterSeverity,
    DisasterStatus,
    DisasterSuggest,
    Discard,
    Phase,
)
from app.schemas.observation import LONGEST, Observation
from app.schemas.observation_bodies import ObservationCreate, ObservationEdit, ObservationStatusChange
from app.schemas.observation_kinds import Lifetimes, ObservationKind
from app.schemas.observation_states import OBSERVATION_MOVES, ObservationStatus
from app.schemas.participant import Join
from app.schemas.vocabulary import RoleId
from tests.hands import Hands
from tests.world import HERE, World

T = TypeVar("T")
REPORT = ObservationCreate(disaster_id="flood", kind=ObservationKind.FIRE, location=HERE)


def tried(move: Callable[[], T]) -> T | AppError:
    """What a move leads to, or why it was refused; any other error is a defect."""
    try:
        return move()
    except AppError as refused:
        return refused


def legal(before: Disaster, after: Disaster) -> bool:
    """Whether one step, of the state or of the phase, leads from the one to the other."""
    if after.status is not before.status:
        entered = Phase.ACTIVE if after.status is DisasterStatus.REGISTERED else None
        return after.status in STATUS_MOVES[before.status] and after.phase is entered
    if after.phase is before.phase:
        return True
    return before.phase is not None and after.phase in PHASE_MOVES[before.phase]


class DisasterWalk(RuleBasedStateMachine):
    @initialize()
    def suggested(self) -> None:
        at = utc_now()
        self.disaster = Disaster(
            id="d",
            name="Flood",
            severity=DisasterSeverity.LOW,
            location=Location(lat=6.7, lng=80.4),
            status=DisasterStatus.PENDING,
            phase=None,
            created_by="u",
            created_at=at,
            updated_at=at,
        )

    def _try(self, move: Callable[[], Disaster], allowed: frozenset[str]) -> None:
        after = tried(move)
        if isinstance(after, AppError):
            assert isinstance(after, Conflict)
            assert after.extra["allowed"] == sorted(allowed)
        else:
            assert legal(self.disaster, after)
            self.disaster = after

    @rule()
    def approve(self) -> None:
        self._try(
            lambda: self.disaster.approved(DisasterDetails(), "admin", utc_now()), STATUS_MOVES[self.disaster.status]
        )

    @rule()
    def discard(self) -> None:
        self._try(lambda: self.disaster.discarded("no", "admin", utc_now()), STATUS_MOVES[self.disaster.status])

    @rule(phase=st.sampled_from(Phase))
    def take_to(self, phase: Phase) -> None:
        here = self.disaster
        allowed: frozenset[str] = STATUS_MOVES[here.status] if here.phase is None else PHASE_MOVES[here.phase]
        self._try(lambda: here.edited(DisasterEdit(phase=phase), utc_now()), allowed)

    @invariant()
    def only_what_is_registered_has_a_phase_and_only_what_goes_on_is_joined(self) -> None:
        registered = self.disaster.status is DisasterStatus.REGISTERED
        assert (self.disaster.phase is not None) is registered
        try:
            self.disaster.joinable()
        except Conflict:
            assert not self.disaster.ongoing
        else:
            assert self.disaster.phase in {Phase.ACTIVE, Phase.RECOVERY}


class ObservationWalk(RuleBasedStateMachine):
    @initialize()
    def reported(self) -> None:
        self.now = utc_now()
        self.observation = Observation.reported(
            REPORT, id="o", by="u", body_hash="", lifetimes=Lifetimes(), at=self.now
        )

    def _try(self, move: Callable[[], Observation]) -> None:
        before, after = self.observation, tried(move)
        if isinstance(after, Invalid):
            assert after.field in {"note", "expires_at"}
        elif isinstance(after, AppError):
            assert after.extra["allowed"] in (sorted(OBSERVATION_MOVES[before.status]), [ObservationStatus.REPORTED])
        else:
            assert after.status is before.status or after.status in OBSERVATION_MOVES[before.status]
            self.observation = after

    @rule(
        status=st.sampled_from(ObservationStatus),
        note=st.sampled_from([None, "seen"]),
        hours=st.none() | st.floats(-5, 800),
    )
    def judge(self, status: ObservationStatus, note: str | None, hours: float | None) -> None:
        until = None if hours is None else self.now + timedelta(hours=hours)
        change = ObservationStatusChange(status=status, note=note, expires_at=until)
        self._try(lambda: self.observation.judged(change, "admin", self.now))

    @rule(kind=st.sampled_from(ObservationKind))
    def edit(self, kind: ObservationKind) -> None:
        before = self.observation
        self._try(lambda: before.edited(ObservationEdit(kind=kind), Lifetimes(), self.now))
        if before.status is not ObservationStatus.REPORTED:
            assert self.observation is before

    @rule(hours=st.floats(0, 100))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self._try(lambda: self.observation.expired(self.now))

    @invariant()
    def nothing_holds_longer_than_it_may(self) -> None:
        assert self.observation.expires_at <= self.now + LONGEST
        if self.observation.status is not ObservationStatus.EXPIRED:
            again = self.observation.expired(self.observation.expires_at)
            assert again.status is ObservationStatus.EXPIRED


DisasterWalk.TestCase.settings = ObservationWalk.TestCase.settings = settings(deadline=None)
TestDisasterWalk = DisasterWalk.TestCase
TestObservationWalk = ObservationWalk.TestCase


@pytest.mark.parametrize("seed", range(3))
async def test_a_walk_through_the_services_meets_no_illegal_state(store: Store, seed: int) -> None:
    hands, chance = Hands(), random.Random(seed)
    world = World.over(store, clock=hands)
    admin, person = await world.person("admin", RoleId.ADMIN), await world.person("person")
    services = world.services
    await world.disaster("flood")
    await services.participants.join(person, "flood", Join())
    person = await services.users.users.get("person")
    disasters, observations = services.disasters.disasters, services.observations.observations
    suggested, _ = await services.suggestions.suggest(person, DisasterSuggest(name="Storm", location=HERE))
    reported, _ = await services.observations.report(person, REPORT)
    passed = 0

    async def judge() -> object:
        status = chance.choice(list(ObservationStatus))
        until = hands.now + timedelta(hours=chance.choice([-1, 5, 50])) if chance.random() < 0.5 else None
        change = ObservationStatusChange(status=status, note=chance.choice([None, "seen"]), expires_at=until)
        return await services.observations.judge(admin, reported.id, change)

    async def sweep() -> object:
        hands.forward(hours=chance.choice([1, 8]))
        await world.worked()
        return await services.observations.sweep()

    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: services.suggestions.approve(admin, suggested.id, DisasterDetails()),
        lambda: services.suggestions.discard(admin, suggested.id, Discard(reason="no")),
        lambda: services.disasters.edit(admin, suggested.id, DisasterEdit(phase=chance.choice(list(Phase)))),
        lambda: services.participants.join(person, suggested.id, Join()),
        lambda: services.observations.edit(person, reported.id, ObservationEdit(title=f"T{passed}")),
        judge,
        sweep,
    ]
    for _ in range(40):
        before = await disasters.get(suggested.id), await observations.get(reported.id)
        [outcome] = await asyncio.gather(chance.choice(steps)(), return_exceptions=True)
        after = await disasters.get(suggested.id), await observations.get(reported.id)
        if isinstance(outcome, BaseException):
            assert isinstance(outcome, Conflict | Invalid), outcome
            assert after == before
            continue
        passed += 1
        assert legal(before[0], after[0])
        stood, stands = before[1].status, after[1].status
        assert stands is stood or stands in OBSERVATION_MOVES[stood]
        for document, kept in zip(before, after, strict=True):
            assert kept.version >= document.version
    assert passed > 5
