"""People, and everything the product holds of them: shown to them, let go of, kept no longer than it may be."""

import asyncio
from dataclasses import dataclass
from typing import Self

from app.crud.schedules import Schedules
from app.services.anonymising import Anonymising
from app.services.belongings import Belongings, all_belongings
from app.services.delivery import Delivery
from app.services.devices import Devices, OldDevices
from app.services.exports import Exports
from app.services.forgettings import Forgettings
from app.services.profiles import Profiles
from app.services.retention import Retention, kinds_kept
from app.services.sign_ins import SignIns
from app.services.standings import Standings
from app.services.users import Users
from app.services.wiring.calls import Calls
from app.services.wiring.common import Common
from app.services.wiring.places import Places


@dataclass(frozen=True, repr=False)
class People:
    users: Users
    standings: Standings
    sign_ins: SignIns
    profiles: Profiles
    devices: Devices
    delivery: Delivery
    exports: Exports
    forgettings: Forgettings
    anonymising: Anonymising
    retention: Retention

    @classmethod
    def over(cls, common: Common, calls: Calls, places: Places) -> Self:
        edges, kept = common.edges, common.repositories
        devices = Devices(users=kept.users, holders=kept.holders, clock=edges.clock)
        anonymising = _anonymising(common, calls)
        standings = _standings(common)
        sign_ins = _sign_ins(common, standings)
        profiles = _profiles(common)
        belongings = _belongings(common, calls, places, devices, anonymising)
        return cls(
            users=_users(common, calls, sign_ins, profiles, devices),
            profiles=profiles,
            standings=standings,
            sign_ins=sign_ins,
            devices=devices,
            delivery=_delivery(common, devices),
            exports=Exports(belongings=belongings, access=common.access, clock=edges.clock),
            forgettings=_forgettings(common, belongings, anonymising),
            anonymising=anonymising,
            retention=_retention(common, anonymising, devices),
        )


def _standings(common: Common) -> Standings:
    edges = common.edges
    # This node's own accounts are asked each time: that costs less than remembering would save.
    return Standings(directory=edges.directory, seconds=0 if edges.identity else edges.settings.standing_seconds)


def _sign_ins(common: Common, standings: Standings) -> SignIns:
    edges, kept = common.edges, common.repositories
    return SignIns(
        users=kept.users,
        untold=kept.untold,
        directory=edges.directory,
        standings=standings,
        queue=edges.queue,
        clock=edges.clock,
    )


def _profiles(common: Common) -> Profiles:
    edges = common.edges
    return Profiles(common.repositories.users, seconds=edges.settings.user_cache_seconds, news=edges.news)


def _users(common: Common, calls: Calls, sign_ins: SignIns, profiles: Profiles, devices: Devices) -> Users:
    edges = common.edges
    return Users(
        users=common.repositories.users,
        profiles=profiles,
        addresses=edges.addresses,
        access=common.access,
        tasks=calls.tasks,
        devices=devices,
        sign_ins=sign_ins,
        queue=edges.queue,
        clock=edges.clock,
        country=edges.settings.country,
    )


def _delivery(common: Common, devices: Devices) -> Delivery:
    edges, settings = common.edges, common.edges.settings
    return Delivery(
        notifications=common.repositories.notifications,
        users=common.repositories.users,
        devices=devices,
        queue=edges.queue,
        push=edges.push,
        clock=edges.clock,
        metrics=edges.metrics,
        attempts=settings.push_attempts,
        first_pause=settings.retry_seconds,
        slots=asyncio.Semaphore(settings.push_at_once),
    )


def _anonymising(common: Common, calls: Calls) -> Anonymising:
    return Anonymising(
        cases=common.cases,
        attachments=calls.attachments,
        audit=common.repositories.audit,
        notifications=common.repositories.notifications,
        queue=common.edges.queue,
        clock=common.edges.clock,
    )


def _belongings(
    common: Common, calls: Calls, places: Places, devices: Devices, anonymising: Anonymising
) -> tuple[Belongings, ...]:
    edges, kept = common.edges, common.repositories
    return all_belongings(
        directory=edges.directory,
        identity=edges.identity,
        tasks=calls.tasks,
        participants=places.participants,
        uploads=calls.media,
        messages=kept.messages,
        observations=kept.observations,
        resources=places.resources,
        devices=devices,
        threads=kept.threads,
        notifications=common.notifications,
        anonymising=anonymising,
        audit=kept.audit,
        queue=edges.queue,
        clock=edges.clock,
        country=edges.settings.country,
    )


def _forgettings(common: Common, belongings: tuple[Belongings, ...], anonymising: Anonymising) -> Forgettings:
    return Forgettings(
        users=common.repositories.users,
        forgettings=common.repositories.forgettings,
        belongings=belongings,
        anonymising=anonymising,
        queue=common.edges.queue,
        clock=common.edges.clock,
    )


def _retention(common: Common, anonymising: Anonymising, devices: Devices) -> Retention:
    edges = common.edges
    return Retention(
        kinds={**kinds_kept(edges.store, anonymising), "devices": OldDevices(devices, common.repositories.audit)},
        days=edges.settings.retention_days,
        schedules=Schedules(edges.store, edges.clock),
        queue=edges.queue,
        clock=edges.clock,
    )
