"""Photos that requests name: uploaded here by the same person, or elsewhere at an address that is taken."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.clock import utc_now
from app.core.errors import Invalid
from app.core.settings import Environment
from app.crud.store.port import Query, Store
from app.schemas.inbound import Channel, Inbound
from app.schemas.media import REQUESTS_EACH
from app.schemas.request_bodies import RequestCreate, RequestEdit
from app.schemas.request_parts import MediaGiven
from app.schemas.user import User
from app.schemas.user_bodies import ProfileEdit
from tests.photos import photo
from tests.uploads import BASE, EXTERNAL, asked, by_id, by_url, configured, kept, stored, uploaded
from tests.world import UidVerifier, World


@pytest.fixture
async def owner(world: World) -> User:
    return await world.person("owner")


@pytest.mark.parametrize("given", [by_id, by_url])
async def test_a_request_names_an_uploaded_photo_and_the_server_knows_what_it_is(
    world: World, owner: User, given: Any
) -> None:
    medium = await uploaded(world, owner, photo("PNG"))
    lie = given(medium).model_copy(update={"type": "video/mp4", "size": 1, "name": "roof.png"})

    request = await asked(world, owner, MediaGiven(url=EXTERNAL, type="image/jpeg", size=5), lie)

    elsewhere, ours = request.media
    assert (elsewhere.id, elsewhere.url, elsewhere.type, elsewhere.size) == (None, EXTERNAL, "image/jpeg", 5)
    assert (ours.id, ours.url) == (medium.id, f"{BASE}/media/{medium.id}")
    assert (ours.type, ours.size, ours.name) == ("image/png", medium.size, "roof.png")
    assert await world.request(request.id) == request
    kept = await stored(world, medium.id)
    assert kept is not None
    assert (kept.request_ids, kept.keep_until) == ((request.id,), None)


@pytest.mark.parametrize("given", [by_id, by_url])
async def test_a_photo_that_is_not_ones_own_or_not_there_refuses_the_request(
    world: World, owner: User, given: Any
) -> None:
    theirs = await uploaded(world, await world.person("other"))
    gone = await uploaded(world, owner)
    await world.services.media.delete(owner, gone.id)
    absent = theirs.model_copy(update={"id": "abcdefghij0123456789"})
    field = "url" if given is by_url else "id"
    before = await stored(world, theirs.id)

    for medium in (theirs, gone, absent):
        with pytest.raises(Invalid) as refused:
            await asked(world, owner, MediaGiven(url=EXTERNAL), given(medium))
        assert refused.value.field == f"media.1.{field}"

    assert await world.services.store.query(Query("requests")) == []
    assert await stored(world, theirs.id) == before


@pytest.mark.parametrize(
    "path",
    ["/media/", "/media/abc/..%2fdef", "/media/a/b", "/media/%00", "/media/%61%62", "/%6dedia/x", "/media/x?y=1"],
)
async def test_an_odd_address_below_ours_names_no_photo(world: World, owner: User, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        await asked(world, owner, MediaGiven(url=f"{BASE}{path}"))

    assert refused.value.field == "media.0.url"


async def test_an_edit_names_other_photos_and_lets_the_old_ones_go_after_a_day(world: World, owner: User) -> None:
    first, second, third = [await uploaded(world, owner) for _ in range(3)]
    request = await asked(world, owner, by_id(first), by_id(second))
    requests = world.services.requests

    edited = await requests.edit(owner, request.id, RequestEdit(media=(by_url(second), by_id(third))), base=BASE)

    assert [one.id for one in edited.media] == [second.id, third.id]
    assert [(await kept(world, one)).request_ids for one in (first, second, third)] == [
        (),
        (request.id,),
        (request.id,),
    ]
    left = (await kept(world, first)).keep_until
    assert left is not None
    assert timedelta(hours=23) < left - utc_now() <= timedelta(hours=24)
    untouched = await requests.edit(owner, request.id, RequestEdit(description="And blankets"))
    assert untouched.media == edited.media
    assert (await requests.edit(owner, request.id, RequestEdit(media=()))).media == ()
    assert (await kept(world, third)).request_ids == ()


async def test_what_a_request_names_can_be_sent_back_to_another_host_under_another_rule(store: Store) -> None:
    world = configured(store)
    owner = await world.person("owner")
    medium = await uploaded(world, owner)
    request = await asked(world, owner, MediaGiven(url=EXTERNAL), by_id(medium))
    later = configured(store, media_hosts=("photos.example.net",), public_url="https://resq.example.org")
    back = tuple(MediaGiven(**one.model_dump()) for one in request.media)

    edited = await later.services.requests.edit(owner, request.id, RequestEdit(title="Roof", media=back))

    assert [one.id for one in edited.media] == [None, medium.id]
    assert [one.url for one in edited.media] == [EXTERNAL, f"https://resq.example.org/media/{medium.id}"]
    assert (await kept(world, medium)).request_ids == (request.id,)
    with pytest.raises(Invalid):
        await later.services.requests.edit(owner, request.id, RequestEdit(media=(MediaGiven(url=f"{EXTERNAL}2"),)))


async def test_an_edit_that_names_a_strangers_photo_changes_nothing(world: World, owner: User) -> None:
    mine, theirs = await uploaded(world, owner), await uploaded(world, await world.person("other"))
    request = await asked(world, owner, by_id(mine))

    with pytest.raises(Invalid) as refused:
        await world.services.requests.edit(owner, request.id, RequestEdit(title="New", media=(by_id(theirs),)))

    assert refused.value.field == "media.0.id"
    assert (await world.request(request.id)).title == request.title
    assert (await kept(world, mine)).request_ids == (request.id,)


async def test_a_photo_named_twice_in_one_request_is_bound_once(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)

    request = await asked(world, owner, by_id(medium), by_url(medium))

    assert [one.id for one in request.media] == [medium.id, medium.id]
    assert (await kept(world, medium)).request_ids == (request.id,)


async def test_asking_again_without_a_key_is_not_refused_for_the_photo_of_the_first_time(
    world: World, owner: User
) -> None:
    medium = await uploaded(world, owner)
    first, second = [await asked(world, owner, by_id(medium)) for _ in range(2)]

    assert (await kept(world, medium)).request_ids == (first.id, second.id)
    await world.services.requests.delete(owner, first.id)
    assert (await kept(world, medium)).request_ids == (second.id,)
    await world.worked()
    assert medium.id in world.blobs.files


async def test_a_photo_is_named_by_so_many_requests_and_no_more(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)
    for _ in range(REQUESTS_EACH):
        await asked(world, owner, by_id(medium))

    with pytest.raises(Invalid):
        await asked(world, owner, by_id(medium))


async def test_a_repeated_call_for_help_finds_the_first_though_its_photo_is_gone_since(
    world: World, owner: User
) -> None:
    medium = await uploaded(world, owner)
    body = RequestCreate(description="We need water", media=(by_id(medium),))
    submit = world.services.requests.submit
    first, _ = await submit(owner, body, idempotency_key="k1", base=BASE)
    await world.services.requests.edit(owner, first.id, RequestEdit(media=()))
    await world.services.media.delete(owner, medium.id)

    again, new = await submit(owner, body, idempotency_key="k1", base=BASE)

    assert (again.id, new, again.media) == (first.id, False, ())
    with pytest.raises(Invalid) as refused:
        await submit(owner, body.model_copy(update={"title": "Other"}), idempotency_key="k1", base=BASE)
    assert refused.value.field == "Idempotency-Key"


async def test_ten_repeats_at_once_of_a_call_for_help_with_a_photo_make_one(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)
    body = RequestCreate(description="We need water", media=(by_id(medium),))

    answers = await asyncio.gather(
        *(world.services.requests.submit(owner, body, idempotency_key="k1", base=BASE) for _ in range(10))
    )

    assert len({request.id for request, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1
    assert (await kept(world, medium)).request_ids == (answers[0][0].id,)


async def test_a_clients_own_id_beside_an_address_means_nothing(world: World, owner: User) -> None:
    given = MediaGiven.model_validate({"url": EXTERNAL, "id": {"any": "thing"}, "uploading": False})

    assert (await asked(world, owner, given)).media[0].url == EXTERNAL


@pytest.mark.parametrize(
    "url",
    [
        "http://photos.example.org/a.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "https://user@photos.example.org/a.jpg",
        "https://photos.example.org:8443/a.jpg",
        "https://2130706433/",
        "javascript:alert(1)",
        "not an address",
    ],
)
async def test_an_address_that_is_not_taken_refuses_the_request_and_keeps_nothing(
    world: World, owner: User, url: str
) -> None:
    medium = await uploaded(world, owner)

    with pytest.raises(Invalid) as refused:
        await asked(world, owner, by_id(medium), MediaGiven(url=url))

    assert refused.value.field == "media.1.url"
    assert url not in refused.value.detail
    assert await world.services.store.query(Query("requests")) == []
    assert (await kept(world, medium)).request_ids == ()


async def test_only_photos_of_the_hosts_that_are_allowed_are_taken(store: Store) -> None:
    world = configured(store, media_hosts=("photos.example.org",), public_url="https://resq.example.org")
    owner = await world.person("owner")
    medium = await uploaded(world, owner)
    services = world.services

    request = await asked(world, owner, MediaGiven(url=EXTERNAL), by_id(medium))
    assert request.media[1].url == f"https://resq.example.org/media/{medium.id}"
    for url in ("https://example.net/a.jpg", f"{BASE}/media/{medium.id}", "https://resq.example.org.evil.com/a.jpg"):
        with pytest.raises(Invalid):
            await asked(world, owner, MediaGiven(url=url))
        with pytest.raises(Invalid):
            await services.requests.edit(owner, request.id, RequestEdit(media=(MediaGiven(url=url),)))
    assert len(await world.services.store.query(Query("requests"))) == 1


@pytest.mark.parametrize(
    "host", ["http://10.0.0.1", "http://api.test", "http://169.254.169.254", "https://evil.com:8443"]
)
async def test_the_host_that_a_caller_says_it_came_to_opens_no_other_address_there(
    world: World, owner: User, host: str
) -> None:
    submit = world.services.requests.submit
    for path in ("/latest/meta-data/", "/mediax/a.jpg", "/media", "/", "/media/../a.jpg", "/media/a.jpg"):
        with pytest.raises(Invalid):
            await submit(owner, RequestCreate(media=(MediaGiven(url=f"{host}{path}"),)), base=host)

    medium = await uploaded(world, owner)
    named, _ = await submit(owner, RequestCreate(media=(MediaGiven(url=f"{host}/media/{medium.id}"),)), base=host)
    assert [one.id for one in named.media] == [medium.id]


async def test_a_host_header_that_is_none_leaves_a_path(world: World, owner: User) -> None:
    medium = await uploaded(world, owner)

    for base in ("", "http://", "http://a b/", "nonsense"):
        assert world.services.media.view(medium, base=base).url == f"/media/{medium.id}"
        named, _ = await world.services.requests.submit(owner, RequestCreate(media=(by_id(medium),)), base=base)
        assert named.media[0].url == f"/media/{medium.id}"


async def test_on_an_edge_node_localhost_is_no_host_for_photos(store: Store) -> None:
    edge, developer = configured(store, environment=Environment.EDGE), configured(store)
    owner = await edge.person("owner")

    assert (await asked(developer, owner, MediaGiven(url="http://localhost:9000/a.jpg"))).media
    with pytest.raises(Invalid):
        await asked(edge, owner, MediaGiven(url="http://localhost:9000/a.jpg"))


async def test_a_portrait_is_kept_to_the_same_rule_and_is_no_photo_of_a_request(store: Store) -> None:
    world = configured(store, media_hosts=("photos.example.org",), public_url="https://resq.example.org")
    owner = await world.person("owner")
    medium = await uploaded(world, owner)
    users = world.services.users

    assert (await users.edit(owner, ProfileEdit(photo_url=EXTERNAL))).photo_url == EXTERNAL
    for url in (
        "https://example.net/me.jpg",
        "http://photos.example.org/me.jpg",
        f"https://resq.example.org/media/{medium.id}",
    ):
        with pytest.raises(Invalid) as refused:
            await users.edit(owner, ProfileEdit(photo_url=url))
        assert refused.value.field == "photo_url"
    assert (await users.users.get("owner")).photo_url == EXTERNAL
    assert (await users.edit(owner, ProfileEdit(photo_url=None))).photo_url is None


async def test_a_portrait_in_a_token_that_is_not_taken_is_left_out(world: World) -> None:
    claims = await UidVerifier().verify("newcomer")

    for number, (url, taken) in enumerate([(EXTERNAL, EXTERNAL), ("http://10.0.0.1/me.jpg", None), (None, None)]):
        user = await world.services.users.signed_in(replace(claims, uid=f"newcomer{number}", picture=url))
        assert user.photo_url == taken


async def test_a_text_message_is_not_refused_for_the_address_of_its_photo(world: World) -> None:
    bad = MediaGiven(url="http://10.0.0.1/a.jpg")
    message = Inbound(id="m1", phone="+94771234567", channel=Channel.SMS, text="Water is rising", media=(bad,))
    more = message.model_copy(update={"id": "m2", "media": (bad, MediaGiven(id="abc"), MediaGiven(url=EXTERNAL))})
    alone = message.model_copy(update={"id": "m3", "phone": "+94771234568", "text": ""})

    replies = [await world.services.texting.receive(one) for one in (message, more, alone)]

    first, second, third = [await world.request(reply.request_id or "") for reply in replies]
    assert first.id == second.id != third.id
    assert [one.url for one in second.media] == [EXTERNAL]
    assert third.media == ()
