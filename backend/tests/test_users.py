"""People: what they say of themselves, what others vouch for, and who is shut out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.errors import Conflict, Forbidden, Invalid
from app.core.security.tokens import Claims
from app.crud.store.port import Key
from app.schemas.audit import AuditSearch
from app.schemas.task_states import TaskStatus
from app.schemas.user import User
from app.schemas.user_bodies import (
    AccessChange,
    AvailabilityChange,
    ProfileEdit,
    Register,
    SkillsChange,
    UserSearch,
    VerificationChange,
)
from app.schemas.vocabulary import Item, RoleId, Skill
from app.schemas.workflow import Approval, PlanDecision
from tests.serving import client
from tests.world import World

NOW = datetime.now(UTC).replace(microsecond=0)


def claims(uid: str = "asha", **changes: Any) -> Claims:
    found = Claims(
        uid=uid,
        email=None,
        email_verified=False,
        name=None,
        picture=None,
        phone=None,
        provider="anonymous",
        auth_time=NOW,
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    return replace(found, **changes)


async def events_of(world: World, uid: str) -> list[str]:
    return [entry.event for entry in await world.services.audit.log.of(f"users/{uid}")]


# What the sign-in service says.


async def test_an_anonymous_account_asks_for_help_and_for_nothing_else(world: World) -> None:
    users = world.services.users
    somebody = await users.signed_in(claims())

    assert somebody.anonymous
    assert (await users.register(somebody, Register(display_name="A"))).role_id is RoleId.AFFECTED_INDIVIDUAL
    for role in (RoleId.VOLUNTEER, RoleId.FIRST_RESPONDER, RoleId.ADMIN):
        with pytest.raises(Forbidden, match="link it to an e-mail address or a telephone number"):
            await users.register(somebody, Register(role_id=role))


@pytest.mark.parametrize("link", [{"email": "Asha@Example.org"}, {"phone": "+94771234567"}])
async def test_an_anonymous_account_that_is_linked_can_become_a_volunteer(world: World, link: dict[str, str]) -> None:
    users = world.services.users
    await users.signed_in(claims())

    linked = await users.signed_in(claims(issued_at=NOW + timedelta(minutes=1), **link))

    assert not linked.anonymous
    assert (linked.email, linked.phone) in [("asha@example.org", None), (None, "+94771234567")]
    assert (await users.register(linked, Register(role_id=RoleId.VOLUNTEER))).role_id is RoleId.VOLUNTEER


async def test_a_token_from_before_the_linking_changes_nothing_back(world: World) -> None:
    users = world.services.users
    await users.signed_in(claims())
    await users.signed_in(claims(issued_at=NOW + timedelta(minutes=2), phone="+94771234567", provider="phone"))

    again = await users.signed_in(claims(issued_at=NOW + timedelta(minutes=1)))

    assert again.phone == "+94771234567"
    assert not again.anonymous


async def test_what_is_known_is_not_written_at_every_call(world: World) -> None:
    users = world.services.users
    first = await users.signed_in(claims(phone="+94771234567", provider="phone"))

    for minutes in range(5):
        token = claims(phone="+94771234567", provider="phone", issued_at=NOW + timedelta(minutes=minutes))
        assert await users.signed_in(token) == first
    assert await events_of(world, "asha") == ["user.created"]


# What people say of themselves.


async def test_a_number_to_be_reached_at_is_kept_in_one_form_and_is_not_verified(world: World) -> None:
    users = world.services.users
    person = await world.person("asha")

    edited = await users.edit(person, ProfileEdit(contact_phone="077 123 4567", language="si"))

    assert (edited.contact_phone, edited.phone, edited.language) == ("+94771234567", None, "si")
    assert (await users.edit(person, ProfileEdit(contact_phone=None))).contact_phone is None


@pytest.mark.parametrize("number", ["12", "call me", "+999 1"])
async def test_what_is_no_number_is_refused_by_the_name_of_its_field(world: World, number: str) -> None:
    person = await world.person("asha")

    with pytest.raises(Invalid) as refused:
        await world.services.users.edit(person, ProfileEdit(contact_phone=number, display_name="Changed"))

    assert refused.value.field == "contact_phone"
    assert (await world.services.users.users.get("asha")).display_name == "Asha"


async def test_the_audit_holds_no_digest_of_what_could_be_guessed(world: World) -> None:
    person = await world.person("asha")
    await world.services.users.edit(person, ProfileEdit(contact_phone="0771234567", display_name="A. Perera"))

    entry = (await world.services.audit.log.of("users/asha"))[-1]

    assert {name: change.after for name, change in entry.changes.items()} == {
        "contact_phone": "withheld",
        "display_name": "withheld",
        "name_key": "withheld",
    }


# What others vouch for.


async def test_a_new_skill_is_not_verified_and_the_others_stay_so(world: World) -> None:
    users = world.services.users
    person = await world.person("asha", RoleId.VOLUNTEER, Skill.NURSE, Skill.DRIVER)

    changed = await users.set_skills(person, SkillsChange(skills=frozenset({Skill.NURSE, Skill.BOAT_OPERATOR})))

    assert changed.verified
    assert changed.skills == {Skill.NURSE, Skill.BOAT_OPERATOR}
    assert changed.verified_skills == {Skill.NURSE}
    back = await users.set_skills(person, SkillsChange(skills=frozenset({Skill.NURSE, Skill.DRIVER})))
    assert back.verified_skills == {Skill.NURSE}, "a skill that was taken away has to be verified again"


async def test_verifying_a_person_verifies_the_skills_they_have_then(world: World) -> None:
    users = world.services.users
    person = await world.person("asha", RoleId.VOLUNTEER)
    await users.set_skills(person, SkillsChange(skills=frozenset({Skill.NURSE, Skill.DRIVER})))

    verified = await users.verify("admin", "asha", VerificationChange(verified=True, skills={Skill.DRIVER: False}))

    assert verified.verified
    assert verified.verified_skills == {Skill.NURSE}
    one_more = await users.verify("admin", "asha", VerificationChange(skills={Skill.DRIVER: True}))
    assert one_more.verified_skills == {Skill.NURSE, Skill.DRIVER}
    none = await users.verify("admin", "asha", VerificationChange(verified=False))
    assert (none.verified, none.verified_skills) == (False, frozenset())


async def test_a_role_that_is_given_verifies_the_skills_of_that_moment(world: World) -> None:
    users = world.services.users
    person = await world.person("asha")
    await users.set_skills(person, SkillsChange(skills=frozenset({Skill.SAR})))

    granted = await users.grant("admin", "asha", RoleId.FIRST_RESPONDER)

    assert granted.verified
    assert granted.verified_skills == {Skill.SAR}


async def test_nobody_vouches_for_a_skill_that_is_not_claimed(world: World) -> None:
    await world.person("asha", RoleId.VOLUNTEER, Skill.NURSE)

    with pytest.raises(Invalid) as refused:
        await world.services.users.verify("admin", "asha", VerificationChange(skills={Skill.DOCTOR: True}))

    assert refused.value.field == "skills"


async def test_somebody_verified_before_skills_were_is_verified_with_those_they_had(world: World) -> None:
    await world.person("asha", RoleId.VOLUNTEER, Skill.NURSE)
    store, key = world.services.store, Key("users", "asha")
    found = await store.get(key)
    assert found is not None
    await store.set(key, {**{k: v for k, v in found.data.items() if k != "verified_skills"}, "schema": 1})

    assert (await world.services.users.users.get("asha")).verified_skills == {Skill.NURSE}


# Looking for people.


async def found_by(world: World, admin: User, limit: int = 2, **wanted: object) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        search = UserSearch.model_validate(wanted)
        page = await world.services.users.listed(admin, search, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        ids += [user.id for user in page.items]
        cursor = page.next
        if cursor is None:
            return ids


async def test_people_are_found_by_every_filter_and_all_of_them(world: World) -> None:
    users = world.services.users
    admin = await world.person("admin", RoleId.ADMIN)
    await world.person("nurse", RoleId.VOLUNTEER, Skill.NURSE)
    driver = await world.person("driver", RoleId.VOLUNTEER, Skill.DRIVER)
    await users.set_availability(driver, AvailabilityChange(availability=False))
    climber = await world.person("climber")
    await users.register(climber, Register(role_id=RoleId.ADMIN))
    await users.verify("admin", "climber", VerificationChange(verified=False))

    assert await found_by(world, admin) == ["climber", "driver", "nurse", "admin"]
    assert await found_by(world, admin, role_id="volunteer") == ["driver", "nurse"]
    assert await found_by(world, admin, role_asked="admin") == ["climber"]
    assert await found_by(world, admin, verified=False) == ["climber"]
    assert await found_by(world, admin, availability=False) == ["driver"]
    await users.signed_in(claims("silent"))
    assert await found_by(world, admin, availability=False) == ["silent", "driver"], "or has never said so"
    assert await found_by(world, admin, availability=False, role_id="volunteer") == ["driver"]
    assert await found_by(world, admin, availability=True) == ["climber", "nurse", "admin"]
    assert await found_by(world, admin, skill="nurse") == ["nurse"]
    assert await found_by(world, admin, role_id="volunteer", skill="driver", availability=False) == ["driver"]
    assert await found_by(world, admin, role_id="volunteer", skill="driver", availability=True) == []


async def test_people_are_found_by_how_their_name_address_or_number_begins(world: World) -> None:
    users = world.services.users
    admin = await world.person("admin", RoleId.ADMIN)
    for uid, name in (("u1", "Nimali Perera"), ("u2", "NIMAL  Silva"), ("u3", "නිමල්"), ("nimo", "Somebody 😀")):
        await users.edit(await world.person(uid), ProfileEdit(display_name=name))
    await users.signed_in(claims("caller", phone="+94771234567", provider="phone"))

    assert await found_by(world, admin, q="nimal") == ["u2", "u1"]
    assert await found_by(world, admin, q="Nim", limit=1) == ["u2", "u1", "nimo"], "names first, then addresses"
    assert await found_by(world, admin, q="නිම") == ["u3"]
    assert await found_by(world, admin, q="somebody ") == ["nimo"]
    assert await found_by(world, admin, q="+9477") == ["caller"]
    assert await found_by(world, admin, q="nimal", verified=False) == []
    assert await found_by(world, admin, q="u1@EXAMPLE") == ["u1"]
    assert await found_by(world, admin, q="nobody") == []
    assert len(await found_by(world, admin, q="  ")) == 6


# Who is shut out.


async def test_who_is_disabled_is_403_at_once_whatever_token_they_hold(api: FastAPI) -> None:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    async with client(api, "admin") as admin, client(api, "asha") as asha:
        assert (await asha.post("/requests", json={"description": "We need water"})).status_code == 201
        refused = await admin.patch("/users/asha/access", json={"disabled": True})
        assert (refused.status_code, "reason" in refused.json()["message"]) == (422, True)
        off = {"disabled": True, "reason": "False calls"}
        assert (await admin.patch("/users/asha/access", json=off)).status_code == 200

        answer = await asha.post("/requests", json={"description": "We need water"})
        assert (answer.status_code, answer.json()["detail"]) == (403, "An administrator has disabled this account.")
        assert (await asha.get("/users/me/export")).status_code == 403
        me = await asha.get("/users/me")
        assert (me.status_code, me.json()["disabled"], me.json()["disabled_reason"]) == (200, True, "False calls")

        await admin.patch("/users/asha/access", json={"disabled": False})
        assert (await asha.post("/requests", json={"description": "We need water"})).status_code == 201


async def test_who_is_disabled_may_still_delete_their_account(api: FastAPI) -> None:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    async with client(api, "admin") as admin, client(api, "asha") as asha:
        await asha.get("/users/me")
        await admin.patch("/users/asha/access", json={"disabled": True, "reason": "False calls"})

        assert (await asha.delete("/users/me")).status_code == 202


async def test_the_tasks_of_who_is_disabled_go_to_others(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    await world.stock(Item.DRINKING_WATER, 50)
    owner = await world.person("owner")
    for number in range(6):
        await world.person(f"helper{number}", RoleId.VOLUNTEER, Skill.LOGISTICS)
    request = await world.asked(owner)
    plan = await world.services.plans.decide_plan(admin, request.id, PlanDecision(approval_status=Approval.APPROVED))
    tasks = world.services.requests.cases.tasks
    task = await tasks.get(plan.approved_tasks[0].id)
    uid = task.holders[0]
    await world.services.tasks.accept(await world.services.users.users.get(uid), task.id)

    await world.services.users.set_access(admin, uid, AccessChange(disabled=True, reason="lost their badge"))
    await world.worked()

    after = await tasks.get(task.id)
    assert uid not in after.holders
    assert next(one.status for one in after.members if one.uid == uid) is TaskStatus.HANDED_BACK
    shut_out = await world.services.users.users.get(uid)
    assert (shut_out.commitments, shut_out.availability) == ((), False)


async def test_nobody_disables_themselves(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)

    with pytest.raises(Conflict):
        await world.services.users.set_access(admin, "admin", AccessChange(disabled=True, reason="tired"))


async def test_nobody_takes_their_own_role_away(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)

    with pytest.raises(Conflict):
        await world.services.users.grant(admin.id, admin.id, RoleId.VOLUNTEER)

    assert (await world.services.users.get(admin, admin.id)).role_id is RoleId.ADMIN


async def test_a_disabled_admin_is_told_of_nothing(world: World) -> None:
    admin = await world.person("admin", RoleId.ADMIN)
    await world.person("other", RoleId.ADMIN)
    await world.services.users.set_access(admin, "other", AccessChange(disabled=True, reason="left us"))

    assert [user.id for user in await world.services.users.users.coordinators(None)] == ["admin"]


# Over HTTP.


async def test_anybody_signed_in_sees_the_roles_and_what_they_may(api: FastAPI) -> None:
    async with client(api, "asha") as http:
        roles = (await http.get("/roles")).json()

    assert [role["id"] for role in roles] == ["affected_individual", "volunteer", "first_responder", "admin"]
    assert roles[0]["permissions"] == ["requests:create"]
    assert "users:manage" in roles[3]["permissions"]


async def test_an_admin_sees_people_and_that_is_remembered(api: FastAPI) -> None:
    world = World(api.state.services, api.state.services.assessment.assessor)
    await world.person("admin", RoleId.ADMIN)
    await world.person("asha")
    async with client(api, "admin") as http:
        listed = await http.get("/users?limit=1")
        assert [one["id"] for one in listed.json()] == ["asha"]
        assert 'rel="next"' in listed.headers["Link"]
        assert (await http.get("/users/asha")).json()["email"] == "asha@example.org"
        assert (await http.get("/users/nobody")).status_code == 404
        assert (await http.get("/users/admin")).status_code == 200
        entries = await world.services.audit.log.listed(AuditSearch(by="admin"), limit=10)

    assert [(one.event, one.subject, one.subjects) for one in entries.items] == [
        ("user.read", "users/asha", ("asha",)),
        ("users.listed", "users", ("asha",)),
    ], "their own data is not among it"


async def test_a_profile_is_changed_field_by_field(api: FastAPI) -> None:
    async with client(api, "asha") as http:
        body = {
            "display_name": "Asha",
            "language": "ta-LK",
            "contact_phone": "+94 77 123 4567",
            "phone": "+94770000000",
        }
        changed = (await http.patch("/users/me", json=body)).json()
        assert (changed["contact_phone"], changed["phone"]) == ("+94771234567", None), "phone comes from signing in"
        later = (await http.patch("/users/me", json={"photo_url": "https://example.org/a.jpg"})).json()
        assert (later["display_name"], later["language"]) == ("Asha", "ta-LK")
        for wrong in ({"language": "Sinhala!"}, {"photo_url": "http://x"}, {"contact_phone": "x"}):
            answer = await http.patch("/users/me", json=wrong)
            assert (answer.status_code, next(iter(wrong)) in answer.json()["message"]) == (422, True)
