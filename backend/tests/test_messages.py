"""The chat of a disaster: who reads and writes it, what a phone that was offline is told, and what is really gone."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.core.clock import rfc3339, utc_now
from app.core.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from app.crud.pages import Changes, Page
from app.crud.store.port import Key, Query, Snapshot, Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.audit import Actor
from app.schemas.base import Tombstone
from app.schemas.disaster import Disaster, DisasterStatus
from app.schemas.message import Message, MessageCreate, MessageView
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from tests.serving import client
from tests.world import SEED, World

CHAT = "/disasters/flood/chat/messages"


@dataclass
class Chat:
    """A flood, two people who take part in it, its coordinator, an admin, and somebody from outside."""

    world: World
    anna: User
    ben: User
    lead: User
    admin: User
    outsider: User

    async def said(self, by: User, *texts: str) -> list[MessageView]:
        service = self.world.services.messages
        return [(await service.say(by, "flood", MessageCreate(text=text)))[0] for text in texts]

    async def read(
        self, by: User, *, before: datetime | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[MessageView]:
        service = self.world.services.messages
        return await service.listed(by, "flood", before=before, limit=limit, cursor=cursor)

    async def missed(
        self, by: User, since: datetime, *, limit: int = 50, cursor: str | None = None
    ) -> Changes[Message]:
        service = self.world.services.messages
        return await service.changed(by, "flood", since, limit=limit, cursor=cursor)

    async def texts(self, by: User) -> list[str]:
        return texts_of(await self.read(by))


@pytest.fixture
async def chat(world: World) -> Chat:
    await world.disaster("flood")
    return Chat(
        world,
        anna=await world.person("anna", joined=("flood",)),
        ben=await world.person("ben", RoleId.VOLUNTEER, joined=("flood",)),
        lead=await world.person("lead", RoleId.FIRST_RESPONDER, joined=("flood",)),
        admin=await world.person("admin", RoleId.ADMIN),
        outsider=await world.person("outsider", RoleId.FIRST_RESPONDER, joined=("fire",)),
    )


def texts_of(page: Page[MessageView] | Changes[Message]) -> list[str]:
    return [f"-{one.id}" if isinstance(one, Tombstone) else one.text for one in page.items]


async def everything_in(store: Store) -> str:
    """All documents of the collections that a message could leave words in."""
    found = [
        [dict(one.data) for one in await store.query(Query(collection))]
        for collection in ("messages", "tombstones/messages/buried", "audit", "notifications")
    ]
    return json.dumps(found)


# reading


async def test_the_newest_messages_come_and_the_oldest_of_them_first(chat: Chat) -> None:
    await chat.said(chat.anna, "one", "two", "three")

    assert texts_of(await chat.read(chat.ben, limit=2)) == ["two", "three"]


async def test_the_next_page_goes_back_in_time_to_the_first_message(chat: Chat) -> None:
    await chat.said(chat.anna, *"abcde")

    newest = await chat.read(chat.ben, limit=2)
    older = await chat.read(chat.ben, limit=2, cursor=newest.next)
    oldest = await chat.read(chat.ben, limit=2, cursor=older.next)

    assert [texts_of(page) for page in (newest, older, oldest)] == [["d", "e"], ["b", "c"], ["a"]]
    assert oldest.next is None


async def test_before_leaves_out_what_is_newer(chat: Chat) -> None:
    _, second, _ = await chat.said(chat.anna, "one", "two", "three")

    assert texts_of(await chat.read(chat.ben, before=second.created_at)) == ["one"]


async def test_each_disaster_has_its_own_chat(chat: Chat) -> None:
    await chat.world.disaster("fire")
    await chat.said(chat.anna, "about the flood")
    page = await chat.world.services.messages.listed(chat.outsider, "fire", before=None, limit=10, cursor=None)

    assert page.items == ()


async def test_a_sender_is_told_by_id_and_name_and_nothing_else(chat: Chat) -> None:
    [message] = await chat.said(chat.anna, "hello")

    assert (message.sender_id, message.sender_name) == ("anna", "Anna")
    assert set(message.model_dump()) == {
        "id",
        "disaster_id",
        "sender_id",
        "sender_name",
        "text",
        "created_at",
        "updated_at",
    }
    assert "@" not in message.model_dump_json()


async def test_a_sender_whose_account_has_no_name_or_is_gone_is_unknown(chat: Chat) -> None:
    users = chat.world.services.users.users
    await chat.said(chat.anna, "hello")
    await chat.said(chat.ben, "hi")
    await users.change("anna", lambda user: user.model_copy(update={"display_name": None}), SEED)
    await users.remove("ben", SEED)

    page = await chat.read(chat.admin)

    assert {one.sender_name for one in page.items} == {"Unknown User"}


# what a phone that was offline missed


async def test_since_tells_what_was_said_and_what_was_removed_in_that_order(chat: Chat) -> None:
    old, seen = await chat.said(chat.anna, "old", "seen")
    await back_dated(chat, old.id)
    [new] = await chat.said(chat.ben, "new")
    await chat.world.services.messages.delete(chat.anna, "flood", old.id)

    missed = await chat.missed(chat.ben, seen.created_at)
    told = await chat.world.services.messages.told(missed.items)

    assert texts_of(missed) == ["seen", "new", f"-{old.id}"]
    assert [one.sender_name for one in told if isinstance(one, MessageView)] == ["Anna", "Ben"]
    assert [one.id for one in told] == [seen.id, new.id, old.id]


async def test_since_reads_on_page_by_page_without_losing_or_repeating_anything(chat: Chat) -> None:
    messages = await chat.said(chat.anna, *"abcdef")
    for message in messages[::2]:
        await chat.world.services.messages.delete(chat.anna, "flood", message.id)

    found: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        page = await chat.missed(chat.ben, messages[0].created_at, limit=2, cursor=cursor)
        found += texts_of(page)
        cursor = page.next
        if cursor is None:
            break

    assert found == ["b", "d", "f", *(f"-{message.id}" for message in messages[::2])]


async def test_what_was_removed_elsewhere_is_not_told_here(chat: Chat) -> None:
    await chat.world.disaster("fire")
    since = utc_now()
    service = chat.world.services.messages
    elsewhere, _ = await service.say(chat.outsider, "fire", MessageCreate(text="about the fire"))
    await service.delete(chat.outsider, "fire", elsewhere.id)

    assert (await chat.missed(chat.ben, since)).items == ()


# who may


@pytest.mark.parametrize("who", ["anna", "ben", "lead", "admin"])
async def test_members_and_coordinators_read_and_write(chat: Chat, who: str) -> None:
    person: User = getattr(chat, who)
    await chat.said(person, "hello")

    assert await chat.texts(person) == ["hello"]


async def test_whoever_does_not_take_part_is_told_to_join_first(chat: Chat) -> None:
    [message] = await chat.said(chat.anna, "for members")
    service = chat.world.services.messages

    with pytest.raises(Forbidden, match="join this disaster first"):
        await chat.read(chat.outsider)
    with pytest.raises(Forbidden, match="join this disaster first"):
        await chat.missed(chat.outsider, message.created_at)
    with pytest.raises(Forbidden, match="join this disaster first"):
        await chat.said(chat.outsider, "let me in")
    for act in (service.delete, service.report):
        for id in (message.id, "nothing"):
            with pytest.raises(Forbidden):
                await act(chat.outsider, "flood", id)
    assert await chat.texts(chat.anna) == ["for members"]


async def test_a_disaster_that_is_not_there_has_no_chat(chat: Chat) -> None:
    service = chat.world.services.messages
    for person in (chat.anna, chat.admin):
        with pytest.raises(NotFound):
            await service.listed(person, "nowhere", before=None, limit=10, cursor=None)
        with pytest.raises(NotFound):
            await service.changed(person, "nowhere", utc_now(), limit=10, cursor=None)
        with pytest.raises(NotFound):
            await service.say(person, "nowhere", MessageCreate(text="hello"))


async def test_who_has_left_reads_no_more_but_can_take_back_their_own_words(chat: Chat) -> None:
    [message] = await chat.said(chat.anna, "mine")
    await chat.world.services.participants.leave(chat.anna, "flood")
    anna = await chat.world.services.users.users.get("anna")

    with pytest.raises(Forbidden):
        await chat.read(anna)
    await chat.world.services.messages.delete(anna, "flood", message.id)

    assert await chat.texts(chat.ben) == []


@pytest.mark.parametrize("status", [DisasterStatus.PENDING, DisasterStatus.REJECTED])
async def test_nothing_is_said_about_a_disaster_that_is_not_registered(chat: Chat, status: DisasterStatus) -> None:
    await chat.said(chat.anna, "before")

    def closed(disaster: Disaster) -> Disaster:
        return disaster.model_copy(update={"status": status})

    await chat.world.services.disasters.disasters.change("flood", closed, SEED)

    with pytest.raises(Conflict, match="closed"):
        await chat.said(chat.anna, "after")
    assert await chat.texts(chat.ben) == ["before"]


# saying the same twice


async def test_a_message_sent_twice_under_one_key_is_there_once(chat: Chat) -> None:
    service, body = chat.world.services.messages, MessageCreate(text="once")

    first, new = await service.say(chat.anna, "flood", body, idempotency_key="k")
    again, newer = await service.say(chat.anna, "flood", body, idempotency_key="k")

    assert (first, new, newer) == (again, True, False)
    assert await chat.texts(chat.ben) == ["once"]


async def test_one_key_for_two_texts_is_refused_and_for_two_people_is_two_keys(chat: Chat) -> None:
    service = chat.world.services.messages
    await service.say(chat.anna, "flood", MessageCreate(text="one"), idempotency_key="k")

    with pytest.raises(Invalid):
        await service.say(chat.anna, "flood", MessageCreate(text="two"), idempotency_key="k")
    await service.say(chat.ben, "flood", MessageCreate(text="mine"), idempotency_key="k")

    assert await chat.texts(chat.ben) == ["one", "mine"]


async def test_a_repeat_does_not_bring_back_what_was_removed(chat: Chat) -> None:
    service, body = chat.world.services.messages, MessageCreate(text="rumour")
    message, _ = await service.say(chat.anna, "flood", body, idempotency_key="k")
    await service.delete(chat.lead, "flood", message.id)

    with pytest.raises(Gone):
        await service.say(chat.anna, "flood", body, idempotency_key="k")
    assert await chat.texts(chat.ben) == []


async def test_a_repeat_is_answered_even_after_the_chat_was_closed(chat: Chat) -> None:
    service, body = chat.world.services.messages, MessageCreate(text="last word")
    first, _ = await service.say(chat.anna, "flood", body, idempotency_key="k")
    await chat.world.services.disasters.disasters.change(
        "flood", lambda disaster: disaster.model_copy(update={"status": DisasterStatus.REJECTED}), SEED
    )

    assert await service.say(chat.anna, "flood", body, idempotency_key="k") == (first, False)


# taking back


@pytest.mark.parametrize(("who", "actor"), [("anna", Actor.OWNER), ("lead", Actor.COORDINATOR)])
async def test_the_words_of_a_removed_message_are_nowhere_any_more(chat: Chat, who: str, actor: Actor) -> None:
    [message] = await chat.said(chat.anna, "zebra-crossing at midnight")
    service, store = chat.world.services.messages, chat.world.services.store
    await service.report(chat.ben, "flood", message.id)

    await service.delete(getattr(chat, who), "flood", message.id)

    assert "zebra" not in await everything_in(store)
    assert await store.get(Key("tombstones/messages/buried", message.id)) is not None
    entries = await chat.world.services.requests.audit.of(f"messages/{message.id}")
    assert [(one.event, one.by, one.actor) for one in entries] == [
        ("message.sent", "anna", Actor.OWNER),
        ("message.reported", "ben", Actor.OWNER),
        ("message.deleted", who, actor),
    ]


async def test_another_member_cannot_remove_a_message(chat: Chat) -> None:
    [message] = await chat.said(chat.anna, "stays")

    with pytest.raises(Forbidden, match="author"):
        await chat.world.services.messages.delete(chat.ben, "flood", message.id)
    assert await chat.texts(chat.ben) == ["stays"]


async def test_a_message_is_found_only_under_its_own_disaster(chat: Chat) -> None:
    await chat.world.disaster("fire")
    [message] = await chat.said(chat.anna, "in the flood")
    service = chat.world.services.messages

    for act in (service.delete, service.report):
        with pytest.raises(NotFound):
            await act(chat.admin, "fire", message.id)
    assert await chat.texts(chat.ben) == ["in the flood"]


# reporting


async def test_every_coordinator_is_told_once_of_a_reported_message_and_not_in_its_words(chat: Chat) -> None:
    [message] = await chat.said(chat.anna, "a nasty lie")
    service = chat.world.services.messages
    for person in (chat.ben, chat.ben, chat.anna):
        await service.report(person, "flood", message.id)
    await chat.world.worked()

    for coordinator in (chat.lead, chat.admin):
        [note] = (await chat.world.services.notifications.inbox(coordinator, limit=10, cursor=None)).items
        assert (note.kind, note.message_id, note.disaster_id) == ("needs_moderation", message.id, "flood")
        assert "nasty" not in note.body + note.title
    for other in (chat.anna, chat.ben, chat.outsider):
        assert (await chat.world.services.notifications.inbox(other, limit=10, cursor=None)).items == ()


async def test_a_message_that_is_gone_cannot_be_reported(chat: Chat) -> None:
    [message] = await chat.said(chat.anna, "gone")
    await chat.world.services.messages.delete(chat.anna, "flood", message.id)

    with pytest.raises(NotFound):
        await chat.world.services.messages.report(chat.ben, "flood", message.id)


# what it costs


class CountingStore(SqliteStore):
    """Remembers what was asked of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[str] = []

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        self.asked.append(f"get {keys[0].collection} {len(keys)}")
        return await super().get_many(keys)

    async def query(self, query: Query) -> list[Snapshot]:
        self.asked.append(f"query {query.collection}")
        return await super().query(query)


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncIterator[CountingStore]:
    store = CountingStore(tmp_path / "counting.sqlite3")
    yield store
    await store.close()


async def test_fifty_messages_of_ten_people_cost_one_query_and_one_read_of_names(counting: CountingStore) -> None:
    world = World.over(counting)
    await world.disaster("flood")
    people = [await world.person(f"person{n}", joined=("flood",)) for n in range(10)]
    for n in range(60):
        await world.services.messages.say(people[n % 10], "flood", MessageCreate(text=f"message {n}"))
    counting.asked.clear()

    page = await world.services.messages.listed(people[0], "flood", before=None, limit=50, cursor=None)

    assert len(page.items) == 50
    assert counting.asked == ["query messages", "get users 10"]


# over HTTP


@pytest.fixture
async def flood(api: FastAPI) -> FastAPI:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.disaster("flood")
    await world.person("anna", joined=("flood",))
    await world.person("ben", joined=("flood",))
    return api


async def test_the_client_gets_the_message_it_sent_and_reads_it_back(flood: FastAPI) -> None:
    async with client(flood, "anna") as http:
        sent = await http.post(CHAT, json={"text": "  The bridge\nis closed.\t\r\n "})
        listed = await http.get(CHAT, params={"limit": 50})

    assert sent.status_code == 201
    assert sent.json()["text"] == "The bridge\nis closed."
    assert listed.json() == [sent.json()]


async def test_the_link_header_leads_back_in_time(flood: FastAPI) -> None:
    async with client(flood, "anna") as http:
        for text in "abc":
            await http.post(CHAT, json={"text": text})
        newest = await http.get(CHAT, params={"limit": 2})
        assert newest.headers["Link"].endswith('; rel="next"')
        older = await http.get(newest.links["next"]["url"])

    assert [one["text"] for one in newest.json()] == ["b", "c"]
    assert [one["text"] for one in older.json()] == ["a"]


async def test_a_removed_message_is_told_as_such_over_http(flood: FastAPI) -> None:
    async with client(flood, "anna") as http:
        sent = (await http.post(CHAT, json={"text": "oops"})).json()
        assert (await http.delete(f"{CHAT}/{sent['id']}")).status_code == 204
        missed = await http.get(CHAT, params={"since": sent["created_at"]})
        assert (await http.get(CHAT)).json() == []
        again = await http.get(CHAT, params={"since": missed.headers["X-Next-Since"]})

    [gone] = missed.json()
    assert (gone["id"], gone["deleted"]) == (sent["id"], True)
    assert "text" not in gone
    assert again.json() == [gone]  # some seconds are told again, for what was still being written


async def test_the_key_of_a_message_works_over_http(flood: FastAPI) -> None:
    async with client(flood, "anna") as http:
        answers = [await http.post(CHAT, json={"text": "once"}, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]

    assert [answer.headers["Idempotency-Replayed"] for answer in answers] == ["false", "true"]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    "text",
    ["", "   \n\t ", "x" * 2_001, "a\x00b", "a\x1bb", "a\x85b", "\u200b\u200d", "\u2066\u2069", 5, None, ["a"], {}],
    ids=repr,
)
async def test_what_is_no_message_is_422_and_is_not_kept(flood: FastAPI, text: object) -> None:
    async with client(flood, "anna") as http:
        answer = await http.post(CHAT, json={"text": text})

        assert answer.status_code == 422
        assert "text" in answer.json()["message"]
        assert (await http.get(CHAT)).json() == []


@pytest.mark.parametrize(
    "text",
    [
        "x" * 2_000,
        "👩‍👩‍👧‍👦",
        "ගංවතුර",
        "வெள்ளம்",
        "سیلاب",
        "<script>alert(1)</script>",
        "'; DROP TABLE messages;--",
        "e\u0301",
    ],
    ids=lambda text: text[:12],
)
async def test_any_words_of_any_script_come_back_as_they_were_sent(flood: FastAPI, text: str) -> None:
    async with client(flood, "anna") as http:
        assert (await http.post(CHAT, json={"text": text})).status_code == 201
        [message] = (await http.get(CHAT)).json()

    assert message["text"] == text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "since=yesterday",
        "since=2026-11-24T08:00:00",
        "since=0001-01-01T00:00:00%2B14:00",
        "before=9999-12-31T23:59:59-14:00",
        "before=1764000000",
        "cursor=" + "A" * 1_001,
    ],
)
async def test_a_bad_question_is_422(flood: FastAPI, query: str) -> None:
    async with client(flood, "anna") as http:
        assert (await http.get(f"{CHAT}?{query}")).status_code == 422


@pytest.mark.parametrize("cursor", ["%00", "WzFd", "W10", "e30", "!!!"])
async def test_a_cursor_that_no_list_gave_is_refused(flood: FastAPI, cursor: str) -> None:
    async with client(flood, "anna") as http:
        for query in (f"cursor={cursor}", f"cursor={cursor}&since={rfc3339(utc_now())}"):
            assert (await http.get(f"{CHAT}?{query}")).status_code == 400


async def test_who_was_away_too_long_is_told_to_read_anew(flood: FastAPI) -> None:
    async with client(flood, "anna") as http:
        answer = await http.get(CHAT, params={"since": "2020-01-01T00:00:00Z"})

    assert answer.status_code == 410


async def back_dated(chat: Chat, id: str) -> None:
    """Let a message be an hour old."""
    at = rfc3339(utc_now() - timedelta(hours=1))
    await chat.world.services.store.update(Key("messages", id), {"created_at": at, "updated_at": at})
