"""Disasters and what is kept of them: who takes part, what is seen, said and in stock there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from app.agent_v2.scout import Threshold
from app.schemas.observation_kinds import Lifetimes
from app.services.broadcasts import Broadcasts
from app.services.disasters import Disasters
from app.services.messages import Messages
from app.services.observations import Observations
from app.services.participants import Participants
from app.services.resources import Resources
from app.services.scout import Scout
from app.services.suggestions import Suggestions
from app.services.tasks import Tasks
from app.services.wiring.common import Common


@dataclass(frozen=True, repr=False)
class Places:
    disasters: Disasters
    participants: Participants
    suggestions: Suggestions
    scout: Scout
    observations: Observations
    messages: Messages
    broadcasts: Broadcasts
    resources: Resources

    @classmethod
    def over(cls, common: Common, tasks: Tasks) -> Self:
        edges, kept = common.edges, common.repositories
        suggestions = _suggestions(common)
        return cls(
            disasters=Disasters(disasters=kept.disasters, users=kept.users, clock=edges.clock),
            participants=_participants(common, tasks),
            suggestions=suggestions,
            scout=_scout(common, suggestions),
            observations=_observations(common),
            messages=_messages(common),
            broadcasts=_broadcasts(common),
            resources=Resources(
                resources=kept.resources, disasters=kept.disasters, queue=edges.queue, clock=edges.clock
            ),
        )


def _participants(common: Common, tasks: Tasks) -> Participants:
    return Participants(
        disasters=common.repositories.disasters,
        users=common.repositories.users,
        tasks=tasks,
        notifications=common.notifications,
        queue=common.edges.queue,
        clock=common.edges.clock,
    )


def _suggestions(common: Common) -> Suggestions:
    return Suggestions(
        disasters=common.repositories.disasters,
        users=common.repositories.users,
        notifications=common.notifications,
        clock=common.edges.clock,
    )


def _scout(common: Common, suggestions: Suggestions) -> Scout:
    edges, settings = common.edges, common.edges.settings
    return Scout(
        requests=common.repositories.requests,
        disasters=common.repositories.disasters,
        turns=common.repositories.turns,
        suggestions=suggestions,
        queue=edges.queue,
        clock=edges.clock,
        threshold=Threshold(
            requests=settings.suggest_requests,
            senders=settings.suggest_senders,
            radius_km=settings.suggest_radius_km,
            hours=settings.suggest_hours,
        ),
        every=timedelta(seconds=settings.suggest_every_seconds),
    )


def _broadcasts(common: Common) -> Broadcasts:
    edges, kept = common.edges, common.repositories
    return Broadcasts(
        broadcasts=kept.broadcasts,
        disasters=kept.disasters,
        outbox=kept.notifications,
        notifications=common.notifications,
        turns=kept.turns,
        queue=edges.queue,
        clock=edges.clock,
    )


def _observations(common: Common) -> Observations:
    edges, kept = common.edges, common.repositories
    return Observations(
        observations=kept.observations,
        disasters=kept.disasters,
        users=kept.users,
        lifetimes=Lifetimes.changed(edges.settings.observation_hours),
        addresses=edges.addresses,
        queue=edges.queue,
        clock=edges.clock,
    )


def _messages(common: Common) -> Messages:
    return Messages(
        messages=common.repositories.messages,
        disasters=common.repositories.disasters,
        users=common.repositories.users,
        notifications=common.notifications,
        clock=common.edges.clock,
    )
