"""Every query of `crud/` runs with the indexes that `firestore.indexes.json` declares, and none stands there unused."""

import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from types import CodeType, FrameType, FunctionType

import pytest

from app.core.clock import utc_now
from app.core.geo import Circle
from app.crud.audit import AuditLog
from app.crud.broadcasts import BroadcastRepository
from app.crud.clearing import Aged, graves
from app.crud.clusters import ClusterRepository
from app.crud.devices import DeviceRepository, TokenHolderRepository
from app.crud.disasters import DisasterRepository
from app.crud.failed_jobs import FailedJobRepository
from app.crud.forgettings import ForgettingRepository
from app.crud.knowledge import SourceRepository
from app.crud.media import MediaRepository
from app.crud.messages import MessageRepository
from app.crud.notifications import NotificationRepository
from app.crud.observations import ObservationRepository
from app.crud.outputs import OutputRepository
from app.crud.requests import RequestRepository
from app.crud.resources import ResourceRepository
from app.crud.sign_ins import UntoldRepository
from app.crud.store.indexes import DEFAULT_FILE, Index, Indexes, needed
from app.crud.store.port import Query, Snapshot
from app.crud.store.sqlite import SqliteStore
from app.crud.tasks import TaskRepository
from app.crud.threads import ThreadRepository
from app.crud.users import UserRepository
from app.crud.verdicts import VerdictRepository
from app.schemas.audit import AuditEntry, AuditSearch
from app.schemas.base import Location
from app.schemas.disaster import DisasterFilter, DisasterStatus
from app.schemas.notification import NotificationStatus
from app.schemas.observation import Observation, ObservationFilter
from app.schemas.observation_bodies import ObservationCreate
from app.schemas.observation_kinds import Lifetimes, ObservationKind
from app.schemas.observation_states import ObservationStatus
from app.schemas.request_search import RequestFilter, RequestOrder
from app.schemas.request_states import WORKING, Stage, Status
from app.schemas.user_bodies import UserSearch
from app.schemas.vocabulary import Item, NeedCategory, RoleId, Severity, Skill
from tests.field_overrides import modules
from tests.field_overrides import wanted as overrides_wanted

SOME_ENTRY = AuditEntry(id="e", at=datetime(2026, 1, 1, tzinfo=UTC), event="e", subject="requests/r1", by="u1", why="w")


class Anything(Indexes):
    """Takes every query, so that what is missing is found all at once."""

    def __init__(self) -> None:
        super().__init__(frozenset())

    def check(self, query: Query) -> None:
        pass


class WatchedStore(SqliteStore):
    """Remembers which composite indexes were needed, and which fields were asked for without one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, indexes=Anything())
        self.needed: set[Index] = set()
        self.alone: set[tuple[str, str]] = set()

    async def query(self, query: Query) -> list[Snapshot]:
        self._note(query)
        return await super().query(query)

    async def count(self, query: Query) -> int:
        self._note(Query(query.collection, query.where))
        return await super().count(query)

    def _note(self, query: Query) -> None:
        if index := needed(query):
            self.needed.add(index)
        else:
            fields = [*(where.field for where in query.where), *(order.field for order in query.order)]
            self.alone |= {(query.collection.rpartition("/")[2], field) for field in fields}


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[WatchedStore]:
    store = WatchedStore(tmp_path / "watched.sqlite3")
    yield store
    await store.close()


def seen_somewhere(at: datetime) -> Observation:
    body = ObservationCreate(disaster_id="d1", kind=ObservationKind.FIRE, location=Location(lat=6.7, lng=80.4))
    return Observation.reported(body, id="o1", by="u1", body_hash="", lifetimes=Lifetimes(), at=at)


async def ask_everything(store: WatchedStore) -> None:
    """Every query method of every repository, with every combination of its filters."""
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    requests = RequestRepository(store, utc_now)
    circle, wide = Circle(6.7, 80.4, 2), Circle(6.7, 80.4, 200)
    for disasters, status, stage, severity in product(
        (None, ("d1",), ("d1", "d2")), (None, Status.PENDING), (None, Stage.MATCHED), (None, Severity.HIGH)
    ):
        plain = RequestFilter(status=status, stage=stage, severity=severity)
        await requests.listed(disasters=disasters, wanted=plain, limit=10)
        for order in RequestOrder:
            await requests.listed(disasters=disasters, wanted=replace(plain, order=order), limit=10)
        for wanted in (
            replace(plain, text="water"),
            replace(plain, need=NeedCategory.WATER),
            replace(plain, area=circle),
            replace(plain, area=wide),
            replace(plain, area=Circle(6.7, 80.4, 20)),
            replace(plain, area=Circle(6.7, 80.4, 60)),
        ):
            await requests.listed(disasters=disasters, wanted=replace(wanted, created_from=long_ago), limit=10)
    recent = utc_now()
    await requests.changed_of("u1", recent, limit=10, cursor=None)
    for disasters in (None, ("d1",), ("d1", "d2")):
        await requests.changed_in(disasters, recent, limit=10, cursor=None)
    await requests.of("u1", limit=10)
    await requests.of("u1", limit=10, stages=(Stage.MATCHED,))
    await requests.of("u1", limit=10, stages=tuple(WORKING))
    await requests.waiting(tuple(WORKING), since=long_ago, limit=10)
    await requests.standing(Stage.RECEIVED)
    await requests.standing(Stage.NEEDS_HUMAN)
    await requests.to_match("d1")
    for order in RequestOrder:
        await requests.listed(disasters=("d1",), wanted=RequestFilter(cluster_id="c1", order=order), limit=10)
    await requests.to_link(limit=10)
    await requests.sent_since(long_ago, limit=10, cursor=None)
    await requests.news(long_ago, lambda one, version: True, limit=10, cursor=None)
    await requests.removed_since(long_ago, limit=10)
    await requests.of_cluster("c1", limit=10)
    await requests.leading("c1")
    await requests.repeating("r1", limit=10)
    clusters = ClusterRepository(store, utc_now)
    await clusters.joining(limit=10)
    for there in (None, ("d1",), ("d1", "d2")):
        await clusters.most_urgent(there, limit=10)
    await requests.made_by("u1", limit=10)
    await requests.past(long_ago, limit=10)
    await requests.count_past(long_ago)
    await requests.count_of("u1", stages=tuple(WORKING))
    await requests.count_in("c1")
    await requests.count_in("c1", only_open=True)
    await requests.left_and_ended(limit=10)
    users = UserRepository(store, utc_now)
    await users.on_call(None)
    await users.on_call("d1")
    await users.by_email("a@example.org")
    await users.by_phone("+94771234567")
    await users.coordinators(None)
    await users.coordinators("d1")
    for asked in ({"q": "a"}, {"role_asked": RoleId.ADMIN}, {"skill": Skill.SAR}, {"role_id": RoleId.VOLUNTEER}, {}):
        await users.listed(UserSearch.model_validate(asked), limit=10, cursor=None)
    await users.listed(UserSearch(availability=True), limit=10, cursor=None)
    await users.listed(UserSearch(verified=True), limit=10, cursor=None)
    await ThreadRepository(store, utc_now).of("u1", limit=10)
    await DeviceRepository(store, utc_now, "u1").latest()
    await ForgettingRepository(store, utc_now).due(recent, limit=10)
    await SourceRepository(store, utc_now).newest(limit=10)
    await UntoldRepository(store, utc_now).due(long_ago, limit=5)
    await VerdictRepository(store, utc_now).due(long_ago, limit=5)
    await FailedJobRepository(store, utc_now).ended(limit=10)
    await FailedJobRepository(store, utc_now).rung_again(limit=10)
    await Aged(store, ("audit",), field="at").clear(long_ago, lambda _: AuditLog.writing(SOME_ENTRY))
    await Aged(store, ("audit",), field="at").count(long_ago)
    await Aged(store, graves()).clear(long_ago, lambda _: AuditLog.writing(SOME_ENTRY))
    outputs = OutputRepository(store, utc_now)
    await outputs.newest(disasters=None, limit=10, cursor=None)
    await outputs.newest(disasters=("d1", "d2"), limit=10, cursor=None)
    await outputs.newest(disasters=None, pending=True, limit=10, cursor=None)
    await outputs.newest(disasters=("d1", "d2"), pending=True, limit=10, cursor=None)
    tasks = TaskRepository(store, utc_now)
    await tasks.held_by("u1", limit=10)
    await tasks.with_vacancies("d1")
    await tasks.vacant(limit=10)
    await tasks.asked_of("u1", limit=10)
    await tasks.changed_for("u1", recent, limit=10, cursor=None)
    resources = ResourceRepository(store, utc_now)
    await resources.newest(item=None, limit=10, cursor=None)
    await resources.newest(item=Item.BOAT, limit=10, cursor=None)
    await resources.in_reach(None)
    disasters_kept = DisasterRepository(store, utc_now)
    await disasters_kept.newest(status=DisasterStatus.REGISTERED, limit=10, cursor=None)
    await disasters_kept.newest(status=DisasterStatus.PENDING, created_by="u1", limit=10, cursor=None)
    await disasters_kept.newest(status=DisasterStatus.REGISTERED, wanted=DisasterFilter(), limit=10, cursor=None)
    await disasters_kept.on_map()
    await disasters_kept.standing()
    await disasters_kept.discarded(since=long_ago)
    await disasters_kept.contents("d1")
    for role in (None, RoleId.VOLUNTEER):
        await disasters_kept.participants("d1").newest(role=role, limit=10, cursor=None)
    observations = ObservationRepository(store, utc_now)
    for kind, stand, area in product(
        (None, ObservationKind.FIRE),
        (None, ObservationStatus.VERIFIED),
        (None, circle, Circle(6.7, 80.4, 20), Circle(6.7, 80.4, 60), wide, Circle(6.7, 80.4, 500)),
    ):
        filtered = ObservationFilter(kind=kind, status=stand, area=area)
        await observations.newest("d1", filtered, limit=10, cursor=None)
    await observations.changed_in("d1", recent, limit=10, cursor=None)
    await observations.alike(seen_somewhere(recent))
    await observations.corroborations(["o1", "o2"])
    await observations.linked_to("o1")
    await observations.due(at=recent, limit=10)
    await requests.unlisted(since=long_ago, most=10)
    notifications = NotificationRepository(store, utc_now)
    await notifications.inbox("u1", limit=10)
    await notifications.count_of("b1", NotificationStatus.SENT)
    await BroadcastRepository(store, utc_now).sending(limit=10)
    await notifications.due("0", long_ago, limit=10)
    await notifications.shards_due(utc_now())
    await TokenHolderRepository(store, utc_now).unseen(long_ago, limit=10)
    await TokenHolderRepository(store, utc_now).count_unseen(long_ago)
    await MediaRepository(store, utc_now).overdue(long_ago, limit=10)
    await AuditLog(store).of("requests/r1")
    messages = MessageRepository(store, utc_now)
    await messages.newest("d1", limit=10)
    await messages.newest("d1", before=long_ago, limit=10)
    await messages.changed_in("d1", recent, limit=10, cursor=None)
    await notifications.clear_of("u1", limit=10)
    audit = AuditLog(store)
    await audit.of("requests/r1")
    for subject, by, event in product((None, "requests/r1"), (None, "u1"), (None, "users.listed")):
        wanted_entries = AuditSearch(subject=subject, by=by, event=event, since=long_ago)
        await audit.listed(wanted_entries, limit=10)
    await audit.readings_of("u1", limit=10)
    await audit.forget_words_by("u1", utc_now, limit=10)
    await audit.add(SOME_ENTRY)
    await audit.forget_words_about(SOME_ENTRY.subject, utc_now)


async def test_every_query_has_its_index_and_every_index_its_query(watched: WatchedStore) -> None:
    await ask_everything(watched)

    declared = json.loads(DEFAULT_FILE.read_text(encoding="utf-8"))["indexes"]
    needed = [json.loads(index.definition()) for index in watched.needed]
    assert sorted(declared, key=json.dumps) == sorted(needed, key=json.dumps), "run `make indexes`"


async def test_what_is_long_and_never_asked_for_alone_is_not_indexed_and_what_is_asked_for_is(
    watched: WatchedStore,
) -> None:
    await ask_everything(watched)

    declared = json.loads(DEFAULT_FILE.read_text(encoding="utf-8"))["fieldOverrides"]
    assert sorted(declared, key=json.dumps) == sorted(overrides_wanted(watched.alone), key=json.dumps), (
        "run `make indexes`"
    )
    exempt = {(one["collectionGroup"], one["fieldPath"]) for one in declared}
    assert not {(name, field.partition(".")[0]) for name, field in watched.alone} & exempt


ASKING = ("page", "sift", "every", "ids", "parts", "changed", "query", "count", "clear")
"""The methods of repositories and of the store through which something is asked."""


def asking_methods() -> dict[CodeType, str]:
    """Every method of `crud/` that asks something itself, by what Python knows it by when it runs."""
    found: dict[CodeType, str] = {}
    for module in modules():
        for kind in vars(module).values():
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                found |= {
                    method.__code__: method.__qualname__
                    for method in vars(kind).values()
                    if isinstance(method, FunctionType) and asks(method.__code__)
                }
    return found


def asks(code: CodeType) -> bool:
    """Whether a function calls one of `ASKING`, itself or in a comprehension of its own."""
    within = [one for one in code.co_consts if isinstance(one, CodeType)]
    return any(name in ASKING for name in code.co_names) or any(asks(one) for one in within)


async def test_all_methods_that_ask_something_are_among_those_whose_indexes_are_checked(watched: WatchedStore) -> None:
    methods, ran = asking_methods(), set[CodeType]()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            ran.add(frame.f_code)

    sys.setprofile(note)
    try:
        await ask_everything(watched)
    finally:
        sys.setprofile(None)

    assert len(methods) > 50
    assert sorted(name for code, name in methods.items() if code not in ran) == []


def test_clients_are_denied_the_database() -> None:
    rules = (DEFAULT_FILE.parent / "firestore.rules").read_text(encoding="utf-8")
    said = re.sub(r"//.*", "", rules)

    assert re.findall(r"allow[^;]*;", said) == ["allow read, write: if false;"]
    assert re.findall(r"match\s+(\S+)", said) == ["/databases/{database}/documents", "/{document=**}"]
