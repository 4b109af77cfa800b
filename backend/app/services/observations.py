"""Field reports: taken from people in a disaster, corroborated by others, judged by coordinators, let go in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.clock import Clock
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.geo import Area
from app.core.ids import keyed_id
from app.core.queue import Job, JobQueue
from app.crud.disasters import DisasterRepository
from app.crud.keyed import made_before
from app.crud.observations import ObservationRepository
from app.crud.pages import Changes, Page
from app.crud.unit import Unit, together
from app.crud.users import UserRepository
from app.schemas.audit import Act, Actor
from app.schemas.base import Tombstone, body_hash
from app.schemas.disaster import DisasterStatus
from app.schemas.observation import Observation, ObservationFilter
from app.schemas.observation_bodies import ObservationCreate, ObservationEdit, ObservationStatusChange
from app.schemas.observation_kinds import Lifetimes, ObservationKind
from app.schemas.observation_states import CREDIBLE, ObservationStatus
from app.schemas.observation_views import ObservationView, PublicObservation
from app.schemas.request_parts import Media, MediaGiven
from app.schemas.user import User
from app.services.addresses import Addresses

log = structlog.get_logger(__name__)

BATCH = 500


@dataclass(frozen=True)
class Observations:
    observations: ObservationRepository
    disasters: DisasterRepository
    users: UserRepository
    lifetimes: Lifetimes
    addresses: Addresses
    queue: JobQueue
    clock: Clock

    async def report(
        self, caller: User, body: ObservationCreate, *, idempotency_key: str | None = None
    ) -> tuple[Observation, bool]:
        """Keep what somebody in the disaster has seen, and whether it is new; linked to the first report of the same.

        `NotFound` for a disaster that the caller does not take part in.
        """
        _expect_member(caller, body.disaster_id)
        media = self._elsewhere(body.media)
        observation = Observation.reported(
            body,
            media=media,
            id=keyed_id("observation", caller.id, idempotency_key),
            by=caller.id,
            body_hash=body_hash(body),
            lifetimes=self.lifetimes,
            at=self.clock(),
        )
        act = Act(event="observation.reported", by=caller.id, actor=Actor.OWNER)

        async def step(unit: Unit) -> tuple[Observation, bool]:
            disaster = await unit.get(self.disasters, body.disaster_id)
            first = await made_before(unit, self.observations, observation)
            if first is not None:
                return first, False
            disaster.joinable()
            return unit.add(self.observations, observation, act), True

        kept, new = await together(
            self.observations.store, self.clock, step, keys=[self.observations.key(observation.id)]
        )
        if new:
            log.info("observation.reported", id=kept.id, kind=kept.kind)
        return await self._linked(kept), new

    async def listed(
        self, caller: User, disaster_id: str, wanted: ObservationFilter, *, limit: int, cursor: str | None
    ) -> Page[Observation]:
        """Observations of a disaster that the caller takes part in, seen last first."""
        _expect_member(caller, disaster_id)
        await self.disasters.get(disaster_id)
        return await self.observations.newest(disaster_id, wanted, limit=limit, cursor=cursor)

    async def changed(
        self, caller: User, disaster_id: str, since: datetime, *, limit: int, cursor: str | None
    ) -> Changes[Observation]:
        """What has changed among the observations of a disaster that the caller takes part in."""
        _expect_member(caller, disaster_id)
        await self.disasters.get(disaster_id)
        return await self.observations.changed_in(disaster_id, since, limit=limit, cursor=cursor)

    async def public(
        self,
        disaster_id: str,
        *,
        kind: ObservationKind | None,
        area: Area | None,
        limit: int,
        cursor: str | None,
    ) -> Page[Observation]:
        """Verified observations of a registered disaster, seen last first."""
        disaster = await self.disasters.get(disaster_id)
        if disaster.status is not DisasterStatus.REGISTERED:
            raise NotFound("There is no such disaster.")
        wanted = ObservationFilter(status=ObservationStatus.VERIFIED, kind=kind, area=area)
        page = await self.observations.newest(disaster_id, wanted, limit=limit, cursor=cursor)
        now = self.clock()
        return Page(tuple(one for one in page.items if now < one.expires_at), page.next)

    async def get(self, caller: User, id: str) -> Observation:
        """An observation of one's own, or of a disaster one takes part in; `NotFound` otherwise."""
        observation = await self.observations.get(id)
        if observation.created_by != caller.id and not _member(caller, observation.disaster_id):
            raise NotFound("There is no such observation.")
        return observation

    async def edit(self, caller: User, id: str, edit: ObservationEdit) -> Observation:
        """Correct one's own report while nobody has judged it."""
        before = await self.get(caller, id)
        if before.created_by != caller.id:
            raise Forbidden("Only the person who reported it may change it.")
        media: tuple[Media, ...] = ()
        if edit.media is not None:
            media = self._elsewhere(edit.media)
        edited = before.edited(edit, self.lifetimes, self.clock(), media=media)
        if not edited.tells_of_the_same(before) and await self.observations.linked_to(id):
            raise Conflict("Others have reported the same, so kind and place stay; delete it and report anew.")
        act = Act(event="observation.edited", by=caller.id, actor=Actor.OWNER)
        kept = await self.observations.change(
            id, lambda latest: latest.edited(edit, self.lifetimes, self.clock(), media=media), act
        )
        return await self._linked(kept)

    def _elsewhere(self, given: Sequence[MediaGiven]) -> tuple[Media, ...]:
        """The photos of a report, which all may see: at addresses that are taken, and none of those kept here."""
        found = []
        for number, one in enumerate(given):
            url = self.addresses.portrait(one.url, field=f"media.{number}.url")
            if url is None:
                raise Invalid("A report names its photos by `url`.", field=f"media.{number}.url")
            found.append(Media(url=url, name=one.name, size=one.size, type=one.type))
        return tuple(found)

    async def judge(self, caller: User, id: str, change: ObservationStatusChange) -> Observation:
        """Verify, dispute or end an observation, as a coordinator of its disaster."""
        observation = await self.get(caller, id)
        if not caller.coordinates(observation.disaster_id):
            raise Forbidden("Only coordinators judge observations.")
        act = Act(event=f"observation.{change.status}", by=caller.id, actor=Actor.COORDINATOR, why=change.note)
        return await self.observations.change(id, lambda latest: latest.judged(change, caller.id, self.clock()), act)

    async def delete(self, caller: User, id: str) -> None:
        """Take a report back, or remove it as a coordinator. What corroborated it stands on its own again."""
        observation = await self.get(caller, id)
        owner = observation.created_by == caller.id
        if not owner and not caller.coordinates(observation.disaster_id):
            raise Forbidden("Only its author or a coordinator deletes an observation.")
        act = Act(event="observation.deleted", by=caller.id, actor=Actor.OWNER if owner else Actor.COORDINATOR)
        linked = [one.id for one in await self.observations.linked_to(id)][: BATCH // 4]

        async def step(unit: Unit) -> None:
            await unit.get(self.observations, id)
            others = await unit.find_many(self.observations, linked)
            left = [others[one] for one in linked if one in others and others[one].corroborates == id]
            for place, one in enumerate(left):
                now = {"corroborates": left[0].id if place else None, "followed": place == 0 and len(left) > 1}
                unit.put(self.observations, one.model_copy(update=now), act)
            unit.remove(self.observations, id, act)

        await together(self.observations.store, self.clock, step, keys=[self.observations.key(id)])

    async def sweep(self) -> int:
        """Ring for every observation whose time has run out; returns how many."""
        due = await self.observations.due(at=self.clock(), limit=BATCH)
        for id in due:
            await self.queue.put(Job.LAPSE, id)
        return len(due)

    async def expire(self, id: str) -> None:
        """Let one go whose time has run out; twice is as good as once."""
        try:
            await self.observations.change(
                id, lambda latest: latest.expired(self.clock()), Act(event="observation.expired")
            )
        except NotFound:
            log.info("observation.gone", id=id)

    async def view(self, caller: User, observation: Observation) -> ObservationView:
        return (await self.views(caller, [observation]))[0]

    async def views(self, caller: User, observations: Sequence[Observation]) -> list[ObservationView]:
        """The observations as the caller may see them, with how many others say the same."""
        counts = await self.observations.corroborations([one.id for one in observations])
        told = {one.created_by for one in observations if caller.coordinates(one.disaster_id)}
        names = {id: user.display_name for id, user in (await self.users.get_many(sorted(told))).items()}
        return [
            ObservationView.of(
                one,
                corroborated_by=counts[one.id],
                mine=one.created_by == caller.id,
                reporter=names.get(one.created_by) if caller.coordinates(one.disaster_id) else None,
            )
            for one in observations
        ]

    async def told(self, caller: User, changes: Sequence[Observation | Tombstone]) -> list[ObservationView | Tombstone]:
        """Changes as the caller may see them, in their order."""
        views = await self.views(caller, [one for one in changes if isinstance(one, Observation)])
        by_id = {view.id: view for view in views}
        return [by_id[one.id] if isinstance(one, Observation) else one for one in changes]

    @staticmethod
    def public_views(observations: Sequence[Observation]) -> list[PublicObservation]:
        """What everybody may know: the place without its address, which may be somebody's."""
        return [
            PublicObservation.of(one, location=one.location.model_copy(update={"address": None}))
            for one in observations
        ]

    async def _linked(self, observation: Observation) -> Observation:
        """Linked with other people's reports of the same, whichever came first.

        Both of two that arrive at once look around after they are kept, so at least one of them sees the other.
        """
        if observation.status is not ObservationStatus.REPORTED or observation.corroborates is not None:
            return observation
        links = corroborations(observation, await self.observations.alike(observation))
        for later, first in links.items():
            linked = await self.link(later, first)
            if linked is not None and linked.id == observation.id:
                observation = linked
        return observation

    async def link(self, later: str, first: str) -> Observation | None:
        """One report with the first of the same, as long as nobody stands behind the one and the other is first."""

        async def step(unit: Unit) -> Observation | None:
            found = await unit.find_many(self.observations, [later, first])
            if len(found) < 2 or found[later].followed or found[first].corroborates is not None:
                return found.get(later)
            at = self.clock()
            linked = found[later].corroborating(first, at)
            if linked is not found[later]:
                unit.put(self.observations, found[first].model_copy(update={"followed": True}), _LINKED)
            return unit.put(self.observations, linked, _LINKED)

        return await together(self.observations.store, self.clock, step)


def corroborations(observation: Observation, alike: Sequence[Observation]) -> dict[str, str]:
    """Which report now corroborates which first one, by id: reports of the same that are another person's.

    The first is the one that others stand behind already, else the earliest. One person counts once for it, however
    often they repeat it.
    """
    others = sorted((one for one in alike if one.status in CREDIBLE), key=_age)
    firsts = [one for one in others if one.corroborates is None and one.created_by != observation.created_by]
    mine = {one.corroborates or one.id for one in others if one.created_by == observation.created_by}
    earlier = [one for one in firsts if one.followed or _age(one) < _age(observation)]
    if earlier and not observation.followed:
        first = next((one for one in earlier if one.followed), earlier[0])
        return {} if first.id in mine else {observation.id: first.id}
    people = {one.created_by for one in others if one.corroborates == observation.id}
    links: dict[str, str] = {}
    for one in firsts if observation.followed or not mine else ():
        if one.created_by not in people and not one.followed:
            people.add(one.created_by)
            links[one.id] = observation.id
    return links


_LINKED = Act(event="observation.corroborated")


def _age(one: Observation) -> tuple[object, str]:
    return one.created_at, one.id


def _member(caller: User, disaster_id: str) -> bool:
    return caller.coordinates(disaster_id) or disaster_id in caller.joined


def _expect_member(caller: User, disaster_id: str) -> None:
    if not _member(caller, disaster_id):
        raise NotFound("There is no such disaster among those you take part in.")
