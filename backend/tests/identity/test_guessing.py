"""Guessing passwords is slowed, and whoever knows theirs gets in."""

import asyncio
from dataclasses import replace

import httpx2
import pytest
from pwdlib import PasswordHash

from app.core.errors import Transient
from app.core.security.passwords import Passwords
from app.core.security.throttle import Pace, Throttle, network_of
from app.schemas.identity import IdentityRefused
from app.services.identity import LocalIdentity
from tests.identity.calls import EMAIL, PASSWORD, CountingHasher, Hands, call, refusal


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
