"""Documents read before are known again by their revision, and views by their document."""

from datetime import timedelta

from app.core.clock import utc_now
from app.crud.shelf import Shelf
from app.crud.store.documents import Data, Key, Snapshot
from app.schemas.base import Location
from app.schemas.request_bodies import RequestEdit
from app.schemas.request_views import ClusterOfRequest, RequestView
from app.schemas.user import User
from tests.world import World


def named(data: Data) -> list[object]:
    return [data["name"]]


def snapshot(id: str, revision: str = "1", name: str = "depot") -> Snapshot:
    return Snapshot(Key("resources", id), {"name": name}, revision)


def never() -> Data:
    raise AssertionError("This was read before: it is not to be unpacked again.")


def test_what_has_the_same_revision_is_the_same_object_and_is_not_unpacked_again() -> None:
    shelf = Shelf[list[object]]()
    first = shelf.read(snapshot("a"), named)

    assert shelf.read(Snapshot(Key("resources", "a"), never, "1"), named) is first


def test_what_was_written_since_is_read_anew() -> None:
    shelf = Shelf[list[object]]()
    shelf.read(snapshot("a"), named)

    assert shelf.read(snapshot("a", "2", "school"), named) == ["school"]
    assert shelf.read(snapshot("a", "1"), named) == ["depot"], "even where an older one comes late"


def test_what_was_not_read_for_longest_goes_first() -> None:
    shelf = Shelf[list[object]](most=2)
    first, second = (shelf.read(snapshot(id), named) for id in "ab")
    shelf.read(snapshot("a"), named)
    shelf.read(snapshot("c"), named)

    assert shelf.read(snapshot("a"), named) is first
    assert shelf.read(snapshot("b"), named) is not second


async def test_a_list_shows_what_another_process_has_written_in_between(world: World) -> None:
    owner = await world.person("owner")
    elsewhere = World.over(world.services.store)
    request = await world.asked(owner, "We need water")
    before = await listed(world, owner)
    await elsewhere.services.requests.edit(owner, request.id, RequestEdit(description="We need food"))

    assert [one.description for one in before] == ["We need water"]
    assert [one.description for one in await listed(world, owner)] == ["We need food"]


async def listed(world: World, owner: User) -> list[RequestView]:
    page = await world.services.requests.mine(owner, limit=10, cursor=None)
    return [RequestView.of(one) for one in page.items]


async def test_a_view_is_of_its_own_document_and_of_what_is_shown_beside_it(world: World) -> None:
    request = await world.asked(await world.person("owner"))
    cluster = ClusterOfRequest(id="c", first_request_id="r", severity=None, size=2, links=())
    plain, beside = RequestView.of(request), RequestView.beside(request, cluster)
    moved = request.model_copy(update={"location": Location(lat=1, lng=2), "updated_at": utc_now() + timedelta(1)})

    assert RequestView.of(request) is plain
    assert (plain.cluster, beside.cluster) == (None, cluster), "whoever sees no cluster is not shown another's view"
    assert RequestView.beside(request, None) is plain
    assert RequestView.of(moved).location == Location(lat=1, lng=2)
