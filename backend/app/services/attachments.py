"""The photos that requests name: addresses of elsewhere, and photos uploaded here, which then belong to the request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.clock import Clock
from app.core.errors import Invalid
from app.core.ids import is_id
from app.crud.media import MediaRepository
from app.crud.unit import Unit
from app.schemas.audit import Act
from app.schemas.media import Medium, MediumStatus
from app.schemas.request_parts import Media, MediaGiven
from app.services.addresses import Addresses


@dataclass(frozen=True, slots=True)
class Named:
    """One photo as a body names it. What is ours is filled in where it is bound to its request."""

    media: Media
    field: str


@dataclass(frozen=True)
class Attachments:
    media: MediaRepository
    addresses: Addresses
    clock: Clock
    keep: timedelta

    def fit(self, given: Sequence[MediaGiven]) -> tuple[MediaGiven, ...]:
        """Those kept elsewhere at an address that is taken, without the others: a message is not refused for them."""
        return tuple(one for one in given if one.url and self.addresses.elsewhere(one.url))

    def named(self, given: Sequence[MediaGiven], *, base: str = "", known: Iterable[Media] = ()) -> tuple[Named, ...]:
        """The photos that a body names; `Invalid`, with the name of the field, for an address that is not taken.

        Those `known` are taken as they are: a client sends back what it was told, maybe long ago or by another host.
        """
        ids = {one.url: one.id for one in known}
        return tuple(self._named(f"media.{number}", one, base, ids) for number, one in enumerate(given))

    def _named(self, place: str, given: MediaGiven, base: str, known: Mapping[str, str | None]) -> Named:
        if given.url is None:
            return self._ours(given.id or "", given.name, f"{place}.id", base)
        if given.url in known:
            url, id = given.url, known[given.url]
        else:
            url = self.addresses.checked(given.url, field=f"{place}.url", base=base)
            id = self.addresses.medium_id(url, base=base)
        if id is not None:
            return self._ours(id, given.name, f"{place}.url", base)
        return Named(Media(url=url, name=given.name, size=given.size, type=given.type), f"{place}.url")

    def _ours(self, id: str, name: str | None, field: str, base: str) -> Named:
        if not is_id(id):
            raise _unknown(field)
        return Named(Media(id=id, url=self.addresses.of_medium(id, base=base), name=name), field)

    async def swap(
        self,
        unit: Unit,
        request_id: str,
        owner: str,
        act: Act,
        *,
        named: Sequence[Named],
        before: Iterable[Media] = (),
    ) -> tuple[Media, ...]:
        """Let a request name these photos in the place of those `before`; what the server knows of them is filled in.

        Each of ours must have been uploaded by `owner`, else `Invalid`. It reads first and then writes: whatever
        else the unit reads, it reads before.
        """
        wanted = {one.media.id for one in named if one.media.id}
        left = {one.id for one in before if one.id} - wanted
        found = await unit.find_many(self.media, sorted(wanted | left))
        media = tuple(_filled(one, found, owner) for one in named)
        at = self.clock()
        for id, medium in found.items():
            if id in wanted:
                unit.put(self.media, medium.named_by(request_id, at), act)
            else:
                unit.put(self.media, medium.dropped_by(request_id, at, keep=self.keep), act)
        return media

    async def let_go(self, unit: Unit, request_id: str, before: Iterable[Media], act: Act) -> bool:
        """Discard what a request that is removed named and no other names; whether there was anything."""
        found = await unit.find_many(self.media, sorted({one.id for one in before if one.id}))
        at = self.clock()
        for medium in found.values():
            dropped = medium.dropped_by(request_id, at, keep=timedelta(0))
            unit.put(self.media, dropped if dropped.request_ids else dropped.discarded(at), act)
        return bool(found)


def _filled(named: Named, found: dict[str, Medium], owner: str) -> Media:
    if named.media.id is None:
        return named.media
    medium = found.get(named.media.id)
    if medium is None or medium.created_by != owner or medium.status is not MediumStatus.KEPT:
        raise _unknown(named.field)
    return named.media.model_copy(update={"size": medium.size, "type": medium.type})


def _unknown(field: str) -> Invalid:
    return Invalid("You have uploaded no such photo.", field=field)
