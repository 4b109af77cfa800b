"""The key that a node signs with: made once, for its owner's eyes, the same after a restart."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.security.local import KEY_FILE, SigningKey, SigningKeyUnusable
from app.crud.store.port import Store
from app.services.identity import LocalIdentity
from tests.identity.calls import PROJECT


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
