"""What becomes of the account of somebody who is deleted: this node's goes with them.

Of local accounts, on the stack too; Firebase's are in `test_firebase.py`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI

from app.core.security.local import SigningKey
from app.core.settings import Settings
from app.crud.store.sqlite import SqliteStore
from app.schemas.identity import IdentityRefused
from app.schemas.vocabulary import RoleId
from app.services import build
from app.services.identity import LocalIdentity
from tests.leaving import traces
from tests.serving import client, serving


@dataclass
class Node:
    """An API with accounts of its own."""

    app: FastAPI
    identity: LocalIdentity

    async def sign_up(self, email: str) -> tuple[str, str]:
        """Id and token of somebody new."""
        session = await self.identity.sign_up(email, "correct horse")
        return session.account.id, session.id_token


@pytest.fixture
async def node(sqlite_store: SqliteStore) -> AsyncIterator[Node]:
    identity = LocalIdentity.over(sqlite_store, project_id="demo-resq", key=SigningKey.generated())
    services = build(Settings(), store=sqlite_store, verifier=identity.verifier, identity=identity)
    async with serving(services) as app:
        yield Node(app, identity)


async def test_the_account_of_this_node_goes_too_and_its_address_is_free(node: Node) -> None:
    uid, token = await node.sign_up("asha@example.org")
    async with client(node.app) as http:
        http.headers["Authorization"] = f"Bearer {token}"
        exported = (await http.get("/users/me/export")).json()
        assert [(one["email"], "password_hash" in one) for one in exported["account"]] == [("asha@example.org", False)]
        answer = await http.delete("/users/me")
        assert "the e-mail address or telephone number is free again" in answer.text
        await node.app.state.services.queue.drained()

    assert await node.identity.find(uid) is None
    again, _ = await node.sign_up("asha@example.org")
    assert again != uid
    assert await traces(node.app.state.services.store, "asha@example.org") == {f"accounts/{again}"}


async def test_who_is_disabled_cannot_sign_in_to_this_node_either(node: Node) -> None:
    users = node.app.state.services.users
    uid, token = await node.sign_up("asha@example.org")
    boss, boss_token = await node.sign_up("boss@example.org")
    async with client(node.app) as http:
        for one in (token, boss_token):
            await http.get("/users/me", headers={"Authorization": f"Bearer {one}"})
        await users.grant("resq-cli", boss, RoleId.ADMIN)
        http.headers["Authorization"] = f"Bearer {boss_token}"
        off = await http.patch(f"/users/{uid}/access", json={"disabled": True, "reason": "False calls"})
        assert off.status_code == 200
        await node.app.state.services.queue.drained()

        with pytest.raises(IdentityRefused):
            await node.identity.sign_in("asha@example.org", "correct horse")
        await http.patch(f"/users/{uid}/access", json={"disabled": False})
        await node.app.state.services.queue.drained()
        assert (await node.identity.sign_in("asha@example.org", "correct horse")).account.id == uid
