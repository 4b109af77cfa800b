"""An account in its owner's hands: looked up, changed, deleted, disabled."""

import asyncio

import httpx2
import pytest

from app.schemas.identity_wire import UpdateBody
from app.services.identity import LocalIdentity
from tests.identity.calls import ACCOUNTS, EMAIL, PASSWORD, Hands, call, refreshed, refusal


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
