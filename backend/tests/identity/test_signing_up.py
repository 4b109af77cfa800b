"""Signing up and in, and what is refused, in the words of Firebase's clients."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from app.api.identity import BODY_BYTES
from app.schemas.identity import IdentityRefused, Reason, normalised_email
from app.services.identity import LocalIdentity
from tests.identity.calls import ACCOUNTS, EMAIL, PASSWORD, call, refusal


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
