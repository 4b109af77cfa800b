"""Accounts of a node that serves its own: over HTTP as Firebase's clients call it, and as the command line does."""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.api.identity import BODY_BYTES, TOKEN, router
from app.core.errors import Transient
from app.core.security.firebase import FirebaseTokenVerifier
from app.core.security.local import KEY_FILE, LocalTokens, SigningKey, SigningKeyUnusable
from app.core.security.passwords import Passwords
from app.core.security.throttle import Pace, Throttle, network_of
from app.crud.accounts import AccountRepository
from app.crud.store.port import Store
from app.crud.store.sqlite import SqliteStore
from app.schemas.identity import GRANTS, IdentityRefused, Reason, normalised_email
from app.schemas.identity_wire import RefreshBody, UpdateBody
from app.services.identity import LocalIdentity

PROJECT = "demo-resq"
ACCOUNTS = "/identitytoolkit.googleapis.com/v1/accounts"
EMAIL, PASSWORD = "asha@example.org", "correct horse"


@dataclass
class Hands:
    """A clock that stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


class CountingHasher(Argon2Hasher):
    """Argon2 at its cheapest, counting the checks."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.checks = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.checks += 1
        return super().verify(password, hash)


@cache
def signing_key() -> SigningKey:
    return SigningKey.generated()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = SqliteStore(tmp_path / "resq.sqlite3")
    yield store
    await store.close()


@pytest.fixture
def identity(store: Store, hands: Hands, hasher: CountingHasher) -> LocalIdentity:
    return LocalIdentity(
        AccountRepository(store),
        LocalTokens(PROJECT, signing_key()),
        FirebaseTokenVerifier(PROJECT, signing_key(), clock=hands.seconds),
        passwords=Passwords(PasswordHash((hasher,))),
        by_email=Throttle(Pace(free=5, longest=300), clock=hands.seconds),
        by_network=Throttle(Pace(free=8, longest=60), clock=hands.seconds),
        clock=hands,
    )


@pytest.fixture
async def client(identity: LocalIdentity) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.state.services = SimpleNamespace(identity=identity)
    app.include_router(router)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://resq") as client:
        yield client


async def call(client: httpx2.AsyncClient, name: str, **body: object) -> Any:
    answer = await client.post(f"{ACCOUNTS}:{name}?key=any", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refusal(client: httpx2.AsyncClient, name: str, **body: object) -> str:
    answer = await client.post(f"{ACCOUNTS}:{name}?key=any", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, 400)
    assert error["errors"][0]["message"] == error["message"]
    return str(error["message"])


async def refreshed(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": token})


async def test_a_new_account_gets_tokens_that_the_app_takes(
    client: httpx2.AsyncClient, identity: LocalIdentity
) -> None:
    answer = await call(client, "signUp", email=EMAIL, password=PASSWORD, returnSecureToken=True, clientType="WEB")

    claims = await identity.verifier.verify(answer["idToken"])
    assert (claims.uid, claims.email, claims.provider) == (answer["localId"], EMAIL, "password")
    assert not claims.email_verified
    assert claims.expires_at - claims.issued_at == timedelta(hours=1)
    assert (answer["email"], answer["expiresIn"]) == (EMAIL, "3600")
    assert len(answer["localId"]) == 28


async def test_neither_email_nor_password_is_an_anonymous_account(
    client: httpx2.AsyncClient, identity: LocalIdentity
) -> None:
    answer = await call(client, "signUp", returnSecureToken=True)

    claims = await identity.verifier.verify(answer["idToken"])
    assert (claims.uid, claims.email, claims.provider) == (answer["localId"], None, "anonymous")
    assert "email" not in answer
    [user] = (await call(client, "lookup", idToken=answer["idToken"]))["users"]
    assert user["providerUserInfo"] == []


async def test_an_anonymous_account_keeps_its_uid_when_it_gets_an_email(client: httpx2.AsyncClient) -> None:
    before = await call(client, "signUp")
    after = await call(client, "signUp", idToken=before["idToken"], email=EMAIL, password=PASSWORD)

    assert after["localId"] == before["localId"]
    assert (await call(client, "signInWithPassword", email=EMAIL, password=PASSWORD))["localId"] == before["localId"]


async def test_an_anonymous_account_does_not_get_an_email_without_a_password(client: httpx2.AsyncClient) -> None:
    anonymous = await call(client, "signUp")

    assert await refusal(client, "update", idToken=anonymous["idToken"], email=EMAIL) == "MISSING_PASSWORD"
    assert await refusal(client, "update", idToken=anonymous["idToken"], password=PASSWORD) == "MISSING_EMAIL"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"email": EMAIL}, "MISSING_PASSWORD"),
        ({"email": EMAIL, "password": ""}, "MISSING_PASSWORD"),
        ({"password": PASSWORD}, "MISSING_EMAIL"),
        ({"email": EMAIL, "password": "12345"}, "WEAK_PASSWORD : Password should be at least 6 characters"),
        ({"email": EMAIL, "password": "x" * 1_025}, Reason.PASSWORD_TOO_LONG),
        ({"email": "asha", "password": PASSWORD}, "INVALID_EMAIL"),
        ({"email": EMAIL, "password": PASSWORD, "displayName": "x" * 201}, "INVALID_ARGUMENT"),
        ({"email": EMAIL, "password": PASSWORD, "displayName": "a\x00b"}, "INVALID_ARGUMENT"),
        ({"email": [EMAIL], "password": PASSWORD}, "INVALID_ARGUMENT"),
        ({"email": "x" * 9_000, "password": PASSWORD}, "INVALID_ARGUMENT"),
    ],
)
async def test_what_makes_no_account_is_refused_in_firebases_words(
    client: httpx2.AsyncClient, body: dict[str, object], message: str
) -> None:
    assert await refusal(client, "signUp", **body) == message


@pytest.mark.parametrize("field", ["email", "password", "displayName", "idToken"])
async def test_half_a_character_is_refused(client: httpx2.AsyncClient, field: str) -> None:
    raw = f'{{"email": "a@b.org", "password": "secret", "{field}": "\\ud800 and a half"}}'
    answer = await client.post(f"{ACCOUNTS}:signUp", content=raw, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 5_000])
@pytest.mark.parametrize("name", ["signUp", "signInWithPassword", "lookup", "update", "delete"])
async def test_a_body_that_is_no_json_object_is_refused(client: httpx2.AsyncClient, name: str, raw: bytes) -> None:
    answer = await client.post(f"{ACCOUNTS}:{name}", content=raw, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "INVALID_ARGUMENT")


async def test_a_body_without_end_is_not_read(client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"{ACCOUNTS}:signUp", json={"email": "x" * BODY_BYTES})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "other",
    ["ASHA@EXAMPLE.ORG", " asha@example.org ", "ａｓｈａ@example.org", "asha@EXAMPLE．org"],
    ids=["case", "spaces", "full-width", "full-width-dot"],
)
async def test_one_email_in_other_letters_is_the_same_account(client: httpx2.AsyncClient, other: str) -> None:
    account = await call(client, "signUp", email=EMAIL, password=PASSWORD)

    assert await refusal(client, "signUp", email=other, password="another one") == "EMAIL_EXISTS"
    assert (await call(client, "signInWithPassword", email=other, password=PASSWORD))["localId"] == account["localId"]


def test_composed_and_decomposed_letters_are_one_email() -> None:
    assert normalised_email("JOSÉ@example.org") == normalised_email("josé@example.org") == "josé@example.org"


NO_EMAILS = [
    *("@", "a@", "@b.org", "a@b", "a b@c.org", "a@b@c.org", "a@b..org", "a@.org", "a@b.org.", "a@b/c.org"),
    *("a\u200b@b.org", "a\x00@b.org", "\udcff@b.org", "a@" + "b" * 250 + ".org", "x" * 65 + "@b.org"),
]


@pytest.mark.parametrize("text", NO_EMAILS, ids=range(len(NO_EMAILS)))
def test_what_is_no_email_is_refused(text: str) -> None:
    with pytest.raises(IdentityRefused, match="INVALID_EMAIL"):
        normalised_email(text)


async def test_a_password_typed_in_another_unicode_form_is_the_same(identity: LocalIdentity) -> None:
    await identity.sign_up(EMAIL, "caf\u00e9 \u0dc1\u0dca\u200d\u0dbb\u0dd3")

    session = await identity.sign_in(EMAIL, "cafe\u0301 \u0dc1\u0dca\u200d\u0dbb\u0dd3")
    assert session.account.email == EMAIL


async def test_ten_sign_ups_with_one_email_at_once_make_one_account(identity: LocalIdentity) -> None:
    outcomes = await asyncio.gather(
        *(identity.sign_up(EMAIL, f"password {n}") for n in range(10)), return_exceptions=True
    )

    sessions = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    refusals = [outcome.reason for outcome in outcomes if isinstance(outcome, IdentityRefused)]
    assert (len(sessions), refusals) == (1, [Reason.EMAIL_EXISTS] * 9)
    assert await identity.uid_of(EMAIL) == sessions[0].account.id


async def test_wrong_password_and_unknown_email_are_told_in_the_same_words_after_the_same_work(
    client: httpx2.AsyncClient, identity: LocalIdentity, hasher: CountingHasher
) -> None:
    await identity.sign_up(EMAIL, PASSWORD)

    wrong = await refusal(client, "signInWithPassword", email=EMAIL, password="wrong horse")
    after_wrong = hasher.checks
    unknown = await refusal(client, "signInWithPassword", email="nobody@example.org", password=PASSWORD)

    assert wrong == unknown == "INVALID_LOGIN_CREDENTIALS"
    assert (after_wrong, hasher.checks) == (1, 2)


class Credulous(CountingHasher):
    """Finds every password right."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        return True


async def test_an_account_without_a_password_takes_none() -> None:
    passwords = Passwords(PasswordHash((Credulous(),)))

    assert await passwords.matches("anything", await passwords.hash(PASSWORD))
    assert not await passwords.matches("anything", None)


async def test_guessing_one_account_is_slowed_and_the_owner_gets_in_later(
    client: httpx2.AsyncClient, identity: LocalIdentity, hands: Hands, hasher: CountingHasher
) -> None:
    await identity.sign_up(EMAIL, PASSWORD)
    for _ in range(5):
        await refusal(client, "signInWithPassword", email=EMAIL, password="wrong horse")

    blocked = await refusal(client, "signInWithPassword", email=EMAIL.upper(), password=PASSWORD)
    assert (blocked, hasher.checks) == ("TOO_MANY_ATTEMPTS_TRY_LATER", 5)

    hands.on(seconds=2.1)
    assert await call(client, "signInWithPassword", email=EMAIL, password=PASSWORD)


async def test_many_guesses_at_once_are_no_way_around(identity: LocalIdentity, hasher: CountingHasher) -> None:
    await identity.sign_up(EMAIL, PASSWORD)

    outcomes = await asyncio.gather(*(identity.sign_in(EMAIL, f"guess {n}") for n in range(30)), return_exceptions=True)

    assert hasher.checks == 5
    assert all(isinstance(outcome, IdentityRefused) for outcome in outcomes)


async def test_guessing_many_accounts_from_one_network_is_slowed(
    identity: LocalIdentity, hasher: CountingHasher
) -> None:
    for n in range(12):
        with pytest.raises(IdentityRefused):
            await identity.sign_in(f"u{n}@example.org", "guess", address=f"2001:db8::{n:x}")

    assert hasher.checks == 8


async def test_signing_in_with_the_right_password_is_never_slowed(identity: LocalIdentity) -> None:
    await identity.sign_up(EMAIL, PASSWORD)

    for _ in range(20):
        await identity.sign_in(EMAIL, PASSWORD, address="192.0.2.1")


async def test_a_fault_of_the_node_is_not_counted_as_a_guess(identity: LocalIdentity) -> None:
    await identity.sign_up(EMAIL, PASSWORD)
    busy = replace(identity, passwords=Passwords(PasswordHash((CountingHasher(),)), at_once=0, waiting=0))

    for _ in range(10):
        with pytest.raises(Transient):
            await busy.sign_in(EMAIL, PASSWORD)

    session = await identity.sign_in(EMAIL, PASSWORD)
    assert session.account.email == EMAIL


def test_waits_double_up_to_the_longest_and_are_forgotten_after_an_hour(hands: Hands) -> None:
    throttle = Throttle(Pace(free=1, longest=10), clock=hands.seconds)
    waits = []
    for _ in range(5):
        throttle.attempt("k")
        waits.append(throttle.wait("k"))

    assert waits == [2, 4, 8, 10, 10]
    hands.on(seconds=3_601)
    assert throttle.wait("k") == 0


def test_the_memory_of_guesses_is_bounded(hands: Hands) -> None:
    throttle = Throttle(Pace(free=1, longest=10), size=3, clock=hands.seconds)
    for n in range(100):
        throttle.attempt(f"k{n}")

    assert len(throttle) == 3
    assert throttle.wait("k99") == 2


def test_one_ipv6_household_is_one_network() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::1")
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("testclient") == network_of("") == "unknown"


async def test_a_refresh_token_gives_new_id_tokens_and_stays_the_same(
    client: httpx2.AsyncClient, identity: LocalIdentity, hands: Hands
) -> None:
    first = await call(client, "signUp", email=EMAIL, password=PASSWORD)
    hands.on(hours=30)

    answer = (await refreshed(client, first["refreshToken"])).json()

    claims = await identity.verifier.verify(answer["id_token"])
    assert claims.issued_at == hands.now
    assert claims.auth_time == hands.now - timedelta(hours=30)
    assert answer["refresh_token"] == first["refreshToken"]
    assert answer["access_token"] == answer["id_token"]
    assert (answer["user_id"], answer["project_id"], answer["expires_in"]) == (first["localId"], PROJECT, "3600")


async def test_a_refresh_token_may_come_as_json(client: httpx2.AsyncClient) -> None:
    first = await call(client, "signUp", email=EMAIL, password=PASSWORD)

    answer = await client.post(TOKEN, json={"grant_type": "refresh_token", "refresh_token": first["refreshToken"]})

    assert answer.json()["user_id"] == first["localId"]


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("application/x-www-form-urlencoded", b"", "INVALID_GRANT_TYPE"),
        ("application/x-www-form-urlencoded", b"grant_type=password", "INVALID_GRANT_TYPE"),
        ("application/x-www-form-urlencoded", b"grant_type=refresh_token", "INVALID_REFRESH_TOKEN"),
        (
            "application/x-www-form-urlencoded",
            b"grant_type=refresh_token&refresh_token=..%2Fx.y",
            "INVALID_REFRESH_TOKEN",
        ),
        ("application/x-www-form-urlencoded", b"\xff=\xfe", "INVALID_ARGUMENT"),
        ("application/x-www-form-urlencoded", b"a=1&" * 50, "INVALID_ARGUMENT"),
        ("application/json", b"", "INVALID_ARGUMENT"),
        ("application/json", b"[]", "INVALID_ARGUMENT"),
        ("application/json", b"[" * 20_000, "INVALID_ARGUMENT"),
        ("application/json", b'{"grant_type": 7}', "INVALID_ARGUMENT"),
        ("text/plain", b"hello", "INVALID_GRANT_TYPE"),
    ],
)
async def test_what_is_no_refresh_is_refused(
    client: httpx2.AsyncClient, content_type: str, body: bytes, message: str
) -> None:
    answer = await client.post(TOKEN, content=body, headers={"content-type": content_type})

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


async def test_a_made_up_refresh_token_gives_nothing(client: httpx2.AsyncClient) -> None:
    account = await call(client, "signUp", email=EMAIL, password=PASSWORD)

    guess = await refreshed(client, f"{account['localId']}.{'A' * 43}")
    nobody = await refreshed(client, f"{'x' * 28}.{'A' * 43}")

    assert guess.json()["error"]["message"] == "TOKEN_EXPIRED"
    assert nobody.json()["error"]["message"] == "USER_NOT_FOUND"


async def test_neither_password_nor_refresh_token_is_stored(identity: LocalIdentity) -> None:
    session = await identity.sign_up(EMAIL, PASSWORD)

    stored = (await identity.accounts.get(session.account.id)).model_dump_json()
    assert PASSWORD not in stored
    assert session.refresh_token not in stored
    assert "$argon2id$" in stored


async def test_only_the_latest_sign_ins_of_an_account_go_on(identity: LocalIdentity) -> None:
    first = await identity.sign_up(EMAIL, PASSWORD)
    later = [await identity.sign_in(EMAIL, PASSWORD) for _ in range(GRANTS)]

    with pytest.raises(IdentityRefused, match="TOKEN_EXPIRED"):
        await identity.refresh(RefreshBody(grant_type="refresh_token", refresh_token=first.refresh_token))
    for session in later:
        await identity.refresh(RefreshBody(grant_type="refresh_token", refresh_token=session.refresh_token))


async def test_lookup_tells_the_owner_what_firebases_client_reads(client: httpx2.AsyncClient, hands: Hands) -> None:
    account = await call(client, "signUp", email=EMAIL, password=PASSWORD, displayName="Asha")

    [user] = (await call(client, "lookup", idToken=account["idToken"]))["users"]

    assert (user["localId"], user["email"], user["displayName"]) == (account["localId"], EMAIL, "Asha")
    assert user["createdAt"] == user["lastLoginAt"] == str(int(hands.seconds() * 1_000))
    assert user["validSince"] == str(int(hands.seconds()))
    assert [info["providerId"] for info in user["providerUserInfo"]] == ["password"]
    assert "passwordHash" not in user


async def test_name_and_photo_are_changed_kept_and_taken_away(client: httpx2.AsyncClient) -> None:
    token = (await call(client, "signUp", email=EMAIL, password=PASSWORD))["idToken"]

    both = await call(client, "update", idToken=token, displayName="Asha", photoUrl="https://example.org/a.png")
    name = await call(client, "update", idToken=token, displayName="Asha P.")
    no_photo = await call(client, "update", idToken=token, photoUrl=None)
    neither = await call(client, "update", idToken=token, deleteAttribute=["DISPLAY_NAME"])

    assert (both["displayName"], both["photoUrl"]) == ("Asha", "https://example.org/a.png")
    assert (name["displayName"], name["photoUrl"]) == ("Asha P.", "https://example.org/a.png")
    assert (no_photo["displayName"], "photoUrl" in no_photo) == ("Asha P.", False)
    assert "displayName" not in neither
    assert "idToken" not in both


@pytest.mark.parametrize("photo", ["javascript:alert(1)", "data:text/html,x", "https://a b", "x" * 3_000])
async def test_a_photo_that_is_no_web_address_is_refused(client: httpx2.AsyncClient, photo: str) -> None:
    token = (await call(client, "signUp"))["idToken"]

    assert await refusal(client, "update", idToken=token, photoUrl=photo) == "INVALID_ARGUMENT"


async def test_a_new_password_ends_every_earlier_sign_in(client: httpx2.AsyncClient, hands: Hands) -> None:
    old = await call(client, "signUp", email=EMAIL, password=PASSWORD)
    hands.on(seconds=60)

    new = await call(client, "update", idToken=old["idToken"], password="another horse")

    assert (await refreshed(client, old["refreshToken"])).json()["error"]["message"] == "TOKEN_EXPIRED"
    assert await refusal(client, "lookup", idToken=old["idToken"]) == "TOKEN_EXPIRED"
    assert (await refreshed(client, new["refreshToken"])).status_code == 200
    assert await call(client, "lookup", idToken=new["idToken"])
    assert await refusal(client, "signInWithPassword", email=EMAIL, password=PASSWORD) == "INVALID_LOGIN_CREDENTIALS"
    assert await call(client, "signInWithPassword", email=EMAIL, password="another horse")


async def test_tokens_of_the_same_second_differ_so_that_the_client_sees_the_new_ones(
    client: httpx2.AsyncClient,
) -> None:
    first = await call(client, "signUp", email=EMAIL, password=PASSWORD)
    second = await call(client, "update", idToken=first["idToken"], password="another horse")

    assert second["idToken"] != first["idToken"]


async def test_a_new_email_frees_the_old_one(client: httpx2.AsyncClient) -> None:
    asha = await call(client, "signUp", email=EMAIL, password=PASSWORD)
    await call(client, "update", idToken=asha["idToken"], email="New@example.org")

    bela = await call(client, "signUp", email=EMAIL, password=PASSWORD)

    again = await call(client, "signInWithPassword", email="new@example.org", password=PASSWORD)
    assert again["localId"] == asha["localId"] != bela["localId"]


async def test_the_email_of_another_account_cannot_be_taken(client: httpx2.AsyncClient) -> None:
    await call(client, "signUp", email=EMAIL, password=PASSWORD)
    bela = await call(client, "signUp", email="bela@example.org", password=PASSWORD)

    assert await refusal(client, "update", idToken=bela["idToken"], email=EMAIL) == "EMAIL_EXISTS"
    assert await call(client, "signInWithPassword", email="bela@example.org", password=PASSWORD)


async def test_what_one_signs_in_with_is_changed_only_shortly_after_signing_in(
    client: httpx2.AsyncClient, hands: Hands
) -> None:
    token = (await call(client, "signUp", email=EMAIL, password=PASSWORD))["idToken"]
    hands.on(minutes=6)

    for body in ({"password": "another horse"}, {"email": "new@example.org"}):
        assert await refusal(client, "update", idToken=token, **body) == "CREDENTIAL_TOO_OLD_LOGIN_AGAIN"
    assert await refusal(client, "delete", idToken=token) == "CREDENTIAL_TOO_OLD_LOGIN_AGAIN"
    assert await call(client, "update", idToken=token, displayName="Asha")


async def test_a_deleted_account_is_gone_and_its_email_free(client: httpx2.AsyncClient) -> None:
    account = await call(client, "signUp", email=EMAIL, password=PASSWORD)

    assert await call(client, "delete", idToken=account["idToken"]) == {}

    assert await refusal(client, "lookup", idToken=account["idToken"]) == "USER_NOT_FOUND"
    assert (await refreshed(client, account["refreshToken"])).json()["error"]["message"] == "USER_NOT_FOUND"
    assert await refusal(client, "signInWithPassword", email=EMAIL, password=PASSWORD) == "INVALID_LOGIN_CREDENTIALS"
    assert (await call(client, "signUp", email=EMAIL, password=PASSWORD))["localId"] != account["localId"]


async def test_a_disabled_account_cannot_sign_in_or_on_until_it_is_enabled(
    client: httpx2.AsyncClient, identity: LocalIdentity
) -> None:
    account = await call(client, "signUp", email=EMAIL, password=PASSWORD)
    await identity.set_disabled(account["localId"], True)

    assert await refusal(client, "signInWithPassword", email=EMAIL, password=PASSWORD) == "USER_DISABLED"
    assert await refusal(client, "signInWithPassword", email=EMAIL, password="wrong") == "INVALID_LOGIN_CREDENTIALS"
    assert await refusal(client, "lookup", idToken=account["idToken"]) == "USER_DISABLED"
    assert (await refreshed(client, account["refreshToken"])).json()["error"]["message"] == "USER_DISABLED"

    await identity.set_disabled(account["localId"], False)
    assert await call(client, "signInWithPassword", email=EMAIL, password=PASSWORD)


@pytest.mark.parametrize("name", ["lookup", "update", "delete"])
async def test_a_call_on_an_account_needs_its_token(client: httpx2.AsyncClient, hands: Hands, name: str) -> None:
    token = (await call(client, "signUp", email=EMAIL, password=PASSWORD))["idToken"]

    assert await refusal(client, name) == "INVALID_ID_TOKEN"
    assert await refusal(client, name, idToken="x.y.z") == "INVALID_ID_TOKEN"
    assert await refusal(client, name, idToken=token[:-4] + "AAAA") == "INVALID_ID_TOKEN"
    hands.on(hours=1, seconds=11)
    assert await refusal(client, name, idToken=token) == "TOKEN_EXPIRED"


@pytest.mark.parametrize("name", ["sendOobCode", "signInWithIdp", "createAuthUri", "nonsense"])
async def test_what_the_node_does_not_offer_is_not_allowed(client: httpx2.AsyncClient, name: str) -> None:
    assert await refusal(client, name) == "OPERATION_NOT_ALLOWED"


async def test_a_busy_node_says_come_back(client: httpx2.AsyncClient, identity: LocalIdentity) -> None:
    identity.passwords._room = 0

    answer = await client.post(f"{ACCOUNTS}:signUp", json={"email": EMAIL, "password": PASSWORD})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["error"]["message"] == "UNAVAILABLE"


async def test_the_command_line_finds_an_account_by_its_email(identity: LocalIdentity) -> None:
    session = await identity.sign_up(EMAIL, PASSWORD, "Asha")

    assert await identity.uid_of("ASHA@example.org") == session.account.id
    assert await identity.uid_of("nobody@example.org") is None
    assert session.account.display_name == "Asha"


async def test_two_changes_at_once_are_both_kept(identity: LocalIdentity) -> None:
    token = (await identity.sign_up(EMAIL, PASSWORD)).id_token

    await asyncio.gather(
        identity.update(UpdateBody(id_token=token, display_name="Asha")),
        identity.update(UpdateBody(id_token=token, photo_url="https://example.org/a.png")),
        *(identity.sign_in(EMAIL, PASSWORD) for _ in range(3)),
    )

    account = await identity.lookup(token)
    assert (account.display_name, account.photo_url) == ("Asha", "https://example.org/a.png")
    assert len(account.grants) == 4


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = SigningKey.kept_in(tmp_path / "data")

    path = tmp_path / "data" / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == [KEY_FILE]  # noqa: PTH208 - hidden drafts would show too
    assert SigningKey.kept_in(tmp_path / "data").kid == first.kid


def test_all_who_start_at_once_end_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        keys = list(threads.map(SigningKey.kept_in, [tmp_path] * 4))

    assert len({key.kid for key in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    SigningKey.kept_in(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)

    SigningKey.kept_in(tmp_path)

    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_broken_key_file_stops_the_start_and_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)

    with pytest.raises(SigningKeyUnusable, match=KEY_FILE):
        SigningKey.kept_in(tmp_path)

    assert (tmp_path / KEY_FILE).read_bytes() == content


async def test_a_restart_with_the_same_folder_takes_the_tokens_of_before(store: Store, tmp_path: Path) -> None:
    before = LocalIdentity.over(store, project_id=PROJECT, key=SigningKey.kept_in(tmp_path))
    session = await before.sign_up_anonymously()

    after = LocalIdentity.over(store, project_id=PROJECT, key=SigningKey.kept_in(tmp_path))

    assert (await after.lookup(session.id_token)).id == session.account.id
