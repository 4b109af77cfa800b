"""The sign-in service kept in step with roles, and asked whether a sign-in still holds, whatever goes wrong."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.api.policy import POLICY, Who
from app.core.clock import utc_now
from app.core.errors import Forbidden, Transient
from app.core.security.directory import Standing
from app.core.security.local import SigningKey
from app.core.security.tokens import Claims, SignInEnded
from app.core.settings import Settings
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.sign_in import Untold
from app.schemas.user_bodies import AccessChange
from app.schemas.vocabulary import RoleId
from app.services import build
from app.services.identity import LocalIdentity
from app.services.integrations.identity_toolkit import EmulatorRights, IdentityToolkit
from app.services.standings import Standings
from tests.serving import client, serving
from tests.world import World


@dataclass
class FakeDirectory:
    """Accounts in memory; raises `error` where one is set, and waits where a gate is shut."""

    standings: dict[str, Standing | None] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    disabled: dict[str, bool] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    error: Exception | None = None
    asked: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    before_role: Callable[[str, str], Any] | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    async def able(self) -> bool:
        return self.error is None

    async def standing(self, uid: str) -> Standing | None:
        self.asked += 1
        self.begun.set()
        await self.gate.wait()
        self._works()
        return self.standings.get(uid, Standing())

    async def set_role(self, uid: str, role: str) -> None:
        self._works()
        if self.before_role is not None:
            await self.before_role(uid, role)
        self.roles[uid] = role

    async def set_disabled(self, uid: str, disabled: bool) -> None:
        self._works()
        self.disabled[uid] = disabled

    async def end_sign_ins(self, uid: str) -> None:
        self._works()
        self.standings[uid] = Standing(valid_since=utc_now())

    async def remove(self, uid: str) -> bool:
        self._works()
        self.removed.append(uid)
        return self.removed.count(uid) == 1

    def _works(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory()


@pytest.fixture
def world(store: Store, directory: FakeDirectory) -> World:
    return World.over(store, directory=directory)


@pytest.fixture
async def api(sqlite_store: SqliteStore, directory: FakeDirectory) -> AsyncIterator[FastAPI]:
    async with serving(World.over(sqlite_store, directory=directory).services) as app:
        yield app


async def untold(world: World, uid: str) -> Untold | None:
    return await world.services.sign_ins.untold.find(uid)


# Telling of roles.


async def test_a_role_is_told_and_then_there_is_nothing_left_to_tell(world: World, directory: FakeDirectory) -> None:
    await world.person("asha")
    await world.services.users.grant("test", "asha", RoleId.FIRST_RESPONDER)
    await world.worked()

    assert directory.roles == {"asha": "first_responder"}
    assert directory.disabled == {}
    assert await untold(world, "asha") is None


async def test_what_the_queue_lost_the_sweeper_finds(world: World, directory: FakeDirectory) -> None:
    await world.person("asha")
    await world.services.users.grant("test", "asha", RoleId.ADMIN)
    again = World.over(world.services.store, directory=directory)  # another process, with a queue of its own

    assert await again.services.sweeper.once(older_than=timedelta(0)) > 0
    await again.worked()

    assert directory.roles == {"asha": "admin"}


async def test_a_service_that_is_away_is_told_later_and_later_and_nobody_waits_for_it(
    world: World, directory: FakeDirectory
) -> None:
    await world.person("asha")
    directory.error = Transient("away")
    user = await world.services.users.grant("test", "asha", RoleId.ADMIN)
    assert user.role_id is RoleId.ADMIN

    for tries in (1, 2, 3):
        with pytest.raises(Transient):
            await world.services.sign_ins.run("asha")
        waiting = await untold(world, "asha")
        assert waiting is not None
        assert waiting.attempts == tries
        assert waiting.due > utc_now() + timedelta(seconds=4 * 2 ** (tries - 1))
    assert await world.services.sign_ins.sweep() == 0

    directory.error = None
    await world.services.sign_ins.run("asha")
    assert directory.roles == {"asha": "admin"}
    assert await untold(world, "asha") is None


async def test_a_role_that_changes_while_it_is_told_is_told_again(world: World, directory: FakeDirectory) -> None:
    await world.person("asha")

    async def meanwhile(uid: str, role: str) -> None:
        directory.before_role = None
        await world.services.users.grant("test", uid, RoleId.VOLUNTEER)

    directory.before_role = meanwhile
    await world.services.users.grant("test", "asha", RoleId.ADMIN)
    await world.worked()

    assert directory.roles == {"asha": "volunteer"}
    assert await untold(world, "asha") is None


async def test_whoever_tells_an_old_role_last_has_it_told_right(world: World, directory: FakeDirectory) -> None:
    await world.person("asha")
    slow = World.over(world.services.store, directory=directory)

    async def overtaken(uid: str, role: str) -> None:
        directory.before_role = None
        await world.services.users.grant("test", uid, RoleId.VOLUNTEER)
        await world.services.sign_ins.run(uid)
        assert directory.roles == {"asha": "volunteer"}
        assert await untold(world, "asha") is None

    await world.services.users.grant("test", "asha", RoleId.ADMIN)
    directory.before_role = overtaken
    await slow.services.sign_ins.run("asha")
    assert directory.roles == {"asha": "admin"}  # the slow one came last
    await slow.worked()

    assert directory.roles == {"asha": "volunteer"}


async def test_the_same_role_again_is_not_told(world: World, directory: FakeDirectory) -> None:
    await world.person("asha", RoleId.VOLUNTEER)
    await world.services.users.grant("test", "asha", RoleId.VOLUNTEER)

    assert await untold(world, "asha") is None


async def test_nobody_is_left_to_tell_of(world: World, directory: FakeDirectory) -> None:
    asha = await world.person("asha")
    await world.person("admin", RoleId.ADMIN)
    directory.error = Transient("away")
    await world.services.users.grant("test", "asha", RoleId.VOLUNTEER)
    directory.error = None
    await world.services.forgettings.ask(asha)
    await world.worked()
    await world.services.sign_ins.run("asha")

    assert directory.removed
    assert await untold(world, "asha") is None
    assert await world.services.users.users.find("asha") is None


async def test_a_deletion_lets_go_of_all_else_while_the_sign_in_service_is_away(
    world: World, directory: FakeDirectory
) -> None:
    asha = await world.person("asha")
    asked = await world.asked(asha)
    directory.error = Transient("away")
    await world.services.forgettings.ask(asha)
    with pytest.raises(Transient):
        await world.services.forgettings.run("asha")
    assert (await world.request(asked.id)).created_by != "asha"
    assert await world.services.users.users.find("asha") is not None

    directory.error = None
    await world.services.forgettings.run("asha")
    await world.worked()
    assert directory.removed
    assert await world.services.users.users.find("asha") is None


async def test_being_shut_out_is_told_with_the_role(world: World, directory: FakeDirectory) -> None:
    admin, _ = await world.person("admin", RoleId.ADMIN), await world.person("asha", RoleId.VOLUNTEER)
    await world.services.users.set_access(admin, "asha", AccessChange(disabled=True, reason="False calls"))
    await world.worked()
    assert (directory.disabled, directory.roles) == ({"asha": True}, {"asha": "volunteer"})

    await world.services.users.set_access(admin, "asha", AccessChange(disabled=False))
    await world.worked()
    assert directory.disabled == {"asha": False}


# Whether a sign-in still holds.


def claims(uid: str = "asha", *, issued: datetime | None = None) -> Claims:
    at = issued or utc_now()
    return Claims(uid, None, False, None, None, None, "password", at, at, at + timedelta(hours=1))


@dataclass
class Hands:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_is_remembered_for_its_time_and_no_longer(directory: FakeDirectory) -> None:
    hands = Hands()
    standings = Standings(directory, 60.0, hands)
    for later, asked in ((0.0, 1), (59.0, 1), (2.0, 2)):
        hands.now += later
        await standings.confirm(claims())
        assert directory.asked == asked

    directory.standings["asha"] = Standing(disabled=True)
    await standings.confirm(claims())
    standings.forget("asha")
    with pytest.raises(Forbidden):
        await standings.confirm(claims())


async def test_an_answer_of_zero_seconds_is_asked_for_each_time(directory: FakeDirectory) -> None:
    standings = Standings(directory, 0)
    for _ in range(3):
        await standings.confirm(claims())
    assert directory.asked == 3


async def test_many_at_once_ask_once(directory: FakeDirectory) -> None:
    standings = Standings(directory, 60.0)
    directory.gate.clear()
    waiting = [asyncio.create_task(standings.confirm(claims())) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # whoever asked first hangs up
    await asyncio.sleep(0)
    directory.gate.set()

    done = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(one) for one in done if one is not None] == [asyncio.CancelledError]
    assert directory.asked == 1


async def test_what_was_changed_while_it_was_asked_is_asked_anew(directory: FakeDirectory) -> None:
    standings = Standings(directory, 60.0)
    directory.gate.clear()
    waiting = asyncio.create_task(standings.confirm(claims()))
    await directory.begun.wait()
    standings.forget("asha")
    directory.gate.set()
    await waiting
    await standings.confirm(claims())

    assert directory.asked == 2


async def test_a_failure_is_not_remembered(directory: FakeDirectory) -> None:
    standings = Standings(directory, 60.0)
    directory.error = Transient("away")
    with pytest.raises(Transient):
        await standings.confirm(claims())
    directory.error = None
    await standings.confirm(claims())


async def test_tokens_from_before_the_end_of_a_sign_in_do_not_count(directory: FakeDirectory) -> None:
    standings = Standings(directory, 60.0)
    ended = datetime(2026, 11, 24, 12, tzinfo=UTC)
    directory.standings["asha"] = Standing(valid_since=ended)

    await standings.confirm(claims(issued=ended))
    for check in (standings.confirm, standings.confirm_own):
        with pytest.raises(SignInEnded):
            await check(claims(issued=ended - timedelta(seconds=1)))


async def test_an_account_that_is_gone_or_shut_counts_for_its_own_deletion_only(directory: FakeDirectory) -> None:
    standings = Standings(directory, 60.0)
    directory.standings |= {"gone": None, "shut": Standing(disabled=True)}

    for uid, error in (("gone", SignInEnded), ("shut", Forbidden)):
        with pytest.raises(error):
            await standings.confirm(claims(uid))
        await standings.confirm_own(claims(uid))


FRESH = [route for route, policy in POLICY.items() if policy.fresh]
ROLE_OF = {Who.SIGNED_IN: RoleId.AFFECTED_INDIVIDUAL, Who.COORDINATOR: RoleId.FIRST_RESPONDER, Who.ADMIN: RoleId.ADMIN}


@pytest.mark.parametrize("route", POLICY)
async def test_while_the_sign_in_service_is_away_only_what_the_policy_names_has_to_wait(
    api: FastAPI, directory: FakeDirectory, route: str
) -> None:
    method, path = route.split(" ")
    services = api.state.services
    await World(services, services.assessment.assessor).person("caller", RoleId.ADMIN)
    directory.error = Transient("away")

    async with client(api, "caller") as http:
        answer = await http.request(method, re.sub(r"\{\w+\}", "nothing", path), json={})

    assert (answer.status_code == 503) is POLICY[route].fresh, answer.text
    if POLICY[route].fresh:
        assert answer.headers["Retry-After"]
    assert (directory.asked > 0) is POLICY[route].fresh


@pytest.mark.parametrize("route", FRESH)
async def test_an_ended_sign_in_is_401_for_all_that_the_policy_names(
    api: FastAPI, directory: FakeDirectory, route: str
) -> None:
    method, path = route.split(" ")
    services = api.state.services
    await World(services, services.assessment.assessor).person("caller", ROLE_OF[POLICY[route].who])
    directory.standings["caller"] = Standing(valid_since=utc_now() + timedelta(minutes=1))

    async with client(api, "caller") as http:
        answer = await http.request(method, re.sub(r"\{\w+\}", "nothing", path), json={})

    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


async def test_who_may_not_do_it_anyway_is_told_so_without_asking(api: FastAPI, directory: FakeDirectory) -> None:
    directory.error = Transient("away")
    async with client(api, "asha") as http:
        assert (await http.get("/audit")).status_code == 403
    assert directory.asked == 0


# The same with accounts of this node.


@dataclass
class NodeClock:
    """The time, and how far ahead of it the accounts are."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def node_clock() -> NodeClock:
    return NodeClock()


@pytest.fixture
async def node(sqlite_store: SqliteStore, node_clock: NodeClock) -> AsyncIterator[FastAPI]:
    identity = LocalIdentity.over(sqlite_store, project_id="demo-resq", key=SigningKey.generated())
    identity = replace(identity, clock=node_clock)
    services = build(Settings(), store=sqlite_store, verifier=identity.verifier, identity=identity)
    async with serving(services) as app:
        yield app


async def test_a_role_is_in_the_tokens_of_this_node_too(node: FastAPI) -> None:
    services = node.state.services
    session = await services.identity.sign_up("asha@example.org", "correct horse")
    uid = session.account.id
    await services.users.signed_in(await services.verifier.verify(session.id_token))
    await services.users.grant("test", uid, RoleId.VOLUNTEER)
    await services.queue.drained()

    session = await services.identity.sign_in("asha@example.org", "correct horse")

    assert (await services.verifier.verify(session.id_token)).role == "volunteer"


async def test_signing_out_everywhere_and_a_new_sign_in_on_this_node(node: FastAPI, node_clock: NodeClock) -> None:
    services = node.state.services
    session = await services.identity.sign_up("asha@example.org", "correct horse")
    node_clock.ahead = timedelta(seconds=2)  # a token's times are whole seconds
    await services.sign_ins.directory.end_sign_ins(session.account.id)
    async with client(node) as http:
        http.headers["Authorization"] = f"Bearer {session.id_token}"
        assert (await http.get("/users/me")).status_code == 200
        assert (await http.get("/users/me/export")).status_code == 401
        again = await services.identity.sign_in("asha@example.org", "correct horse")
        http.headers["Authorization"] = f"Bearer {again.id_token}"
        assert (await http.get("/users/me/export")).status_code == 200


async def test_who_is_disabled_on_this_node_can_still_be_deleted(node: FastAPI) -> None:
    services = node.state.services
    session = await services.identity.sign_up("asha@example.org", "correct horse")
    async with client(node) as http:
        http.headers["Authorization"] = f"Bearer {session.id_token}"
        await services.identity.set_disabled(session.account.id, True)
        assert (await http.get("/users/me/export")).status_code == 403
        assert (await http.delete("/users/me")).status_code == 202


# What Identity Toolkit may answer.


@dataclass
class Toolkit:
    """A service on loopback that answers as it is told."""

    status: int = 200
    body: bytes = b"{}"
    silent: bool = False
    asked: list[tuple[str, Any]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("content-le")))
        self.asked.append((head.split(" ")[1], json.loads(await reader.readexactly(length))))
        if not self.silent:
            writer.write(
                f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n".encode()
                + self.body
            )
            await writer.drain()
            writer.close()
        else:
            await reader.read()
            writer.close()


@pytest.fixture
async def toolkit() -> AsyncIterator[tuple[Toolkit, IdentityToolkit]]:
    service = Toolkit()
    listening = await asyncio.start_server(service.answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    accounts = IdentityToolkit("demo", EmulatorRights(), f"http://127.0.0.1:{port}/v1", answer_seconds=0.5)
    async with listening:
        yield service, accounts
        await accounts.aclose()


async def test_an_account_is_read_as_google_writes_it(toolkit: tuple[Toolkit, IdentityToolkit]) -> None:
    service, accounts = toolkit
    account = {"localId": "asha", "validSince": "1795520516", "disabled": True, "customAttributes": "not JSON"}
    service.body = json.dumps({"users": [account]}).encode()

    found = await accounts.standing("asha")

    assert found == Standing(disabled=True, valid_since=datetime.fromtimestamp(1_795_520_516, UTC))
    assert service.asked == [("/v1/projects/demo/accounts:lookup", {"localId": ["asha"]})]
    await accounts.set_role("asha", "admin")
    assert service.asked[-1] == (
        "/v1/projects/demo/accounts:update",
        {"localId": "asha", "customAttributes": '{"role":"admin"}'},
    )


async def test_a_role_that_is_there_already_is_not_written(toolkit: tuple[Toolkit, IdentityToolkit]) -> None:
    service, accounts = toolkit
    account = {"localId": "asha", "customAttributes": '{"role":"admin","x":1}'}
    service.body = json.dumps({"users": [account]}).encode()

    await accounts.set_role("asha", "admin")

    assert [path.split(":")[1] for path, _ in service.asked] == ["lookup"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (503, b"<html>"),
        (403, b'{"error":{"message":"PERMISSION_DENIED"}}'),
        (401, b"{}"),
        (429, b'{"error":{"message":"QUOTA_EXCEEDED : of asha"}}'),
        (200, b"[]"),
        (200, b"not JSON"),
        (200, b'{"users":[{"localId":"another"}]}'),
        (200, b'{"users":["asha"]}'),
    ],
)
async def test_whatever_is_no_answer_is_a_passing_fault(
    toolkit: tuple[Toolkit, IdentityToolkit], status: int, body: bytes
) -> None:
    service, accounts = toolkit
    service.status, service.body = status, body

    with pytest.raises(Transient):
        await accounts.standing("asha")


async def test_who_does_not_answer_is_not_waited_for(toolkit: tuple[Toolkit, IdentityToolkit]) -> None:
    service, accounts = toolkit
    service.silent = True

    async with asyncio.timeout(2):
        with pytest.raises(Transient):
            await accounts.standing("asha")


async def test_an_account_that_is_not_there_is_none_to_change(toolkit: tuple[Toolkit, IdentityToolkit]) -> None:
    service, accounts = toolkit
    assert await accounts.standing("asha") is None
    await accounts.set_role("asha", "admin")
    service.status, service.body = 400, b'{"error":{"message":"USER_NOT_FOUND"}}'
    await accounts.set_disabled("asha", True)
    await accounts.end_sign_ins("asha")
    assert await accounts.remove("asha") is False
