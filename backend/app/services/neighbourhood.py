"""The open requests of the last two days in memory, kept up to date, and where in it a new one belongs."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.clock import Clock
from app.crud.requests import RequestRepository
from app.schemas.request import UNTITLED, Request
from app.schemas.request_parts import RequestLink
from app.services.duplicates import Index, Limits, Link, Report

SKEW = timedelta(seconds=5)
"""How far the clocks of our processes may differ. What one process has linked another sees by the time of that change;
what none has linked yet it sees whatever its time, so nothing else has to be allowed for."""
LATE = timedelta(hours=1)
"""How long after it was sent a request may be looked at and still find all that was sent within the window before."""
PAGE = 100
"""Documents read at once: decoding more would hold up everybody else in the process."""
WAITING = 200
REMOVED = 1_000
EVIDENCE = 3
STILL_RELATED = Limits(
    similar=0.35, contained=0.6, contained_shingles=1, alike=0.5, alike_words=3, unplaced=0.35, unplaced_shingles=1
)
"""What is enough for a request to stay in its cluster after its sender wrote more or put it better; ours."""


@dataclass(slots=True)
class Known:
    """One open request, as it was last seen."""

    version: int
    said: tuple[object, ...]
    report: Report
    created_at: datetime
    cluster_id: str | None
    apart: frozenset[str]

    @property
    def born(self) -> tuple[datetime, str]:
        return self.created_at, self.report.id


@dataclass(frozen=True, slots=True)
class Found:
    """What the search says of one request."""

    clusters: dict[str, str] = field(default_factory=dict)
    """Those that it belongs to, each with the nearest request in it."""
    alone: tuple[Known, ...] = ()
    """The requests that it belongs to and that are in no cluster yet, earliest first."""
    links: tuple[RequestLink, ...] = ()
    repeats: str | None = None


@dataclass(slots=True)
class Neighbourhood:
    """The index of one process over one store. It reads the store once, then only what has changed since."""

    requests: RequestRepository
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    known: dict[str, Known] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    _index: Index = field(init=False)
    _seen: datetime | None = None

    def __post_init__(self) -> None:
        self._index = Index(self.limits)

    async def look(self) -> Sequence[Request]:
        """Bring it up to date; returns the requests that something is to be done for, earliest first."""
        now = self.clock()
        # First what waits, then what has changed: one that another process finishes between the two is in the second.
        waiting = await self.requests.to_link(limit=WAITING)
        self._take(waiting)
        oldest = now - timedelta(hours=self.limits.window_hours) - LATE
        if self._seen is None or self._seen < oldest:
            await self._read_all(oldest)
        else:
            await self._read_changes(self._seen - SKEW)
        self._seen, self.waiting = now, frozenset(one.id for one in waiting)
        self._expire(oldest)
        return sorted(waiting, key=lambda one: (one.created_at, one.id))

    def find(self, id: str) -> Found:
        """Where a request belongs by its words, place and time, as far as this process knows."""
        me = self.known.get(id)
        if me is None:
            return Found()
        near = self._index.near(me.report, most=EVIDENCE + len(me.apart) * PAGE)
        clusters: dict[str, str] = {}
        alone: list[Known] = []
        kept_out: set[str] = set()
        for other_id in near.ids:
            other = self.known[other_id]
            if other.cluster_id is None:
                alone.append(other)
            elif other.cluster_id in me.apart:
                kept_out.add(other_id)
            else:
                clusters.setdefault(other.cluster_id, other_id)
        told = [self.known[one] for one in near.ids if one not in kept_out]
        same = [one for one in told if one.report.sender == me.report.sender]
        first = min((one.born for one in same if one.born < me.born), default=None)
        return Found(
            clusters=clusters,
            alone=tuple(sorted(alone, key=lambda one: one.born)),
            links=tuple(evidence(link) for link in near.links if link.id not in kept_out)[:EVIDENCE],
            repeats=first[1] if first else None,
        )

    def still_related(self, id: str) -> bool:
        """Whether it still has something in common with any request of its cluster. What is too old to tell, stays."""
        me = self.known.get(id)
        if me is None:
            return True
        near = self._index.near(me.report, most=0, limits=STILL_RELATED)
        return any(self.known[one].cluster_id == me.cluster_id for one in near.ids)

    def kept_apart(self, one: str, other: str) -> bool:
        """Whether a human keeps a request of one cluster out of the other."""
        return any(
            (known.cluster_id == one and other in known.apart) or (known.cluster_id == other and one in known.apart)
            for known in self.known.values()
            if known.apart
        )

    def age(self, cluster_id: str) -> tuple[datetime, str]:
        """What a cluster that is not written yet is ordered by: the time of the request that it is named after."""
        known = self.known.get(cluster_id)
        return (known.created_at if known else self.clock(), cluster_id)

    def learn(self, joined: Mapping[str, str]) -> None:
        """Clusters that were given up, each with its older one: who is in it, or kept out of it, is so there too."""
        for known in self.known.values() if joined else ():
            if known.cluster_id is not None:
                known.cluster_id = joined.get(known.cluster_id, known.cluster_id)
            if known.apart:
                known.apart |= {joined[one] for one in known.apart if one in joined}

    def unchanged(self, request: Request) -> bool:
        """Whether it says what was searched for, from where, and no human has taken it out of a cluster since."""
        known = self.known.get(request.id)
        return known is None or (known.said == _said(request) and known.apart.issuperset(request.apart))

    def place(self, id: str, cluster_id: str | None, *, left: str | None = None) -> None:
        """Remember where a request has been put, or is about to be, and where it was before."""
        if known := self.known.get(id):
            known.cluster_id = cluster_id
            if left == id != cluster_id:
                known.apart |= {id}

    def doubt(self, id: str) -> None:
        """Believe the store the next time that it tells of this request, whatever was remembered."""
        if known := self.known.get(id):
            known.version = 0

    def drop(self, id: str) -> None:
        self._index.discard(id)
        self.known.pop(id, None)

    async def _read_all(self, since: datetime) -> None:
        cursor: str | None = None
        while True:
            page = await self.requests.sent_since(since, limit=PAGE, cursor=cursor)
            self._take(page.items)
            cursor = page.next
            if cursor is None:
                return
            await asyncio.sleep(0)

    async def _read_changes(self, since: datetime) -> None:
        for id in await self.requests.removed_since(since, limit=REMOVED):
            self.drop(id)
        cursor: str | None = None
        while True:
            page = await self.requests.news(since, self._new, limit=PAGE, cursor=cursor)
            self._take(page.items)
            cursor = page.next
            if cursor is None:
                return
            await asyncio.sleep(0)

    def _new(self, id: str, version: int) -> bool:
        before = self.known.get(id)
        return before is None or before.version < version

    def _take(self, changed: Iterable[Request]) -> None:
        for one in changed:
            if not one.linkable:
                self.drop(one.id)
                continue
            before = self.known.get(one.id)
            if before and before.version >= one.version:
                continue
            said = _said(one)
            same = before is not None and before.said == said
            report = before.report if before and same else report_of(one)
            if not same:
                self._index.put(report)
            self.known[one.id] = Known(
                version=one.version,
                said=said,
                report=report,
                created_at=one.created_at,
                cluster_id=one.cluster_id,
                apart=frozenset(one.apart),
            )

    def _expire(self, before: datetime) -> None:
        self._index.expire(before.timestamp())
        for id in [id for id in self.known if id not in self._index]:
            del self.known[id]


def report_of(request: Request) -> Report:
    """A request as the search sees it. The title that we make for one without words is none of its sender's words."""
    return Report.of(
        request.id,
        sender=request.created_by,
        at=request.created_at,
        title=request.heading if request.description or request.title != UNTITLED else "",
        description=request.description or "",
        position=request.location.point if request.location else None,
        disaster=request.disaster_id,
    )


def evidence(link: Link) -> RequestLink:
    return RequestLink(
        request_id=link.id,
        reason=link.reason,
        similarity=link.similarity,
        metres=link.metres,
        hours=link.hours,
        same_sender=link.same_sender,
    )


def _said(request: Request) -> tuple[object, ...]:
    place = request.location.point if request.location else None
    return request.title, request.description, place, request.disaster_id
