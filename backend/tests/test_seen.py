"""What was read a moment ago is changed without being read again, and as it is now where it has changed since."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from app.core.clock import utc_now
from app.core.errors import Conflict
from app.crud.store.documents import Key, Snapshot
from app.crud.store.sqlite import SqliteStore
from app.crud.unit import Unit, together
from app.schemas.resource import Resource
from app.schemas.vocabulary import Item
from tests.world import SEED, World


class CountingStore(SqliteStore):
    asked = 0

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        self.asked += 1
        return await super().get_many(keys)


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncIterator[CountingStore]:
    store = CountingStore(tmp_path / "counted.db")
    yield store
    await store.close()


def with_one_more(stock: Resource) -> Resource:
    return stock.model_copy(update={"quantity": stock.quantity + 1})


def without_more_than_ten(stock: Resource) -> Resource:
    if stock.quantity > 10:
        raise Conflict("There is enough.")
    return with_one_more(stock)


async def test_what_was_seen_is_not_read_again(counting: CountingStore) -> None:
    world = World.over(counting)
    await world.stock(Item.BLANKET, 10)
    stocks = world.services.resources.resources
    seen = await stocks.get("depot")
    counting.asked = 0

    changed = await stocks.change("depot", with_one_more, SEED, seen=seen)

    assert (changed.quantity, changed.version, counting.asked) == (11, 2, 0)
    assert (await stocks.get("depot")) == changed


async def test_what_has_changed_since_is_changed_as_it_is_now(world: World) -> None:
    await world.stock(Item.BLANKET, 10)
    stocks = world.services.resources.resources
    seen = await stocks.get("depot")
    await stocks.change("depot", with_one_more, SEED)

    changed = await stocks.change("depot", with_one_more, SEED, seen=seen)

    assert (changed.quantity, changed.version) == (12, 3)


async def test_an_objection_to_what_was_so_before_does_not_count(world: World) -> None:
    await world.stock(Item.BLANKET, 11)
    stocks = world.services.resources.resources
    seen = await stocks.get("depot")
    await stocks.change("depot", lambda stock: stock.model_copy(update={"quantity": 5}), SEED)

    changed = await stocks.change("depot", without_more_than_ten, SEED, seen=seen)

    assert changed.quantity == 6
    with pytest.raises(Conflict):
        await stocks.change("depot", lambda stock: without_more_than_ten(with_many(stock)), SEED, seen=changed)


def with_many(stock: Resource) -> Resource:
    return stock.model_copy(update={"quantity": 100})


async def test_no_change_is_made_of_what_is_not_there_any_more(world: World) -> None:
    await world.stock(Item.BLANKET, 10)
    stocks = world.services.resources.resources
    seen = await stocks.get("depot")
    await stocks.remove("depot", SEED)

    with pytest.raises(Exception, match="no such"):
        await stocks.change("depot", with_one_more, SEED, seen=seen)


async def test_two_that_were_seen_apart_move_as_one_or_not_at_all(world: World) -> None:
    for id in ("east", "west"):
        await world.stock(Item.BLANKET, 10, id=id)
    stocks = world.services.resources.resources
    seen = [await stocks.get(id) for id in ("east", "west")]
    await stocks.change("west", with_one_more, SEED)

    async def step(unit: Unit) -> int:
        both = await unit.find_many(stocks, ["east", "west"])
        total = sum(one.quantity for one in both.values())
        unit.put(stocks, both["east"].model_copy(update={"quantity": total, "updated_at": utc_now()}), SEED)
        return total

    assert await together(world.services.store, utc_now, step, seen=stocks.seen(*seen)) == 21
    assert (await stocks.get("east")).quantity == 21
