"""What a deleted person wrote for others stays, without them."""

import pytest

from app.core.clock import utc_now
from app.core.contacts import without_contacts
from app.crud.base import Repository
from app.schemas.base import Keyed
from app.services.belongings import Leaver
from app.services.belongings.writings import Writings
from tests.world import SEED, World


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Call me on 077 123 4567 or +94 77-123-4567!", "Call me on [removed] or [removed]!"),
        ("Write to asha.perera@example.org.", "Write to [removed]."),
        ("It's Asha Perera, ASHA to you", "It's [removed], [removed] to you"),
        ("Ashan is not Asha", "Ashan is not [removed]"),
        ("The bridge at km 12 is closed until 2026-11-24, 4 people", None),
        ("පාලම වසා ඇත", None),
        ("", None),
        ("a" * 8_000, None),
        ("@" * 8_000, None),
    ],
)
def test_numbers_addresses_and_the_name_are_masked_and_nothing_else(text: str, left: str | None) -> None:
    assert without_contacts(text, region="LK", names=["Asha Perera", "Asha", ""]) == (text if left is None else left)


class Note(Keyed):
    text: str
    title: str | None = None
    media: tuple[str, ...] = ()


class NoteRepository(Repository[Note]):
    collection = "notes"


async def test_what_somebody_wrote_stays_under_an_id_that_leads_to_nobody(world: World) -> None:
    asha, other = await world.person("asha"), await world.person("other")
    notes = NoteRepository(world.services.store, utc_now, Note)
    at = utc_now()
    for id, uid in (("n1", "asha"), ("n2", "asha"), ("n3", "other")):
        words = "Asha here, call 077 123 4567: the bridge is closed"
        note = Note(id=id, created_by=uid, body_hash="h", text=words, media=("a.jpg",), created_at=at, updated_at=at)
        await notes.add(note, SEED)
    kind = Writings("notes", "They stay.", notes, ("text", "title"), "LK", utc_now, cleared={"media": ()})
    leaver = Leaver(asha, "deleted-x", "admin")

    held = [one async for one in kind.held(other)]
    assert [one.get("id") for one in held if isinstance(one, dict)] == ["n3"]
    assert await kind.forget(leaver, 1) == 1
    assert await kind.forget(leaver, 10) == 1
    assert await kind.forget(leaver, 10) == 0

    left = await notes.get_many(["n1", "n2", "n3"])
    assert [left[id].created_by for id in ("n1", "n2", "n3")] == ["deleted-x", "deleted-x", "other"]
    assert left["n1"].text == "[removed] here, call [removed]: the bridge is closed"
    assert (left["n1"].media, left["n1"].title, left["n1"].body_hash) == ((), None, "")
    assert left["n3"].media == ("a.jpg",)
