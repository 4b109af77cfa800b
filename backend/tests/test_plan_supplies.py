"""Supplies of a plan, edited and approved one by one."""

import asyncio

import pytest

from app.core.errors import Invalid
from app.schemas.audit import Act
from app.schemas.request_states import Stage
from app.schemas.vocabulary import Item
from app.schemas.workflow import (
    Approval,
    ResourceDecision,
    ResourceSuggestion,
)
from tests.plans_by_hand import APPROVE_RESOURCE, REJECT_TASK, admin_of, of_item, planned, supply
from tests.world import World


async def test_a_supply_edited_and_approved_in_one_call_reserves_what_it_says_now(world: World) -> None:
    admin, request, before = await planned(world)
    await world.stock(Item.DRINKING_WATER, 100, id="water")
    await world.stock(Item.BLANKET, 100, id="blankets")
    await world.worked()
    water = of_item(before, Item.DRINKING_WATER)
    shares = [{"task_id": before.tasks[0].id, "quantity": 7}]

    decided = await world.services.plans.decide_resource(
        admin,
        request.id,
        water.id,
        ResourceDecision.model_validate(
            {
                "type": "Warm blankets",
                "total_quantity": 9,
                "breakdown": shares,
                "quantity": None,
                "substitution_for": "sleeping bags",
                "approval_status": "approved",
            }
        ),
    )

    assert (decided.type, decided.item, decided.total_quantity, decided.quantity) == (
        "Warm blankets",
        Item.BLANKET,
        9,
        None,
    )
    assert [share.quantity for share in decided.breakdown] == [7]
    assert [(share.stock_id, share.quantity) for share in decided.allocations] == [("blankets", 9)]
    assert decided.substitution_for == "sleeping bags"
    stocks = await world.services.resources.resources.get_many(["water", "blankets"])
    assert (stocks["water"].reserved, stocks["blankets"].reserved) == (0, 9)


async def test_more_than_there_is_approved_by_hand_reserves_what_there_is_and_says_what_is_short(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.stock(Item.BLANKET, 5)

    added = await world.services.plans.add_resource(
        admin, request.id, supply("Blankets", 8, approval_status="approved")
    )

    assert sum(share.quantity for share in added.allocations) == 5
    assert added.shortfall is not None
    assert added.shortfall.missing == 3
    assert (await world.services.resources.get("depot")).reserved == 5


async def test_of_20_supplies_approved_at_once_no_unit_is_promised_twice(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.stock(Item.BLANKET, 30)
    body = supply("Blankets", 2, approval_status="approved")

    made = await asyncio.gather(*(world.services.plans.add_resource(admin, request.id, body) for _ in range(20)))

    promised = sum(share.quantity for one in made for share in one.allocations)
    assert promised == (await world.services.resources.get("depot")).reserved == 30
    assert sum(one.shortfall.missing for one in made if one.shortfall) == 10


async def test_a_null_clears_and_a_field_left_out_stays(world: World) -> None:
    admin, request, _ = await planned(world)
    body = supply(quantity="bottles", substitution_for="juice")
    added = await world.services.plans.add_resource(admin, request.id, body)

    async def patched(**fields: object) -> ResourceSuggestion:
        change = ResourceDecision.model_validate(fields)
        return await world.services.plans.decide_resource(admin, request.id, added.id, change)

    resized = await patched(total_quantity=13)
    assert (resized.quantity, resized.substitution_for) == ("bottles", "juice")
    cleared = await patched(quantity=None, substitution_for=None, type=None, breakdown=None)
    assert (cleared.quantity, cleared.substitution_for, cleared.type) == (None, None, "Drinking water")


async def test_shares_beyond_the_total_or_of_an_unknown_task_are_refused_and_change_nothing(world: World) -> None:
    admin, request, before = await planned(world)
    water = of_item(before, Item.DRINKING_WATER)
    wrong = {
        "breakdown": {"breakdown": [{"task_id": before.tasks[0].id, "quantity": water.total_quantity + 1}]},
        "breakdown.0.task_id": {"breakdown": [{"task_id": "nowhere", "quantity": 1}], "approval_status": "approved"},
    }

    for field, change in wrong.items():
        with pytest.raises(Invalid) as refused:
            await world.services.plans.decide_resource(
                admin, request.id, water.id, ResourceDecision.model_validate(change)
            )
        assert refused.value.field == field
    with pytest.raises(Invalid):
        await world.services.plans.add_resource(
            admin, request.id, supply(breakdown=[{"task_id": "nowhere", "quantity": 1}])
        )

    assert await world.services.plans.get(admin, request.id) == before


async def test_the_matcher_looks_again_after_an_edit(world: World) -> None:
    admin, request, before = await planned(world)
    await world.stock(Item.BLANKET, 100, id="blankets")
    water = of_item(before, Item.DRINKING_WATER)

    await world.services.plans.decide_resource(admin, request.id, water.id, ResourceDecision(type="blankets"))
    await world.worked()

    after = (await world.services.plans.get(admin, request.id)).resource(water.id)
    assert {share.item for share in after.allocations} == {Item.BLANKET}
    assert sum(share.quantity for share in after.allocations) == after.total_quantity


async def test_an_edit_takes_up_what_the_machine_had_given_up(world: World) -> None:
    admin, request, before = await planned(world)
    failed = Act(event="test.failed")
    await world.services.requests.cases.requests.change(
        request.id, lambda one: one.model_copy(update={"stage": Stage.NEEDS_HUMAN, "wants_match": False}), failed
    )

    await world.services.plans.decide_task(admin, request.id, before.tasks[0].id, REJECT_TASK)
    await world.worked()
    assert (await world.request(request.id)).stage is Stage.NEEDS_HUMAN
    water = of_item(before, Item.DRINKING_WATER)
    await world.services.plans.decide_resource(admin, request.id, water.id, ResourceDecision(total_quantity=3))
    await world.worked()

    assert (await world.request(request.id)).stage is Stage.MATCHED


async def test_no_stock_is_guessed_for_words_that_nobody_knows(world: World) -> None:
    admin, request, _ = await planned(world)
    await world.stock(Item.OTHER, 50)

    added = await world.services.plans.add_resource(admin, request.id, supply("Chainsaws", 2))
    await world.worked()

    saws = (await world.services.plans.get(admin, request.id)).resource(added.id)
    assert (saws.type, saws.item, saws.allocations) == ("Chainsaws", Item.OTHER, ())
    assert saws.shortfall is not None
    assert "by hand" in saws.shortfall.cure
    await world.services.plans.decide_resource(admin, request.id, added.id, APPROVE_RESOURCE)
    assert (await world.services.resources.get("depot")).reserved == 0


async def test_a_supply_that_changes_under_the_matchers_hands_never_gets_another_items_stock(world: World) -> None:
    admin, request, before = await planned(world)
    await world.stock(Item.DRINKING_WATER, 500, id="water")
    await world.stock(Item.BLANKET, 500, id="blankets")
    water = of_item(before, Item.DRINKING_WATER)

    async def renamed() -> None:
        for n in range(6):
            words = ResourceDecision(type="blankets" if n % 2 else "drinking water", total_quantity=n + 1)
            await world.services.plans.decide_resource(admin, request.id, water.id, words)

    await asyncio.gather(renamed(), *(world.services.matchmaking.run(request.group) for _ in range(4)))
    decided = await world.services.plans.decide_resource(admin, request.id, water.id, APPROVE_RESOURCE)

    assert {share.item for share in decided.allocations} == {Item.BLANKET}
    stocks = await world.services.resources.resources.get_many(["water", "blankets"])
    assert (stocks["water"].reserved, stocks["blankets"].reserved) == (0, 6)


@pytest.mark.parametrize("total", [5, 77])
async def test_an_edit_and_an_approval_at_once_never_mix(world: World, total: int) -> None:
    await world.stock(Item.DRINKING_WATER, 500)
    admin, request, before = await planned(world)
    other = await admin_of(world, "other")
    water = of_item(before, Item.DRINKING_WATER)

    await asyncio.gather(
        world.services.plans.decide_resource(admin, request.id, water.id, ResourceDecision(total_quantity=total)),
        world.services.plans.decide_resource(other, request.id, water.id, APPROVE_RESOURCE),
        return_exceptions=True,
    )

    after = (await world.services.plans.get(admin, request.id)).resource(water.id)
    assert after.approval_status is Approval.APPROVED
    assert (await world.services.resources.get("depot")).reserved == after.total_quantity
