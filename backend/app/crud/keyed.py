"""Documents that are made under an idempotency key together with others."""

from typing import TypeVar

from app.core.errors import Gone, Invalid
from app.crud.base import Repository
from app.crud.store.port import Key
from app.crud.unit import Unit
from app.schemas.base import Keyed

K = TypeVar("K", bound=Keyed)


async def made_before(unit: Unit, repository: Repository[K], document: K) -> K | None:
    """What the same call made the first time, if this is a repeat; as `Repository.add_once` has it inside a unit.

    `Invalid` if the key was used for another body, `Gone` if what it made was removed since.
    """
    first = await unit.find(repository, document.id)
    if first is None:
        grave = Key(repository.graves, document.id)
        if grave in await unit.transaction.get_many([grave]):
            raise Gone("What was made with this key was taken back since.")
        return None
    if first.created_by != document.created_by or first.body_hash != document.body_hash:
        raise Invalid("This key was used for another body before.", field="Idempotency-Key", place="header")
    return first
