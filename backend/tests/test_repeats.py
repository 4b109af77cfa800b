"""A sender who says it again: offered to add it to the first, which is theirs alone to decide."""

import pytest

from app.core.errors import Conflict, Forbidden, NotFound
from app.schemas.request_parts import MediaGiven
from app.schemas.request_states import Stage, Status
from app.schemas.vocabulary import RoleId
from app.schemas.workflow import Approval, PlanDecision
from tests.telling import CRY, asked, edited, metres_away, moved, offers
from tests.uploads import EXTERNAL, by_id, kept, uploaded
from tests.world import World


async def test_who_says_it_again_is_offered_to_add_it_to_the_first_once(world: World) -> None:
    first = await asked(world, "one")
    await asked(world, "two")
    again = await asked(world, "one", f"{CRY}. Nobody came yet")
    third = await asked(world, "one", f"{CRY}!!!")
    await edited(world, again, description=f"{CRY}. Still nobody came")

    assert (await world.request(first.id)).repeats is None
    assert [(await world.request(one.id)).repeats for one in (again, third)] == [first.id, first.id]
    assert await offers(world, "one") == [third.id, again.id]
    assert await offers(world, "two") == []


async def test_two_needs_of_one_sender_are_no_repeat(world: World) -> None:
    await asked(world, "one", "House 12 Temple Road, family of four needs drinking water")
    second = await asked(world, "one", "House 31 Temple Road, family of six needs rice and dhal")

    assert (second.repeats, second.cluster_id) == (None, None)


async def test_what_repeats_a_request_that_ended_repeats_it_no_more(world: World) -> None:
    first, again = await asked(world, "one"), await asked(world, "one")
    await moved(world, "one", first, Status.CANCELLED)

    assert (await world.request(again.id)).repeats is None


async def test_merging_moves_words_photos_and_place_into_the_first_and_ends_the_repeat(world: World) -> None:
    caller = await world.person("one")
    photo, elsewhere = await uploaded(world, caller), MediaGiven(url=EXTERNAL)
    first = await asked(world, "one", media=(elsewhere,))
    said_again = (elsewhere, by_id(photo))
    again = await asked(world, "one", f"{CRY}. Now we are five", media=said_again, location=metres_away(50))

    merged = await world.services.clusters.merge(caller, again.id)
    await world.worked()
    once_more = await world.services.clusters.merge(caller, again.id)

    merged, again = await world.request(merged.id), await world.request(again.id)
    assert once_more == merged
    assert merged.id == first.id
    assert merged.description == f"{CRY}\n{CRY}. Now we are five"
    assert merged.media == again.media
    assert (await kept(world, photo)).request_ids == (again.id, first.id)
    assert merged.location == metres_away(50)
    assert merged.stage is Stage.MATCHED, "assessed and planned anew"
    assert (again.status, again.status_reason) == (Status.CANCELLED, f"merged into {first.id}")
    assert again.repeats == first.id


async def test_merging_is_the_owners_and_only_while_nobody_has_decided(world: World) -> None:
    boss = await world.person("boss", RoleId.ADMIN)
    first, again = await asked(world, "one"), await asked(world, "one")
    one, stranger = await world.services.users.users.get("one"), await world.person("stranger")
    merge = world.services.clusters.merge

    for caller, request, error in ((stranger, again, NotFound), (boss, again, Forbidden), (one, first, Conflict)):
        with pytest.raises(error):
            await merge(caller, request.id)
    await world.services.plans.decide_plan(boss, first.id, PlanDecision(approval_status=Approval.APPROVED))
    with pytest.raises(Conflict, match="Leave this one as it is"):
        await merge(one, again.id)

    assert (await world.request(again.id)).status is Status.PENDING
