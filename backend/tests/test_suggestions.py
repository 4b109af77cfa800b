"""Suggesting a disaster, and what an admin makes of it."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.errors import Conflict, Invalid
from app.schemas.base import Location
from app.schemas.disaster import (
    STATUS_MOVES,
    Disaster,
    DisasterDetails,
    DisasterSeverity,
    DisasterStatus,
    DisasterSuggest,
    Discard,
    Phase,
    SuggestedBy,
)
from app.schemas.notification import NotificationKind
from app.schemas.request_bodies import RequestCreate
from app.schemas.request_parts import NOT_LISTED
from app.schemas.user import SUGGESTIONS_AT_ONCE, User
from app.schemas.vocabulary import RoleId
from tests.serving import client
from tests.world import HERE, World

SUGGESTED = DisasterSuggest(name="Landslide above Aranayake", location=HERE, evidence="The slope is cracking.")


async def suggest(world: World, who: User, **more: Any) -> Disaster:
    disaster, _ = await world.services.suggestions.suggest(who, SUGGESTED.model_copy(update=more))
    return disaster


async def told(world: World, who: User) -> list[tuple[NotificationKind, str, str | None]]:
    page = await world.services.notifications.inbox(who, limit=10, cursor=None)
    return [(one.kind, one.body, one.disaster_id) for one in page.items]


async def test_approving_registers_it_as_corrected_and_tells_who_suggested_it(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    disaster = await suggest(world, owner)
    assert (disaster.status, disaster.phase, disaster.suggested_by) == (
        DisasterStatus.PENDING,
        None,
        SuggestedBy.PERSON,
    )

    details = DisasterDetails(severity=DisasterSeverity.HIGH, location=Location(lat=7.15, lng=80.47))
    await world.services.suggestions.approve(admin, disaster.id, details)

    kept = await world.services.disasters.disasters.get(disaster.id)
    assert (kept.status, kept.phase, kept.severity) == (DisasterStatus.REGISTERED, Phase.ACTIVE, DisasterSeverity.HIGH)
    assert (kept.name, kept.location.lat, kept.decided_by) == (SUGGESTED.name, 7.15, "admin")
    assert await told(world, owner) == [(NotificationKind.DISASTER_REGISTERED, SUGGESTED.name, disaster.id)]
    entries = await world.services.requests.audit.of(f"disasters/{disaster.id}")
    assert [(one.event, one.by) for one in entries] == [("disaster.suggested", "owner"), ("disaster.approved", "admin")]


async def test_discarding_is_for_a_reason_that_is_told(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    disaster = await suggest(world, owner)

    await world.services.suggestions.discard(admin, disaster.id, Discard(reason="Cleared an hour ago."))

    kept = await world.services.disasters.disasters.get(disaster.id)
    assert (kept.status, kept.status_reason) == (DisasterStatus.REJECTED, "Cleared an hour ago.")
    assert await told(world, owner) == [(NotificationKind.DISASTER_DISCARDED, "Cleared an hour ago.", disaster.id)]


@pytest.mark.parametrize("first", [DisasterStatus.REGISTERED, DisasterStatus.REJECTED])
async def test_what_is_decided_is_not_decided_again(world: World, first: DisasterStatus) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    disaster = await suggest(world, owner)
    suggestions = world.services.suggestions
    if first is DisasterStatus.REGISTERED:
        await suggestions.approve(admin, disaster.id, DisasterDetails())
    else:
        await suggestions.discard(admin, disaster.id, Discard(reason="No."))

    for again in (
        suggestions.approve(admin, disaster.id, DisasterDetails(name="Renamed")),
        suggestions.discard(admin, disaster.id, Discard(reason="Yes?")),
    ):
        with pytest.raises(Conflict) as refused:
            await again
        assert refused.value.extra["allowed"] == sorted(STATUS_MOVES[first]) == []
    kept = await world.services.disasters.disasters.get(disaster.id)
    assert (kept.status, kept.name) == (first, SUGGESTED.name)
    assert len(await told(world, owner)) == 1


async def test_of_20_suggestions_at_once_5_are_kept(world: World) -> None:
    owner = await world.person("owner")

    sent = await asyncio.gather(
        *(suggest(world, owner, name=f"Disaster {n}") for n in range(20)), return_exceptions=True
    )

    kept = [one for one in sent if isinstance(one, Disaster)]
    assert len(kept) == SUGGESTIONS_AT_ONCE == 5
    assert all(isinstance(one, Disaster | Conflict) for one in sent)
    assert set((await world.services.users.users.get("owner")).suggested) == {one.id for one in kept}


async def test_a_decision_makes_room_for_another_suggestion(world: World) -> None:
    admin, owner = await world.person("admin", RoleId.ADMIN), await world.person("owner")
    first, *_ = [await suggest(world, owner, name=f"Disaster {n}") for n in range(5)]
    with pytest.raises(Conflict):
        await suggest(world, owner, name="Sixth")

    await world.services.suggestions.approve(admin, first.id, DisasterDetails())

    assert (await suggest(world, owner, name="Sixth")).status is DisasterStatus.PENDING


async def test_a_repeat_with_the_same_key_finds_the_first_even_when_no_more_are_taken(world: World) -> None:
    owner = await world.person("owner")
    keep = world.services.suggestions.suggest
    sent = await asyncio.gather(*(keep(owner, SUGGESTED, idempotency_key="k") for _ in range(8)))
    for n in range(4):
        await suggest(world, owner, name=f"Disaster {n}")

    again, new = await keep(owner, SUGGESTED, idempotency_key="k")

    assert {one.id for one, _ in sent} == {again.id}
    assert (sum(fresh for _, fresh in sent), new) == (1, False)
    with pytest.raises(Invalid):
        await keep(owner, SUGGESTED.model_copy(update={"name": "Other"}), idempotency_key="k")


async def test_a_call_for_help_in_a_disaster_that_is_not_registered_is_kept_without_one(world: World) -> None:
    owner = await world.person("owner")
    disaster = await suggest(world, owner)

    body = RequestCreate(description="We need water", disaster_id=disaster.id)
    request, _ = await world.services.requests.submit(owner, body)

    assert (request.disaster_id, request.group) == (None, NOT_LISTED)


async def test_both_addresses_list_what_waits_newest_first_for_coordinators_only(api: FastAPI) -> None:
    services = api.state.services
    world = World(services, services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    await world.person("responder", RoleId.FIRST_RESPONDER)
    body = {"name": "First", "location": {"lat": 6.7, "lng": 80.4}, "evidence": "I see it."}
    async with client(api, "owner") as http:
        first = await http.post("/disasters/suggestions", json=body)
        second = await http.post("/disasters/suggestions", json={**body, "name": "Second"})
        assert (first.status_code, first.json()["status"]) == (201, "Pending")
        assert (await http.get("/disasters/suggestions")).status_code == 403
        decided = await http.post(f"/disasters/{first.json()['id']}/approve")
        assert decided.status_code == 403
    async with client(api, "responder") as http:
        one, two = await http.get("/disasters/suggestions"), await http.get("/disasters/agent-suggested/")
        assert one.json() == two.json()
        assert [found["name"] for found in one.json()] == ["Second", "First"]
        assert {found["evidence"] for found in one.json()} == {"I see it."}
        paged = await http.get("/disasters/suggestions?limit=1")
        assert [found["name"] for found in (await http.get(paged.links["next"]["url"])).json()] == ["First"]
    async with client(api, "admin") as http:
        decided = await http.post(f"/disasters/{first.json()['id']}/approve")
        assert (decided.status_code, decided.json()["phase"]) == (200, "active")
        again = await http.post(f"/disasters/{first.json()['id']}/approve", json={"name": "x"})
        assert (again.status_code, again.json()["allowed"]) == (409, [])
        discarded = await http.post(f"/disasters/{second.json()['id']}/discard", json={"reason": "Small."})
        assert discarded.json()["status_reason"] == "Small."
        assert (await http.get("/disasters/suggestions")).json() == []
